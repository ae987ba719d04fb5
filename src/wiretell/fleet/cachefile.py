"""What an inventory remembers from one time to the next: a MessagePack file that only its owner may write.

A cache may make an inventory faster, never wrong: one that is missing, broken, of another form, or that somebody else
could have written is as good as none, and is written anew. msgspec's MessagePack takes no lone surrogates, so paths and
names go in as `os.fsencode` gives them.
"""

from __future__ import annotations

import contextlib
import gc
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

LARGEST: Final = 512 << 20
"""Bytes. A home of ten million folders stays below it; anything larger was not written here."""

_FOLDER_MODE: Final = 0o700
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH

T = TypeVar("T")


def load(path: Path, type: type[T]) -> T | None:  # msgspec's word, and the one agreed on  # noqa: A002 - as msgspec calls it
    """Return what `save` wrote, or None where there is nothing that can be trusted.

    :param type: what msgspec shall make of it; a file of another form gives None.
    """
    try:
        content = _own(path)
        with _no_collection():
            return msgspec.msgpack.decode(content, type=type)
    except (OSError, ValueError, msgspec.MsgspecError, RecursionError):
        return None


def save(path: Path, value: Any) -> None:
    """Write `value`, whole or not at all. A cache that cannot be written is none: nothing is raised for it.

    The folder is made with mode 0700 where it is missing, the file has mode 0600. A folder of somebody else's, or one
    that others may write to, is left alone.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        if not _is_ours(path.parent.stat()):
            return
        _replace(path, msgspec.msgpack.encode(value))
    except (OSError, ValueError):
        return


def _own(path: Path) -> bytes:
    """Read a file that this user owns and nobody else may write, in a folder of which the same is true.

    :raises OSError: if it is missing, somebody else's, or too large.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        info = os.fstat(handle)
        ours = stat.S_ISREG(info.st_mode) and _is_ours(info) and _is_ours(path.parent.stat())
        if not ours or info.st_size > LARGEST:
            raise PermissionError(f"{path} is not a cache of this user's")
        return file.read(LARGEST)


def _is_ours(info: os.stat_result) -> bool:
    return info.st_uid == os.geteuid() and not info.st_mode & _OTHERS_MAY_WRITE


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Decoding makes hundreds of thousands of objects, no circles; looking for circles takes longer than decoding."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
