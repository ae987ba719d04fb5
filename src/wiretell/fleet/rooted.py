# paths are texts here, as the system gives them
"""Where paths lead: on this machine as the system says, in a mounted image (`--root`) within the image alone.

An image's links were made for a system whose root the image is. The system that it is mounted on would follow a link to
`/usr/bin/x` to its own `/usr/bin/x`, so it is never let follow one in an image: links are read and followed here, part
by part, and the system is given places without links. That is what openat2(2) calls RESOLVE_IN_ROOT: `/` is the image's
root, and there is nothing above it. What may change meanwhile is opened folder by folder, following nothing.

Everything of an inventory that looks at files asks here. Whoever takes one says for which root (`within`); until then,
and for paths outside of the image (a home that was named elsewhere), all is as the system says, at no cost.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat as modes
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, AnyStr, Final

_LINKS_MAX: Final = 40
"""Links that one path may lead through, as the kernel has it (MAXSYMLINKS); more are a circle."""
_FOLDER: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class _Image:
    """A mounted image."""

    names: tuple[str, ...]
    """How its root is called from outside: as it was named, and without links."""
    real: str
    """The latter."""
    has_own: bool = True
    """Whether there is such a path in the image too, so that a link to it means that one."""

    def below(self, path: str) -> str | None:
        """Return what of a path from outside is within the image; None where it is not named below its root."""
        for name in self.names:
            if path == name or path.startswith(f"{name}/"):
                return path[len(name) :]
        return None

    def target(self, link: str) -> str:
        """Return what an absolute target means, as a path of the image.

        Some are spelled as from outside, by whoever made the link while the image was mounted. They are taken so only
        where the image has no such path itself; either way they stay in it.
        """
        within = None if self.has_own else self.below(link)
        return link if within is None else within


_image: ContextVar[_Image | None] = ContextVar("image", default=None)


@contextlib.contextmanager
def within(root: str) -> Iterator[None]:
    """Let paths mean what they mean below `root`, for as long as this lasts: `/`, or a mounted image."""
    token = _image.set(_mounted(root))
    try:
        yield
    finally:
        _image.reset(token)


def _mounted(root: str) -> _Image | None:
    name, real_root = root.rstrip("/"), os.path.realpath(root)
    if not name or real_root == "/":
        return None
    image = _Image(tuple(dict.fromkeys((name, real_root))), real_root)
    try:
        _followed(image, name)
    except OSError:
        return _Image(image.names, real_root, has_own=False)
    return image


def real(path: AnyStr, *, strict: bool = False) -> AnyStr:
    """Return where a path leads, all links resolved (`os.path.realpath`). Never raises for a circle unless strict.

    :raises OSError: if `strict`, where nothing is there, or links go in circles. ValueError: for what is no path.
    """
    image = _image.get()
    rest = image.below(os.fsdecode(path)) if image else None
    if image is None or rest is None:
        return os.path.realpath(path, strict=strict)
    found: AnyStr = _like(path, _followed(image, rest, strict=strict))
    return found


def _like(path: str | bytes, found: str) -> Any:
    return os.fsencode(found) if isinstance(path, bytes) else found


def _followed(image: _Image, path: str, *, strict: bool = True) -> str:
    """Follow a path of the image, part by part; return the place from outside, which no link is on the way to."""
    here, links, todo = image.real, 0, path.split("/")[::-1]
    while todo:
        part = todo.pop()
        if part in ("", "."):
            continue
        if part == "..":
            here = here if here == image.real else os.path.dirname(here)
            continue
        there = f"{here}/{part}"
        target = _link(there, strict=strict)
        links += target is not None
        if links > _LINKS_MAX and strict:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), there)
        if target is None or links > _LINKS_MAX:
            here = there
            continue
        if target.startswith("/"):
            here, target = image.real, image.target(target)
        todo += target.split("/")[::-1]
    return here


def _link(path: str, *, strict: bool) -> str | None:
    """Return what a link says; None for what is none. :raises OSError: if strict, where nothing is there."""
    try:
        return os.readlink(path)
    except OSError as error:
        if strict and error.errno != errno.EINVAL:
            raise
        return None


def at(path: AnyStr) -> AnyStr:
    """Return the path by which the system comes to what a path leads to: itself, in an image the place without links.

    :raises OSError: in an image, where nothing is there, or links go in circles.
    """
    image = _image.get()
    if image is None or image.below(os.fsdecode(path)) is None:
        return path
    return real(path, strict=True)


def spot(path: AnyStr) -> AnyStr:
    """Return the same for what lies at a path itself: its last part is not followed. :raises OSError: as `at`."""
    if _image.get() is None:
        return path
    folder, name = os.path.split(path)
    return at(path) if os.fsdecode(name) in ("", ".", "..") else os.path.join(at(folder), name)


def named(path: str) -> str:
    """Return a path that the system follows as the image does: itself where it is one, else where it leads.

    What lies below it, links left alone, can be looked at without asking here. What links of the machine lead into the
    image is named as the image is.
    """
    image = _image.get()
    if image is None:
        return path
    path = _entered(image, path)
    found = real(path)
    return path if os.path.realpath(path) == found else found


def _entered(image: _Image, path: str) -> str:
    """Return a path from outside as it is named below the image's root, from where a link leads into the image on."""
    parts = path.split("/") if image.below(path) is None else []
    for end in range(2, len(parts) + 1):
        place = os.path.realpath("/".join(parts[:end]))
        if place == image.real or place.startswith(f"{image.real}/"):
            return "/".join((f"{image.names[0]}{place[len(image.real) :]}", *parts[end:]))
    return path


