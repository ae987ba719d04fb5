"""Buffers: mapped files, slices of them, searched and read without copies of the whole."""

from __future__ import annotations

import io
import mmap
import os
from typing import Final

_SMALL: Final = 64 << 10
"""Files up to this size are read: a map of each would cost a file handle and two system calls more."""
_CHUNK: Final = 4 << 20


def load(path: str) -> tuple[memoryview, int]:
    """Return a regular file's bytes (mapped unless small) and its size. Raises OSError.

    The view stays valid as long as anybody holds it, also when the file is removed meanwhile. A file that somebody
    cuts short while it is mapped ends the process (SIGBUS), as with any program that maps files.
    """
    # O_NONBLOCK: should a pipe have taken the file's place since it was listed, opening it must not wait for a writer.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        size = os.fstat(handle).st_size
        if size <= _SMALL:
            return memoryview(os.read(handle, size)), size
        return memoryview(mmap.mmap(handle, size, access=mmap.ACCESS_READ)), size
    finally:
        os.close(handle)


def rfind(data: memoryview, needle: bytes) -> int:
    """Return where `needle` stands last, or -1; reads from the end in pieces."""
    end = len(data)
    while end >= len(needle):
        start = max(0, end - _CHUNK)
        found = bytes(data[start:end]).rfind(needle)
        if found >= 0:
            return start + found
        if start == 0:
            break
        end = start + len(needle) - 1
    return -1


class Reader(io.RawIOBase):
    """A buffer as a file, for libraries that want one. Nothing is copied but what is read."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, into: object, /) -> int:
        """Fill `into` as far as the buffer goes."""
        target = memoryview(into).cast("B")  # type: ignore[arg-type]
        chunk = self._data[self._at : self._at + len(target)]
        target[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move, and return the new place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        self._at = max(0, base + offset)
        return self._at
