"""Bad: sends bytes to the model's host that are no HTTP."""

from __future__ import annotations

import random
import socket
from urllib.parse import urlsplit

import wire

parts = urlsplit(wire.base_url())
port = parts.port or (443 if parts.scheme == "https" else 80)
with socket.create_connection((parts.hostname, port), timeout=5) as connection:
    connection.sendall(b"\x00\xff{]" + random.Random(7).randbytes(4096) + b"\r\n\r\n")
    connection.settimeout(1)
    try:
        connection.recv(1024)
    except OSError:
        print("no answer")
