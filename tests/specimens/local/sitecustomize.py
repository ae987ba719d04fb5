"""Loaded into a specimen that a unit test starts directly (PYTHONPATH).

Every connection goes to the test's own server on loopback, and the facts that only a sandbox can set come
from variables.
"""

from __future__ import annotations

import os
import pathlib
import socket
from typing import Any

if "LOCAL_PORT" in os.environ:
    _address = ("127.0.0.1", int(os.environ["LOCAL_PORT"]))
    _read_text = pathlib.Path.read_text

    def _to_loopback(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", _address)]

    def _text(self: pathlib.Path, *args: Any, **kwargs: Any) -> str:
        path = os.environ["LOCAL_MACHINE_ID_FILE"] if str(self) == "/etc/machine-id" else self
        return _read_text(pathlib.Path(path), *args, **kwargs)

    socket.getaddrinfo = _to_loopback
    socket.gethostname = lambda: os.environ["LOCAL_HOSTNAME"]
    pathlib.Path.read_text = _text  # type: ignore[method-assign]
