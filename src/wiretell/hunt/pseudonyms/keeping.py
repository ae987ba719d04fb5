"""The key: made once, kept in a file of its own that only its owner reads."""

from __future__ import annotations

import binascii
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.hunt.pseudonyms.hashing import KEY_BYTES

_PRIVATE: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_LONGEST: Final = 4_096


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and where it is kept."""

    secret: bytes
    path: Path
    is_new: bool

    def forget(self) -> None:
        """Remove the file of a key that was made for nothing."""
        if self.is_new:
            self.path.unlink(missing_ok=True)


def key_of(path: Path) -> Key:
    """Read a key (64 hex digits), or make one where there is no such file.

    :raises UsageError: where it is no key, others may read it, or it cannot be read or made.
    """
    try:
        return _read(path) if path.exists() else _made(path)
    except OSError as error:
        raise UsageError(f"The key {path} cannot be read or made: {error.strerror or error}.") from None


def _read(path: Path) -> Key:
    with path.open("rb") as file:
        mode, text = os.fstat(file.fileno()).st_mode, file.read(_LONGEST)
    if mode & _OTHERS:
        raise UsageError(f"Others than you may read the key {path}: `chmod 600` it, or make a new one.")
    try:
        secret = binascii.unhexlify(text.strip())
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise UsageError(
            f"{path} is no key, {2 * KEY_BYTES} hex digits; name a file that is not there to have one made."
        )
    return Key(secret, path, False)


def _made(path: Path) -> Key:
    secret = secrets.token_bytes(KEY_BYTES)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    with os.fdopen(handle, "wb") as file:
        file.write(secret.hex().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())  # a log whose key is lost cannot be added to
    return Key(secret, path, True)
