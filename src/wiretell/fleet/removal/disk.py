"""The few things that a removal does to a disk, each in a way that no link can lead elsewhere.

A place is a path whose parents are no links: `place_of` makes one. What is done to it starts from `/` and goes down
folder by folder, following nothing (openat(2), O_NOFOLLOW): where somebody has put a link in the place of a folder
since, the way ends. Nothing is ever moved to another folder: a path is renamed where it stands, so that no other file
system, no closed folder and no lack of space can stand in the way of having it back.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.fleet import rooted

_DIRECTORY: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NOREPLACE: Final = 1
"""RENAME_NOREPLACE of renameat2(2)."""
_OCTAL: Final = re.compile(rb"\\([0-3][0-7]{2})")
_MOUNT_POINT: Final = 4
_UNKNOWN: Final = frozenset({errno.ENOSYS, errno.EINVAL})
"""What a kernel or a file system says that has no RENAME_NOREPLACE."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What stands at a place: the same while it is renamed, another once it is replaced."""

    device: int
    inode: int
    kind: int
    """`stat.S_IFMT` of its mode."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder itself; a link to one is none."""
        return self.kind == stat.S_IFDIR


def place_of(path: str) -> str:
    """Return a path with the links among its parents resolved, of an image within it; its last part stays as it is.

    :raises OSError: where a parent is missing, closed, or a link in a circle.
    """
    parent, name = os.path.split(path)
    return os.path.join(rooted.real(parent, strict=True), name)


@contextlib.contextmanager
def parent_of(place: str) -> Iterator[tuple[int, str]]:
    """Give the folder of a place, opened without following any link, and the name in it.

    :raises OSError: where a parent is missing or is a folder no longer.
    """
    *parents, name = place.strip("/").split("/")
    handle = os.open("/", _DIRECTORY)
    try:
        for part in parents:
            below = os.open(part, _DIRECTORY, dir_fd=handle)
            os.close(handle)
            handle = below
        yield handle, name
    finally:
        os.close(handle)


def identity(place: str) -> Identity | None:
    """Return what stands at a place; None where nothing does, or its parents are not what they were."""
    try:
        with parent_of(place) as (folder, name):
            return _identity(folder, name)
    except OSError:
        return None


def _identity(folder: int, name: str) -> Identity:
    return identity_of(os.stat(name, dir_fd=folder, follow_symlinks=False))


def identity_of(found: os.stat_result) -> Identity:
    """Return what a look at a path found."""
    return Identity(found.st_dev, found.st_ino, stat.S_IFMT(found.st_mode))


def rename(place: str, to: str, expected: Identity) -> None:
    """Give what stands at a place another name in the same folder. The disk may not know yet: `sync_folders`.

    :raises OSError: where something else stands there than was expected, or anything at all under the new name.
    """
    with parent_of(place) as (folder, name):
        held = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            if identity_of(os.fstat(held)) != expected:
                raise OSError(errno.ESTALE, "it is not what it was when the removal was planned")
            _rename(folder, name, to)
            # Held against the handle, not against what was expected: some overlays give a new inode with a new name.
            if _identity(folder, to) != identity_of(os.fstat(held)):
                _rename(folder, to, name)
                raise OSError(errno.ESTALE, "it was replaced at that moment")
        finally:
            os.close(held)


def move(folder: int, name: str, into: int, to: str) -> None:
    """Give what is called `name` in an open folder a name in another of the same file system.

    :raises OSError: where anything stands there.
    """
    _rename(folder, name, to, into)


def mounts() -> tuple[str, ...]:
    """Return where this process sees something mounted (proc_pid_mountinfo(5)); nothing where the system says none."""
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            fields = [line.split(b" ") for line in file]
    except OSError:
        return ()
    return tuple(os.fsdecode(_OCTAL.sub(_unescaped, each[4])) for each in fields if len(each) > _MOUNT_POINT)


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8)])


def _rename(folder: int, name: str, to: str, into: int | None = None) -> None:
    import ctypes  # only an `--apply` comes here

    into = folder if into is None else into
    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        if not library.renameat2(folder, os.fsencode(name), into, os.fsencode(to), _NOREPLACE):
            return
        code = ctypes.get_errno()
        if code not in _UNKNOWN:
            raise OSError(code, os.strerror(code))
    if _exists(into, to):
        raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
    os.rename(name, to, src_dir_fd=folder, dst_dir_fd=into)


def _exists(folder: int, name: str) -> bool:
    try:
        _identity(folder, name)
    except FileNotFoundError:
        return False
    return True


def _sync(folder: int) -> None:
    """Write a folder's names to the disk; a folder that may not be read is written with the rest."""
    with contextlib.suppress(OSError):
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_folders(paths: Iterable[str]) -> None:
    """Write the names in folders to the disk, each folder once; one that is gone by now needs none."""
    for path in dict.fromkeys(paths):
        with contextlib.suppress(OSError), parent_of(os.path.join(path, "_")) as (folder, _):
            _sync(folder)


def remove_empty(place: str, expected: Identity) -> None:
    """Take a folder away that is empty; what is not there any more, or is another one by now, is left as it is.

    :raises OSError: where something is in it, or it cannot go.
    """
    if identity(place) != expected:
        return
    with parent_of(place) as (folder, name):
        os.rmdir(name, dir_fd=folder)
        _sync(folder)


def delete(place: str, kind: int) -> None:
    """Delete what stands at a place, a folder with all that is in it; no link is followed.

    What is not there any more, maybe with its parents, or is of another kind by now, is left as it is.
    :raises OSError: where a part of it cannot be deleted.
    """
    with contextlib.ExitStack() as stack:
        try:
            folder, name = stack.enter_context(parent_of(place))
            found = _identity(folder, name)
        except FileNotFoundError:
            return
        if found.kind != kind:
            return
        if found.is_folder:
            _delete_folder(folder, name)
        else:
            os.unlink(name, dir_fd=folder)


def _delete_folder(folder: int, name: str) -> None:
    try:
        shutil.rmtree(name, dir_fd=folder)
    except PermissionError:  # folders in it that even their owner may not write to, as package managers make them
        _open_up(folder, name)
        shutil.rmtree(name, dir_fd=folder)
    except RecursionError:
        raise OSError(errno.ELOOP, "its folders lie too deep within each other") from None


def _open_up(folder: int, name: str) -> None:
    """Give the owner every right on the folders below one, this one included."""
    _grant(folder, name)
    for _, names, _, handle in os.fwalk(name, dir_fd=folder):
        for below in names:
            _grant(handle, below)


def _grant(folder: int, name: str) -> None:
    """chmod(2) by name: a folder that may not be read cannot be opened for fchmod."""
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_IRWXU != stat.S_IRWXU:
        os.chmod(name, stat.S_IMODE(found.st_mode) | stat.S_IRWXU, dir_fd=folder)
