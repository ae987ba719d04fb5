"""The door: where requests come in, and where they go on to their upstream. All sockets of the gateway are here."""
