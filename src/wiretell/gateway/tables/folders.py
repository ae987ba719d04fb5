"""Folders and files of a log's tables: how a file appears whole, and how a folder takes another's place.

    LOG/2026-07-10/part-093000123456-5f3a90c1-7.parquet    rows of one flush: UTC time of day, run, number
    LOG/2026-07-10/day-093000123456-5f3a90c1-8.parquet     rows of many flushes, put together
    LOG/.tables/2026-07-10/                                the next, or the last, form of that day: never read

What is in the making ends in `.tmp`, or stands two folders deep, so that the glob `LOG/*/*.parquet` never names it:
DuckDB's `*` takes hidden files and folders as well.
"""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

ASIDE: Final = ".tables"
UNDONE: Final = ".tmp"
SUFFIX: Final = ".parquet"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_OLD: Final = ".old"
_RENAME_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100
_NOT_THERE: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})
"""What a kernel or a file system says that cannot exchange (renameat2(2))."""


def day_of(ts_us: int) -> dt.date:
    """Return the day (UTC) of a time in microseconds; the first or the last there is, for times beyond."""
    with contextlib.suppress(OverflowError, ValueError):
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ts_us)).date()
    return dt.date.min if ts_us < 0 else dt.date.max


def days(root: Path) -> tuple[dt.date, ...]:
    """Return the days that have a folder, oldest first."""
    found = []
    for path in root.iterdir() if root.is_dir() else ():
        if _DAY.fullmatch(path.name) and path.is_dir():
            with contextlib.suppress(ValueError):  # 2026-02-31
                found.append(dt.date.fromisoformat(path.name))
    return tuple(sorted(found))


def files(folder: Path) -> tuple[Path, ...]:
    """Return the tables of a day's folder, in the order of their names."""
    return tuple(sorted(folder.glob("*" + SUFFIX))) if folder.is_dir() else ()


@contextlib.contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Give a path to write to; in the end the file is durable and stands at `path`, or nothing of it is left."""
    undone = path.with_name(f".{path.name}{UNDONE}")
    try:
        yield undone
        undone.chmod(0o600)
        sync(undone)
        undone.replace(path)
        sync(path.parent)
    except BaseException:
        undone.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make(folder: Path) -> None:
    """Make a folder that only its owner reads, where there is none, and its name durable."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync(folder.parent)


def aside(root: Path, day: dt.date) -> Path:
    """Return a new and empty folder in which the next form of a day is made."""
    folder = root / ASIDE / day.isoformat()
    make(folder.parent)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def swap(root: Path, day: dt.date) -> None:
    """Put the folder that was made aside in the place of the day's, and delete what stood there."""
    new, place = root / ASIDE / day.isoformat(), root / day.isoformat()
    sync(new)
    try:
        exchange(new, place)
    except OSError as error:
        if error.errno not in _NOT_THERE:
            raise
        _swap_in_two_steps(new, place)
    sync(root)
    _clear(new)


def _clear(folder: Path) -> None:
    """Delete a folder that was set aside, and the one around it, which readers of the log need not see."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # not empty
        folder.parent.rmdir()


def _swap_in_two_steps(new: Path, place: Path) -> None:
    """Between the steps there is no folder of the day; `recover` puts the old one back where a crash came there."""
    old = new.with_name(new.name + _OLD)
    place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def recover(root: Path) -> None:
    """Clear away what a crash left: the old form of a day is put back where the new one never came to its place."""
    for old in sorted((root / ASIDE).glob(f"*{_OLD}")):
        place = root / old.name.removesuffix(_OLD)
        if not place.exists():
            old.rename(place)
            sync(root)
    shutil.rmtree(root / ASIDE, ignore_errors=True)
    for day in days(root):
        for undone in (root / day.isoformat()).glob(f".*{UNDONE}"):
            undone.unlink(missing_ok=True)


def remove(root: Path, day: dt.date) -> None:
    """Delete a day: first out of readers' sight, at once, then from the disk."""
    gone = aside(root, day)
    gone.rmdir()
    (root / day.isoformat()).rename(gone)
    sync(root)
    _clear(gone)


def exchange(one: Path, other: Path) -> None:
    """Exchange two names at one moment (Linux, renameat2(2)). :raises OSError: ENOSYS or EINVAL where it cannot be."""
    code = _renameat2()(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    if code:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one))


@cache
def _renameat2() -> Callable[..., int]:
    try:
        call: Any = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:  # an older or another C library
        return lambda *_: _unknown()
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    call.restype = ctypes.c_int
    return call  # type: ignore[no-any-return]  # ctypes has no type for it


def _unknown() -> int:
    ctypes.set_errno(errno.ENOSYS)
    return -1
