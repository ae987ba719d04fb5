"""The user's own files as a gzipped tar (POSIX.1-2001, pax), checked against what was read before anything goes.

Names are the files' paths without the first `/`, bytes that are no UTF-8 included. Kept: folders, files, links as they
are, modes, owners by number, times. Not kept: extended attributes, sockets, pipes and devices, which are told. The last
member, `.wiretell-archive.jsonl`, holds size and SHA-256 of every other; `restoring` holds the archive against it.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import IO, Final, Literal, cast

from wiretell.errors import FormatError
from wiretell.fleet.removal import disk
from wiretell.fleet.removal.disk import Identity

MANIFEST: Final = ".wiretell-archive.jsonl"
_FORM: Final = 1
_PIECE: Final = 1 << 20
_LEVEL: Final = 6
_NOTHING: Final[Mapping[str, Identity]] = MappingProxyType({})

Kind = Literal["file", "folder", "link", "left out"]


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive."""

    name: str
    """Path without the first `/`."""
    kind: Kind
    """`left out`: a socket, a pipe or a device, which an archive cannot keep."""
    size: int = 0
    """Bytes of a file."""
    sha256: str = ""
    target: str = ""
    """Of a link, as it is written."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file or a folder for the archive."""

    place: str
    """Where it is now."""
    name: str
    """Where it belongs: an absolute path."""


def write(path: str, sources: Sequence[Source], excluded: Mapping[str, Identity] = _NOTHING) -> tuple[Member, ...]:
    """Write a new archive (mode 0600), wait for the disk, read it again, and return what is in it.

    `excluded`: what lies in the sources and does not belong to the user, by the path where it belongs.
    :raises OSError: where anything cannot be read or written, changes meanwhile, or is not read again as it was. What
        there is of `path` then is the caller's to delete.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_LEVEL, filename="", mtime=0) as packed:
            members = _written(cast(IO[bytes], packed), sources, excluded)
        file.flush()
        os.fsync(file.fileno())
    disk.sync_folders([os.path.realpath(os.path.dirname(path))])
    if verified(path) != tuple(source.name for source in sources):
        raise OSError(errno.EIO, f"{path} is not read again as it was written")
    return members


def _written(file: IO[bytes], sources: Sequence[Source], excluded: Mapping[str, Identity]) -> tuple[Member, ...]:
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as tar:
        writer = _Writer(tar, excluded)
        for source in sources:
            with disk.parent_of(source.place) as (folder, name):
                writer.add(folder, name, source.name.lstrip("/"))
        manifest = _manifest(sources, writer.members)
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(manifest), 0o600
        tar.addfile(info, io.BytesIO(manifest))
    return tuple(writer.members)


class _Writer:
    """Adds trees to a tar, going down by handles and following no link."""

    def __init__(self, tar: tarfile.TarFile, excluded: Mapping[str, Identity]) -> None:
        self._tar = tar
        self._excluded = excluded
        self.members: list[Member] = []

    def add(self, folder: int, name: str, to: str) -> None:
        """Add what is called `name` in a folder, and all below it, as `to`."""
        try:
            self._add(folder, name, to)
        except RecursionError:
            raise OSError(errno.ELOOP, f"folders lie too deep within each other in {to}") from None

    def _add(self, folder: int, name: str, to: str) -> None:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if self._excluded.get(f"/{to}") == disk.identity_of(found):
            return
        info = _info(to, found)
        if stat.S_ISDIR(found.st_mode):
            self._folder(folder, name, info)
        elif stat.S_ISREG(found.st_mode):
            self._file(folder, name, info, found)
        elif stat.S_ISLNK(found.st_mode):
            info.type, info.linkname = tarfile.SYMTYPE, os.readlink(name, dir_fd=folder)
            self._tar.addfile(info)
            self.members.append(Member(to, "link", target=info.linkname))
        else:
            self.members.append(Member(to, "left out"))

    def _folder(self, folder: int, name: str, info: tarfile.TarInfo) -> None:
        info.type = tarfile.DIRTYPE
        self._tar.addfile(info)
        self.members.append(Member(info.name, "folder"))
        with _opened(name, folder, os.O_DIRECTORY) as handle:
            for below in sorted(os.listdir(handle)):
                self._add(handle, below, f"{info.name}/{below}")

    def _file(self, folder: int, name: str, info: tarfile.TarInfo, found: os.stat_result) -> None:
        with _opened(name, folder, os.O_NONBLOCK) as handle:
            reader = _Hashing(handle)
            info.size = found.st_size
            self._tar.addfile(info, reader)  # type: ignore[arg-type]  # it only reads
            now = os.fstat(handle)
        if (now.st_ino, now.st_size, now.st_mtime_ns) != (found.st_ino, found.st_size, found.st_mtime_ns):
            raise OSError(errno.EBUSY, f"/{info.name} changes while it is archived; end what writes it")
        self.members.append(Member(info.name, "file", info.size, reader.sha256.hexdigest()))


@contextmanager
def _opened(name: str, folder: int, flags: int) -> Iterator[int]:
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)
    try:
        yield handle
    finally:
        os.close(handle)


class _Hashing:
    """What tarfile reads from; it hashes what goes through."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Read at most so many bytes."""
        data = os.read(self._handle, min(size, _PIECE))
        self.sha256.update(data)
        return data


