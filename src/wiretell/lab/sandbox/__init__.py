"""Namespaces, mounts, network and seccomp of one sealed run."""
