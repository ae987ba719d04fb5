"""Unpacking of npm tarballs and wheels that may be hostile.

An npm tarball is a gzip stream of a tar archive with one leading folder, of plain files and folders alone. What is
anything else is refused as a whole; nothing is repaired.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.errors import TargetError

MAX_BYTES: Final = 2 << 30
"""Of all files together, unpacked. The largest agent known is 0.4 GiB."""
MAX_PACKED: Final = MAX_BYTES + (256 << 20)
"""Of an archive, and of the bare tar in it: the files and what the form adds to them."""
MAX_FILES: Final = 100_000
MAX_DEPTH: Final = 100
"""Components of a path; deeper trees than that exhaust the recursion of tools that walk them."""
MAX_RATIO: Final = 200
"""Unpacked to packed, beyond `RATIO_FROM`; minified JavaScript reaches 10, a bomb 1000."""
RATIO_FROM: Final = 64 << 20
_CHUNK: Final = 1 << 20
_MAX_READ: Final = 8 << 20
"""Of one read by tarfile: it reads extended headers whole, of whatever size they claim."""


_OF_THE_ARCHIVE: Final = frozenset(
    (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)
)
"""Errors of writing that the names in an archive cause; any other (a full disk) is this machine's."""


class NoPackageError(TargetError):
    """The bytes are no package: broken, hostile, or without what makes one. Never for what this machine failed at."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Size of an unpacked tree."""

    files: int
    size: int
    """Bytes of all files together."""


class _Limited(io.FileIO):
    """A file whose single reads are bounded, so that a header cannot ask for all memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0 or size > _MAX_READ:
            raise NoPackageError("The archive claims a header of absurd size; it is not an npm package.")
        return super().read(size) or b""


def unpack(tarball: Path, into: Path, scratch: Path) -> Tree:
    """Unpack an npm tarball into the empty folder `into`, its first path component stripped.

    `scratch` is a folder for the bare tar in between. Modes become 0644 or 0755. Raises NoPackageError for a broken
    or hostile archive, TargetError for a machine that failed; what was written by then is the caller's to remove.
    """
    bare = scratch / "package.tar"
    try:
        _gunzip(tarball, bare)
        with _Limited(bare) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            return _extract(tar, into, tarball.name)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, UnicodeError, ValueError) as error:
        raise NoPackageError(f"{tarball.name} is broken: it is no whole gzip-packed tar archive ({error}).") from error
    except OSError as error:
        raise _not_unpacked(tarball, error) from error
    finally:
        bare.unlink(missing_ok=True)


def _not_unpacked(archive: Path, error: OSError) -> TargetError:
    kind = NoPackageError if error.errno in _OF_THE_ARCHIVE else TargetError
    return kind(f"{archive.name} cannot be unpacked: {error.strerror or error}.")


def snapshot(file: Path, folder: Path) -> Path:
    """Copy a file of this machine into `folder`: what is hashed is then what is unpacked, whoever writes meanwhile.

    Raises TargetError for a file that cannot be read or is being written, NoPackageError for a huge one.
    """
    copy = folder / file.name
    try:
        before = file.stat()
        if before.st_size > MAX_PACKED:
            raise NoPackageError(f"{file.name} is larger than any package may be ({MAX_PACKED >> 20} MiB).")
        with file.open("rb") as source, copy.open("xb") as sink:
            shutil.copyfileobj(source, sink, _CHUNK)
        after = file.stat()
    except OSError as error:
        raise TargetError(f"{file} cannot be read or copied: {error.strerror or error}.") from error
    if (before.st_ino, before.st_size, before.st_mtime_ns) != (after.st_ino, after.st_size, after.st_mtime_ns):
        raise TargetError(f"{file} changed while it was read; try again when it is written.")
    return copy


def _gunzip(tarball: Path, bare: Path) -> None:
    packed = tarball.stat().st_size
    limit = min(MAX_PACKED, max(RATIO_FROM, packed * MAX_RATIO))
    written = 0
    with gzip.open(tarball, "rb") as source, bare.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > limit:
                raise NoPackageError(f"{tarball.name} unpacks to more than {limit >> 20} MiB; it is not unpacked.")
            sink.write(chunk)


def unpack_wheel(wheel: Path, into: Path) -> Tree:
    """Unpack a wheel (a zip archive) into the empty folder `into`; modes become 0644, no file is executable.

    Raises NoPackageError for a broken or hostile archive, TargetError for a machine that failed; what was written by
    then is the caller's to remove.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _extract_zip(archive, into, wheel.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise NoPackageError(f"{wheel.name} is broken: it is no whole zip archive ({error}).") from error
    except OSError as error:
        raise _not_unpacked(wheel, error) from error


