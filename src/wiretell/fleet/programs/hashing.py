"""Hashes of files and what was found out about them, remembered for as long as the file stays as it is.

A file is known by device, inode, size and both its times; its name does not matter, so a program that runs, is linked
twice or was renamed is read once. What is remembered is kept by `fleet.cachefile` in a folder that only its owner can
write to.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from wiretell.fleet import cachefile, rooted

LARGEST: Final = 2 << 30
"""Bytes. The largest known agent has 0.4 GB; what is larger than this is not read."""
BUDGET: Final = 16 << 30
"""Bytes that one inventory reads: a minute's work, forty agents of the largest kind. The rest is told; where there is a
cache, the next inventory goes on from there."""
REMEMBERED: Final = 50_000
"""Files. The ones not asked for the longest are forgotten first."""
SETTLED_NS: Final = 2_000_000_000
"""A file that changed less than this ago may change again within one tick of its file system's clock, and look as it
does now: what is found out about it is not remembered."""

_FORMAT: Final = 1
_FILE: Final = "digests.msgpack"
_BLOCK: Final = 1 << 20
_TRIES: Final = 3

_Key = tuple[int, int, int, int, int]
T = TypeVar("T")


class _Known(msgspec.Struct, array_like=True):
    """One file's entry. `answers`: what others found out, by the name of their rules."""

    key: _Key
    sha256: str = ""
    answers: dict[str, Any] = {}


class _File(msgspec.Struct, array_like=True):
    format: int
    files: list[_Known]


class Digests:
    """SHA-256 of files, and answers that depend on nothing but a file's bytes."""

    def __init__(self, cache: Path | None) -> None:
        """`cache`: the folder that keeps them; None: nothing is remembered beyond this object."""
        self._path = cache / _FILE if cache else None
        self._known = self._load()
        self._changed = False
        self._left = BUDGET

    def sha256(self, path: str) -> str:
        """Return the hash of a regular file, in lower-case hex. Links are followed.

        :raises OSError: if it cannot be read, is no regular file (it is not opened then), is larger than `LARGEST`,
            changes each time it is read, or if all that was read so far came to `BUDGET`.
        """
        known = self._entry(path)
        if known and known.sha256:
            return known.sha256
        found, key = self._steady(path, self._digest)
        self._remember(key, lambda entry: setattr(entry, "sha256", found))
        return found

    def answer(self, path: str, rules: str, form: type[T], look: Callable[[int, int], T | None]) -> T | None:
        """Return what `look` says of a file's bytes, from memory where the file and the rules are the same.

        :param rules: changes whenever `look` might answer otherwise: `RULES` or `RULES/QUESTION`. A file keeps the
            answers to the last rules only.
        :param form: what it answers, in a form that msgspec can write.
        :param look: gets a descriptor and the size in bytes, and tells `spend` what it reads; may be asked again if the
            file changes.
        :raises OSError: as `sha256`.
        """
        known = self._entry(path)
        if known and rules in known.answers:
            with suppress(msgspec.ValidationError):  # a cache is never a reason to fail
                return msgspec.convert(known.answers[rules], type=form | None)
        found, key = self._steady(path, look)
        self._remember(key, lambda entry: _answered(entry, rules, msgspec.to_builtins(found)))
        return found

    def spend(self, count: int) -> None:
        """Note how many bytes a look has read."""
        self._left -= count

    def save(self) -> None:
        """Write what is known into the cache. A cache that cannot be written is not an error."""
        if self._path and self._changed:
            kept = list(self._known.values())[-REMEMBERED:]
            cachefile.save(self._path, _File(_FORMAT, kept))
            self._changed = False

    def _load(self) -> dict[_Key, _Known]:
        file = cachefile.load(self._path, _File) if self._path else None
        return {known.key: known for known in file.files} if file and file.format == _FORMAT else {}

    def _entry(self, path: str) -> _Known | None:
        """Return what is known of a file, and keep it for longer than what nobody asks for."""
        key = _key(_regular(rooted.stat(path), path))
        entry = self._known.pop(key, None)
        if entry:
            self._known[key] = entry
        return entry

    def _digest(self, handle: int, size: int) -> str:
        self.spend(size)
        return _digest(handle, size)

    def _steady(self, path: str, look: Callable[[int, int], T]) -> tuple[T, _Key | None]:
        """Look at a file until it has been the same before and after; None for a key that must not be remembered."""
        for _ in range(_TRIES):
            if self._left <= 0:
                raise OSError(errno.EFBIG, f"was not read: {BUDGET >> 30} GiB were read of others before", path)
            with _opened(path) as (handle, before):
                try:
                    found = look(handle, before.st_size)
                except _ChangedError:
                    continue
                after = os.fstat(handle)
            if _key(before) == _key(after):
                settled = time.time_ns() - max(after.st_mtime_ns, after.st_ctime_ns) > SETTLED_NS
                return found, _key(after) if settled else None
        raise OSError(errno.EBUSY, "changes each time it is read", path)

    def _remember(self, key: _Key | None, change: Callable[[_Known], None]) -> None:
        if key is None:
            return
        entry = self._known.pop(key, None) or _Known(key)
        change(entry)
        self._known[key] = entry
        self._changed = True


class _ChangedError(Exception):
    """A file was longer or shorter than it had been a moment before."""


def _key(info: os.stat_result) -> _Key:
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns


def _answered(entry: _Known, rules: str, answer: Any) -> None:
    """Keep an answer. Those to other rules are of an older version: nobody will ask for them again."""
    of = rules.partition("/")[0]
    kept = {asked: told for asked, told in entry.answers.items() if asked.partition("/")[0] == of}
    entry.answers = {**kept, rules: answer}


def _regular(info: os.stat_result, path: str) -> os.stat_result:
    if not stat.S_ISREG(info.st_mode):
        raise OSError(errno.EINVAL, "is no regular file", path)
    if info.st_size > LARGEST:
        raise OSError(errno.EFBIG, f"is larger than {LARGEST >> 30} GiB", path)
    return info


@contextmanager
def _opened(path: str) -> Iterator[tuple[int, os.stat_result]]:
    """Open a regular file: a pipe or a device is seen before it would be opened, and in a race is not waited for."""
    _regular(rooted.stat(path), path)
    handle = rooted.opened(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        yield handle, _regular(os.fstat(handle), path)
    finally:
        os.close(handle)


def _digest(handle: int, size: int) -> str:
    """Hash exactly `size` bytes: a file that grows as fast as it is read must end too."""
    digest, left, block = hashlib.sha256(), size, memoryview(bytearray(_BLOCK))
    while left:
        read = os.preadv(handle, [block[: min(left, _BLOCK)]], size - left)
        if not read:
            raise _ChangedError
        digest.update(block[:read])
        left -= read
    return digest.hexdigest()
