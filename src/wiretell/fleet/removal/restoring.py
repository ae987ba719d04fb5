"""Puts an archive's files back where nothing is in the way, whole or not at all.

All is unpacked in folders that only this user may enter, and everything in them goes by open folders: whoever owns the
folder above could otherwise put a link in the way, and have root give away what it leads to.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os.path import dirname, lexists
from pathlib import Path
from typing import Final

from wiretell.errors import FormatError, UsageError
from wiretell.fleet.removal import archive, disk
from wiretell.fleet.removal.bounds import holds

_PIECE: Final = 1 << 20
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NAME: Final = "kept"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one of the archive's paths belongs, and the folder beside it in which it is unpacked."""

    top: str
    parent: int
    """The open folder in which it belongs."""
    name: str
    beside: str
    folder: int
    """The open folder `beside`."""


def restore(path: Path) -> tuple[str, ...]:
    """Put back what an archive keeps; return the paths.

    1. The archive is read whole and held against its manifest.
    2. Nothing may be in the way, and the folders above must be there.
    3. Everything is unpacked beside its place, in a folder that is this user's alone.
    4. Each is given its name; where one cannot be, the others are taken away again.

    Owners are given back only by root, who takes no archive of anybody else's.
    :raises FormatError: for what is no whole archive of wiretell's.
    :raises UsageError: where something is in the way, or cannot be written.
    """
    name = os.fspath(path)
    try:
        tops = archive.verified(name)
        _reject(tops, name)
        with contextlib.ExitStack() as stack:
            token = secrets.token_hex(4)
            places = {top: stack.enter_context(_beside(top, f"{token}-{n}")) for n, top in enumerate(tops)}
            _unpack(name, places)
            _name(list(places.values()), name)
    except OSError as error:
        raise UsageError(f"{name} cannot be restored: {error.strerror or error}; nothing was put back.") from None
    return tops


def _reject(tops: Sequence[str], name: str) -> None:
    """Look whether all can be put back. :raises UsageError: where something is in the way."""
    for top in tops:
        if not os.path.isabs(top) or os.path.normpath(top) != top or top.strip("/") == "":
            raise FormatError(f"{name} keeps a path that is none: {top}.")
        if lexists(top):
            raise UsageError(f"{top} is there; move it away first, nothing was put back.")
        if not os.path.isdir(dirname(top)):
            raise UsageError(f"the folder {dirname(top)} is missing; make it first, nothing was put back.")
        if disk.place_of(top) != top:
            raise UsageError(f"{dirname(top)} has become a link; nothing was put back.")


@contextlib.contextmanager
def _beside(top: str, token: str) -> Iterator[_Place]:
    """Make a folder beside a path, for this user alone; it is taken away in the end, with what is in it by then."""
    beside = f".wiretell-restoring-{token}"
    with disk.parent_of(top) as (parent, name), contextlib.ExitStack() as stack:
        os.mkdir(beside, 0o700, dir_fd=parent)
        stack.callback(shutil.rmtree, beside, ignore_errors=True, dir_fd=parent)
        folder = os.open(beside, _FOLDER, dir_fd=parent)
        stack.callback(os.close, folder)
        found = os.fstat(folder)
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise UsageError(f"{dirname(top)}/{beside} was replaced at that moment; nothing was put back.")
        yield _Place(top, parent, name, beside, folder)


def _name(places: Sequence[_Place], name: str) -> None:
    """Give everything its own name. Where one cannot have it, the others are taken out of it again."""
    named: list[_Place] = []
    try:
        for place in places:
            try:
                disk.move(place.folder, _NAME, place.parent, place.name)
            except FileNotFoundError:
                raise FormatError(f"{name} does not hold {place.top}, which its manifest names.") from None
            named.append(place)
    except BaseException:
        for place in named:
            with contextlib.suppress(OSError):
                disk.move(place.parent, place.name, place.folder, _NAME)
        raise


def _unpack(name: str, places: Mapping[str, _Place]) -> None:
    folders: list[tuple[_Place, str, tarfile.TarInfo]] = []
    with archive.reading(name) as tar:
        for info in tar:
            if info.name == archive.MANIFEST:
                continue
            place, within = _within(info.name, places, name)
            if info.isdir():
                folders.append((place, within, info))
            with _parent(place.folder, within) as (parent, base):
                _made(tar, info, parent, base)
    for place, within, info in reversed(folders):  # from within: what is written in a folder changes its time
        with _parent(place.folder, within) as (parent, base), _opened(base, _FOLDER, parent) as handle:
            _dress(handle, info)


def _within(member: str, places: Mapping[str, _Place], name: str) -> tuple[_Place, str]:
    """Return where a member is unpacked, and its path there."""
    path = f"/{member}"
    top = next((top for top in places if holds(top, path)), None)
    if top is None or not {"", ".", ".."}.isdisjoint(member.split("/")):
        raise FormatError(f"{name} holds {path}, which is in none of the paths that its manifest names.")
    return places[top], _NAME + path[len(top) :]


@contextlib.contextmanager
def _parent(folder: int, within: str) -> Iterator[tuple[int, str]]:
    """Give the open folder that a path below another leads to, following nothing, and the name in it."""
    *above, base = within.split("/")
    with contextlib.ExitStack() as stack:
        for part in above:
            folder = stack.enter_context(_opened(part, _FOLDER, folder))
        yield folder, base


@contextlib.contextmanager
def _opened(name: str, flags: int, folder: int, mode: int = 0o600) -> Iterator[int]:
    handle = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=folder)
    try:
        yield handle
    finally:
        os.close(handle)


def _made(tar: tarfile.TarFile, info: tarfile.TarInfo, parent: int, base: str) -> None:
    if info.isdir():
        os.mkdir(base, 0o700, dir_fd=parent)
    elif info.issym():
        os.symlink(info.linkname, base, dir_fd=parent)
        if os.geteuid() == 0:
            os.chown(base, info.uid, info.gid, dir_fd=parent, follow_symlinks=False)
        os.utime(base, (info.mtime, info.mtime), dir_fd=parent, follow_symlinks=False)
    else:
        content = tar.extractfile(info)
        with _opened(base, os.O_WRONLY | os.O_CREAT | os.O_EXCL, parent) as handle:
            while content and (data := content.read(_PIECE)):
                _write(handle, data)
            _dress(handle, info)
            os.fsync(handle)


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _dress(handle: int, info: tarfile.TarInfo) -> None:
    """Give owner, permissions and time, in this order: a new owner takes setuid away."""
    if os.geteuid() == 0:
        os.fchown(handle, info.uid, info.gid)
    os.fchmod(handle, info.mode)
    os.utime(handle, (info.mtime, info.mtime))
