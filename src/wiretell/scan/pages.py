"""Pages of mapped files: they count as memory while they are mapped, and nobody needs them once they are read."""

from __future__ import annotations

import mmap

from wiretell.scan.interface import Buffer


def let_go(data: Buffer, low: int = 0, high: int | None = None) -> None:
    """Let the pages of [low, high) go, if `data` is mapped; all of the file's where `data` is only a part of it.

    What lies in them can still be read: the system fetches them again.
    """
    mapped = data.obj if isinstance(data, memoryview) else None
    if not isinstance(mapped, mmap.mmap) or not hasattr(mmap, "MADV_DONTNEED"):
        return
    if len(mapped) != len(data) or (low == 0 and high is None):
        mapped.madvise(mmap.MADV_DONTNEED)
        return
    low -= low % mmap.PAGESIZE
    high = len(data) if high is None else min(high, len(data))
    if high > low:
        mapped.madvise(mmap.MADV_DONTNEED, low, high - low)