def _extract_zip(archive: zipfile.ZipFile, into: Path, name: str) -> Tree:
    members = archive.infolist()
    packed = Path(archive.filename or "").stat().st_size
    left = min(MAX_BYTES, max(RATIO_FROM, packed * MAX_RATIO))
    if len(members) > MAX_FILES:
        raise NoPackageError(f"{name} holds more than {MAX_FILES} entries; it is refused.")
    if not members:
        raise NoPackageError(f"{name} is an empty archive.")
    for member in members:
        if stat.S_ISLNK(member.external_attr >> 16):
            raise NoPackageError(f"{name} holds a link ({member.filename!r}), which no wheel may; it is refused.")
        parts = _inner_parts(member.filename, name)
        if member.is_dir() or not parts:
            _make_folders(into, parts)
            continue
        _make_folders(into, parts[:-1])
        left = _write_member(archive, member, into.joinpath(*parts), left, name)
    return measure(into)


def _write_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int, name: str) -> int:
    """Write one file; return how many bytes the archive may still unpack to. Sizes it claims are not believed."""
    path.unlink(missing_ok=True)
    with archive.open(member) as source, path.open("xb") as sink:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise NoPackageError(f"{name} unpacks to more than its size allows; it is not unpacked.")
            sink.write(chunk)
    path.chmod(0o644)
    return left


def _inner_parts(path: str, name: str) -> list[str]:
    """Return the components of a path in an archive. Raises TargetError for whatever could lead out of it."""
    if path.startswith("/") or "\0" in path:
        raise NoPackageError(f"{name} holds an absolute path ({path!r}); it is refused.")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise NoPackageError(f"{name} holds a path that leads out ({path!r}); it is refused.")
    if len(parts) > MAX_DEPTH:
        raise NoPackageError(f"{name} holds a path of more than {MAX_DEPTH} folders; it is refused.")
    return parts


def _extract(tar: tarfile.TarFile, into: Path, name: str) -> Tree:
    files = size = 0
    for member in tar:
        files, size = files + 1, size + max(member.size, 0)
        if files > MAX_FILES or size > MAX_BYTES:
            raise NoPackageError(f"{name} holds more than {MAX_FILES} entries or {MAX_BYTES >> 30} GiB; it is refused.")
        parts = _safe_parts(member, name)
        if member.isdir():
            _make_folders(into, parts)
        elif parts:
            _make_folders(into, parts[:-1])
            _write(tar, member, into.joinpath(*parts))
        else:
            raise NoPackageError(f"{name} holds a file outside its leading folder; it is not an npm package.")
    if not files:
        raise NoPackageError(f"{name} is an empty archive.")
    return measure(into)


def _safe_parts(member: tarfile.TarInfo, name: str) -> list[str]:
    """Return the path below the leading folder. Raises TargetError for whatever could lead out of it."""
    if member.issym() or member.islnk():
        raise NoPackageError(f"{name} holds a link ({member.name!r}), which no npm package may; it is refused.")
    if not (member.isdir() or member.isreg()) or member.issparse():
        raise NoPackageError(f"{name} holds a device or other special file ({member.name!r}); it is refused.")
    return _inner_parts(member.name, name)[1:]


def _make_folders(into: Path, parts: list[str]) -> None:
    folder = into
    for part in parts:
        folder = folder / part
        if not folder.is_dir():
            folder.mkdir()
            folder.chmod(0o755)


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    path.unlink(missing_ok=True)  # tar's own rule: the later of two entries of one name wins
    source = tar.extractfile(member)
    assert source is not None
    with path.open("xb") as sink:
        left = member.size
        while left:
            chunk = source.read(min(_CHUNK, left))
            if not chunk:
                raise EOFError("a file is cut off")
            sink.write(chunk)
            left -= len(chunk)
    path.chmod(0o755 if member.mode & 0o111 else 0o644)


def remove(tree: Path) -> None:
    """Remove a folder with all that is in it, however deep; what cannot be removed stays. Links are not followed."""
    ahead, met = [] if tree.is_symlink() else [str(tree)], []
    while ahead:
        folder = ahead.pop()
        met.append(folder)
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    ahead.append(entry.path)
                else:
                    Path(entry.path).unlink()
    for folder in reversed(met):  # a folder comes after the one it is in
        with contextlib.suppress(OSError):
            Path(folder).rmdir()


def _refuse(error: OSError) -> None:
    raise error


def measure(root: Path, *, normalise: bool = False) -> Tree:
    """Count what lies under `root`; with `normalise`, set modes as `unpack` does.

    Raises TargetError for links and special files (a tree that npm wrote is checked by the rule of our own), OSError
    for a folder that cannot be listed: what is in it must not be missing silently.
    """
    files = size = 0
    for folder, names, leaves in os.walk(root, onerror=_refuse):
        here = Path(folder)
        if normalise:
            here.chmod(0o755)
        for name in names:
            if (here / name).is_symlink():
                raise TargetError(f"{here / name} is a link, which no npm package may hold; it is refused.")
        for name in leaves:
            status = (here / name).lstat()
            if not stat.S_ISREG(status.st_mode):
                raise TargetError(f"{here / name} is a link or special file; it is refused.")
            files, size = files + 1, size + status.st_size
            if normalise:
                (here / name).chmod(0o755 if status.st_mode & 0o111 else 0o644)
    if files > MAX_FILES or size > MAX_BYTES:
        raise TargetError(f"{root.name} holds more than {MAX_FILES} files or {MAX_BYTES >> 30} GiB; it is refused.")
    return Tree(files, size)