def _info(name: str, found: os.stat_result) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mode, info.uid, info.gid = stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid
    info.mtime = found.st_mtime
    return info


def _manifest(sources: Sequence[Source], members: Sequence[Member]) -> bytes:
    head = {"form": _FORM, "paths": [source.name for source in sources]}
    return "".join(json.dumps(each) + "\n" for each in (head, *map(asdict, members))).encode("ascii")


def verified(path: str) -> tuple[str, ...]:
    """Read an archive whole, hold every member against the manifest, and return the paths that it keeps.

    :raises OSError: where it cannot be read. FormatError: for what is no archive of wiretell's, or not whole.
    """
    seen: list[Member] = []
    manifest = b""
    with reading(path) as tar:
        for info in tar:
            if info.name == MANIFEST:
                manifest = _content(tar, info).read()
            else:
                seen.append(_member(tar, info, path))
    paths, listed = parsed(manifest, path)
    if [member for member in listed if member.kind != "left out"] != seen:
        raise FormatError(f"{path} does not hold what its manifest says; it was changed or cut short.")
    return paths


@contextmanager
def reading(path: str) -> Iterator[tarfile.TarFile]:
    """Open an archive for one pass. :raises FormatError: for what is none, or for root is not root's own."""
    try:
        with _trusted(path) as whole, gzip.open(whole) as file, _tar(cast(IO[bytes], file)) as tar:
            yield tar
            while file.read(_PIECE):  # to its end, where gzip keeps its checksum
                pass
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, ValueError) as error:
        raise FormatError(f"{path} is no whole archive of a removal: {error}.") from None


def _trusted(path: str) -> IO[bytes]:
    file = open(path, "rb")  # noqa: SIM115 - who calls closes it
    if os.geteuid() == 0 and os.fstat(file.fileno()).st_uid != 0:
        file.close()
        raise FormatError(f"{path} is another user's, and root puts back anything anywhere; restore it as that user.")
    return file


def _tar(file: IO[bytes]) -> tarfile.TarFile:
    return tarfile.open(fileobj=file, mode="r|", errors="surrogateescape")


def parsed(manifest: bytes, path: str) -> tuple[tuple[str, ...], list[Member]]:
    """Read a manifest: the paths that were archived, and every member. :raises FormatError: for what is none."""
    try:
        head, *rest = map(json.loads, manifest.splitlines())
        if head["form"] != _FORM:
            raise ValueError
        return tuple(map(str, head["paths"])), [Member(**each) for each in rest]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FormatError(f"{path} has no manifest of wiretell's; it was cut short or is another archive.") from error


def _member(tar: tarfile.TarFile, info: tarfile.TarInfo, path: str) -> Member:
    if info.isdir():
        return Member(info.name, "folder")
    if info.issym():
        return Member(info.name, "link", target=info.linkname)
    if not info.isreg():
        raise FormatError(f"{path} holds an entry of a kind that wiretell does not write.")
    file, hashed = _content(tar, info), hashlib.sha256()
    while data := file.read(_PIECE):
        hashed.update(data)
    return Member(info.name, "file", info.size, hashed.hexdigest())


def _content(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(info)
    if file is None:
        raise FormatError("an archive's file has no content.")
    return file
