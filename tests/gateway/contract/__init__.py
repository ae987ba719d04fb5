"""What design.md promises of the gateway, looked at from outside: processes, sockets and files, none of its modules."""
