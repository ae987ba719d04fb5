"""Asks a running writer to erase a user."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any, Final

from wiretell.errors import InternalError, UsageError
from wiretell.gateway.log.layout import Layout

_SECONDS: Final = 600.0
"""Tables of many days are rewritten."""


def ask_writer(folder: Path, user: str) -> dict[str, Any] | None:
    """Return what a running writer erased; None: none is running.

    :raises UsageError: if it has nothing of that user, or `folder` is no log. InternalError: if it could not.
    """
    layout = Layout(folder)
    layout.check()
    handle = os.open(layout.store, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_SECONDS)
            try:
                connection.connect(address(handle))
            except OSError:
                return None
            connection.sendall(json.dumps({"erase": user}).encode())
            answer: dict[str, Any] = json.loads(
                connection.recv(1 << 16) or b'{"error": "the writer ended; try again."}'
            )
    finally:
        os.close(handle)
    if "error" in answer:
        raise (UsageError if answer.get("usage") else InternalError)(answer["error"])
    return answer


def address(store: int) -> str:
    """Return the control socket's name by a handle of its folder: names of sockets may have 108 bytes only."""
    return f"/proc/self/fd/{store}/control.sock"