def normal(path: str) -> str:
    """As `os.path.normpath`; of an image's path `..` does not lead above the root, however many there are."""
    image = _image.get()
    rest = image.below(path) if image else None
    if image is None or rest is None:
        return os.path.normpath(path)
    return f"{path[: len(path) - len(rest)]}/{os.path.normpath(f'/{rest}').strip('/')}".rstrip("/")


def is_elsewhere(path: str) -> bool:
    """Whether the system comes by a path to another place than its links say, or to none.

    `/proc/PID/root` of a container reads like a link to `/`, and leads into another mount namespace: no place in there
    has a path here, and what is reckoned by paths would be of this machine.
    """
    try:
        return not os.path.samestat(os.stat(path), os.stat(os.path.realpath(path)))
    except OSError:
        return True


def outside(path: str) -> str:
    """Return a path that stands in a file of the image, as it is named from outside; others stay as they are."""
    image = _image.get()
    if image is None or not path.startswith("/"):
        return path
    return f"{image.names[0]}/{image.target(path).lstrip('/')}"


def inside(path: str) -> str:
    """Return a path as the image's own files name it; others stay as they are."""
    image = _image.get()
    found = image.below(path) if image else None
    return path if found is None else found or "/"


def stat(path: AnyStr) -> os.stat_result:
    """As `os.stat`."""
    return os.stat(at(path))


def lstat(path: AnyStr) -> os.stat_result:
    """As `os.lstat`."""
    return os.lstat(spot(path))


def is_file(path: str | bytes) -> bool:
    """Whether a path leads to a regular file."""
    return modes.S_ISREG(_mode(path))


def is_folder(path: str | bytes) -> bool:
    """Whether a path leads to a folder."""
    return modes.S_ISDIR(_mode(path))


def exists(path: str | bytes) -> bool:
    """Whether a path leads to anything."""
    return _mode(path) != 0


def is_link(path: str | bytes) -> bool:
    """Whether a link lies at a path."""
    return modes.S_ISLNK(_mode(path, follow=False))


def lies(path: str | bytes) -> bool:
    """Whether anything lies at a path, a link to nowhere included."""
    return _mode(path, follow=False) != 0


def _mode(path: str | bytes, *, follow: bool = True) -> int:
    name = os.fsdecode(path)
    try:
        return os.stat(at(name) if follow else spot(name), follow_symlinks=follow).st_mode
    except (OSError, ValueError):
        return 0


def names(folder: str) -> list[str]:
    """As `os.listdir`."""
    return os.listdir(at(folder))


def scan(folder: AnyStr) -> Any:
    """As `os.scandir`. Of the entries the name counts: `path` is a place, and `stat` would follow links elsewhere."""
    return os.scandir(at(folder))


def opened(path: str, flags: int) -> int:
    """As `os.open`; of an image's file each folder on the way is opened by itself, following nothing."""
    image = _image.get()
    place = at(path)
    if image is None or not place.startswith(f"{image.real}/"):
        return os.open(place, flags)
    *above, name = place[len(image.real) + 1 :].split("/")
    folder = os.open(image.real, _FOLDER)
    try:
        for part in above:
            below = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
        return os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)
