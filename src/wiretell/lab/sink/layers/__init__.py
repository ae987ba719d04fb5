"""Protocols as state machines on bytes: no sockets, no clocks of their own. Each layer speaks to the one below it."""
