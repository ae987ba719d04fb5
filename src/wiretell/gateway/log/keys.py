"""A data key for every user; what it sealed is gone when it is destroyed.

A key is a file of its own, `store/keys/NNNNNN.key`, overwritten in place when it is destroyed. (In a database, pages
with a destroyed key would live on in journals that were deleted since.) Numbers are never given twice.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wiretell.errors import FormatError, InternalError
from wiretell.gateway.log.journal import sync_folder

_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class _KeyFile(msgspec.Struct):
    number: int
    user: str | None
    key: str
    """64 hex digits; empty once destroyed."""
    created: str
    erased: str = ""


@dataclass(frozen=True, slots=True)
class UserKey:
    """What seals one user's exchanges."""

    number: int
    user: str | None
    """None: whoever used the gateway without a key."""
    aes: AESGCM = field(repr=False)
    secret: bytes = field(repr=False)
    """Keys the addresses of blocks, so that after an erasure nobody can confirm what a block was."""

    def seal(self, data: bytes, bound: bytes) -> bytes:
        """Encrypt; `bound` is authenticated with it and must be given to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self.aes.encrypt(nonce, data, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """Decrypt. :raises cryptography.exceptions.InvalidTag: if anything was changed."""
        return self.aes.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)

    def address(self, block: bytes) -> bytes:
        """Return by what a block is found again, 16 bytes."""
        return hashlib.blake2b(block, digest_size=16, key=self.secret).digest()


class Keyring:
    """All keys of a store."""

    def __init__(self, folder: Path) -> None:
        """Read the keys. :raises FormatError: for a broken key file. OSError:"""
        self._folder = folder
        self._files: dict[int, _KeyFile] = {}
        self._keys: dict[int, UserKey] = {}
        self._by_user: dict[str | None, UserKey] = {}
        self.reload()

    def reload(self) -> None:
        """Read them again: another process may have made or destroyed some."""
        self._files = {file.number: file for file in self._read()}
        self._keys = {n: file_key(file) for n, file in sorted(self._files.items()) if file.key}
        self._by_user = {key.user: key for key in self._keys.values()}

    def get(self, number: int) -> UserKey | None:
        """Return a key; None: it was destroyed."""
        return self._keys.get(number)

    def of(self, user: str | None) -> UserKey:
        """Return a user's key, made now if there is none. :raises OSError: if it cannot be kept."""
        if (known := self._by_user.get(user)) is not None:
            return known
        number = max(self._files, default=0) + 1
        file = _KeyFile(number, user, secrets.token_hex(_KEY_BYTES), datetime.now(UTC).isoformat(timespec="seconds"))
        self._folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(self._path(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, msgspec.json.encode(file))
            os.fsync(handle)
            sync_folder(self._folder)
        except OSError:
            self._path(number).unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)
        self._files[number], self._keys[number] = file, file_key(file)
        self._by_user[user] = self._keys[number]
        return self._keys[number]

    def numbers(self, user: str | None) -> list[int]:
        """Return the numbers of a user's keys."""
        return [number for number, key in self._keys.items() if key.user == user]

    def erase(self, user: str | None) -> list[int]:
        """Destroy a user's keys; return their numbers. :raises OSError:"""
        numbers = self.numbers(user)
        for number in numbers:
            self._overwrite(number)
        self._by_user.pop(user, None)
        return numbers

    def _overwrite(self, number: int) -> None:
        path, now = self._path(number), datetime.now(UTC).isoformat(timespec="seconds")
        left = msgspec.json.encode(_KeyFile(number, None, "", self._files[number].created, now))
        size = path.stat().st_size
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            for data in (bytes(size), left.ljust(size)):
                os.pwrite(handle, data, 0)
                os.fsync(handle)
        finally:
            os.close(handle)
        self._files[number] = msgspec.json.decode(left, type=_KeyFile)
        del self._keys[number]

    def _read(self) -> Iterator[_KeyFile]:
        for path in sorted(self._folder.glob("*.key")) if self._folder.is_dir() else ():
            try:
                yield msgspec.json.decode(path.read_bytes(), type=_KeyFile)
            except msgspec.DecodeError:
                raise FormatError(f"{path} is not a key file of a wiretell store; restore it from a backup.") from None

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.key"


def file_key(file: _KeyFile) -> UserKey:
    """Return what a key file seals with. :raises InternalError: for a destroyed one."""
    key = bytes.fromhex(file.key)
    if len(key) != _KEY_BYTES:
        raise InternalError(f"key {file.number} of the store has {len(key)} bytes.")
    secret = hashlib.blake2b(key, digest_size=32, person=b"wt-address").digest()
    return UserKey(file.number, file.user, AESGCM(key), secret)
