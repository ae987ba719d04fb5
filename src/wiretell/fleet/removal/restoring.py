"""Puts an archive's files back where nothing is in the way, whole or not at all."""

from __future__ import annotations

import os
import secrets
import tarfile
from collections.abc import Sequence
from contextlib import suppress
from os.path import basename, dirname, join, lexists
from pathlib import Path
from typing import Final

from wiretell.errors import FormatError, UsageError
from wiretell.fleet.removal import archive, disk
from wiretell.fleet.removal.guarding import holds

_PIECE: Final = 1 << 20


def restore(path: Path) -> tuple[str, ...]:
    """Put back what an archive keeps; return the paths.

    1. The archive is read whole and held against its manifest.
    2. Nothing may be in the way, and the folders above must be there.
    3. Everything is unpacked beside its place, under a name of its own.
    4. Each is given its name; where one cannot be, the others are taken away again.

    Owners are given back only by root. Links are made last, so that nothing is written through one.
    :raises FormatError: for what is no whole archive of wiretell's.
    :raises UsageError: where something is in the way, or cannot be written.
    """
    name = os.fspath(path)
    try:
        tops = archive.verified(name)
        places = _places(tops, name)
        _unpack_all(name, places)
    except OSError as error:
        raise UsageError(f"{name} cannot be restored: {error.strerror or error}; nothing was put back.") from None
    return tops


def _places(tops: Sequence[str], name: str) -> dict[str, str]:
    """Return name beside its place by path. :raises UsageError: where something is in the way."""
    token = secrets.token_hex(4)
    places = {}
    for number, top in enumerate(tops):
        if not os.path.isabs(top) or os.path.normpath(top) != top or top == "/":
            raise FormatError(f"{name} keeps a path that is none: {top}.")
        if lexists(top):
            raise UsageError(f"{top} is there; move it away first, nothing was put back.")
        if not os.path.isdir(dirname(top)):
            raise UsageError(f"the folder {dirname(top)} is missing; make it first, nothing was put back.")
        if disk.place_of(top) != top:
            raise UsageError(f"{dirname(top)} has become a link; nothing was put back.")
        places[top] = join(dirname(top), f".wiretell-restoring-{token}-{number}")
    return places


def _unpack_all(name: str, places: dict[str, str]) -> None:
    back: list[str] = []
    try:
        _unpack(name, places)
        for top, beside in places.items():
            found = disk.identity(beside)
            if found is None:
                raise FormatError(f"{name} does not hold {top}, which its manifest names.")
            disk.rename(beside, basename(top), found)
            back.append(top)
    except BaseException:
        for path in (*back, *places.values()):
            if found := disk.identity(path):
                with suppress(OSError):
                    disk.delete(path, found.kind)
        raise


def _unpack(name: str, places: dict[str, str]) -> None:
    folders: list[tuple[str, tarfile.TarInfo]] = []
    links: list[tuple[str, tarfile.TarInfo]] = []
    with archive.reading(name) as tar:
        for info in tar:
            if info.name == archive.MANIFEST:
                continue
            to = _beside(info.name, places, name)
            if info.isdir():
                os.mkdir(to, 0o700)
                folders.append((to, info))
            elif info.issym():
                links.append((to, info))
            else:
                _file(tar, info, to)
    for to, info in links:
        os.symlink(info.linkname, to)
        _own(to, info)
        os.utime(to, (info.mtime, info.mtime), follow_symlinks=False)
    for to, info in reversed(folders):  # from within: what is written in a folder changes its time
        _dressed(to, info)


def _beside(member: str, places: dict[str, str], name: str) -> str:
    path = f"/{member}"
    top = next((top for top in places if holds(top, path)), None)
    if top is None or ".." in path.split("/"):
        raise FormatError(f"{name} holds {path}, which is in none of the paths that its manifest names.")
    return places[top] + path[len(top) :]


def _file(tar: tarfile.TarFile, info: tarfile.TarInfo, to: str) -> None:
    content = tar.extractfile(info)
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        while content and (data := content.read(_PIECE)):
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    _dressed(to, info)


def _dressed(to: str, info: tarfile.TarInfo) -> None:
    """Give owner, permissions and time, in this order: a new owner takes setuid away."""
    _own(to, info)
    os.chmod(to, info.mode)
    os.utime(to, (info.mtime, info.mtime))


def _own(to: str, info: tarfile.TarInfo) -> None:
    if os.geteuid() == 0:
        os.chown(to, info.uid, info.gid, follow_symlinks=False)
