"""Where unpacked packages are kept: one folder a package version, put in place whole or not at all.

npm/.staging-XXXX/                 work in progress; anything here while nobody holds the lock is left over
npm/NAME/VERSION-SHA8/package/     the unpacked package, read-only by convention
npm/NAME/VERSION-SHA8/wiretell.json
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from wiretell.errors import TargetError
from wiretell.target.archive import measure, remove
from wiretell.target.interface import Progress

SCHEMA: Final = 1
_META: Final = "wiretell.json"
_STAGING: Final = ".staging-"
_TRIES: Final = 5
"""Of moving a package into place, where others that hold no lock put or clear the same folders."""
_TAKEN: Final = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR})
"""What rename(2) says where something else is in the place; nothing else says that."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a cached package without asking anybody; stored beside it as JSON."""

    schema: int = SCHEMA
    name: str
    version: str
    sha256: str
    """Of the tarball that was unpacked, hex."""
    package: str
    """`name@version` of the tarball that was unpacked: the platform package's, where one was followed."""
    platform: str = ""
    """`linux-x64` where the content is for one platform only; empty for any."""
    dependencies: str = "none"
    """`none`, `required` or `all` (optional ones too): what was installed beside it."""
    bin: dict[str, str] = msgspec.field(default_factory=dict)
    """Commands of the package the user named -> path in it."""
    notes: tuple[str, ...] = ()
    files: int
    size: int
    """Bytes of all files; with `files`, how a tree that was tampered with or thinned out is noticed."""


def base_folder(cache: Path | None) -> Path:
    """Return `cache`, or wiretell's folder by the XDG base directory rules (a relative XDG_CACHE_HOME is ignored)."""
    if cache is not None:
        return cache
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(xdg) if xdg.startswith("/") else Path.home() / ".cache") / "wiretell"


def npm_folder(cache: Path | None) -> Path:
    """Return the folder of npm packages, made if need be. Raises TargetError where it cannot be."""
    folder = base_folder(cache) / "npm"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TargetError(f"{folder} cannot be made: {error.strerror}; set XDG_CACHE_HOME to a folder.") from error
    return folder


@contextlib.contextmanager
def locked(folder: Path, progress: Progress) -> Iterator[None]:
    """Hold the cache's lock; also clear what a killed process left behind.

    The lock is on the folder itself, so it leaves no file. Where the file system has no locks (some network ones),
    the rename into place still keeps the cache whole, and nothing is cleared. Raises TargetError.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise TargetError(f"{folder} cannot be opened: {error.strerror}; try again.") from error
    try:
        if _flock(handle, progress):
            for left in folder.glob(f"{_STAGING}*"):
                remove(left)
        yield
    finally:
        os.close(handle)


def _flock(handle: int, progress: Progress) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress("waiting for another wiretell that is fetching")
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give a fresh folder to work in, and remove what is left of it, however the block ends.

    What the operating system refuses in the block (a full disk, too many open files) becomes a TargetError here.
    """
    try:
        work = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
    except OSError as error:
        raise _refused(folder, error) from error
    try:
        yield work
    except BrokenPipeError:  # nobody reads the progress any more
        raise
    except OSError as error:
        raise _refused(folder, error) from error
    finally:
        remove(work)
        with contextlib.suppress(OSError):  # a package folder that stayed empty says nothing
            for name in folder.glob("*"):
                _drop_if_empty(name)


def _refused(folder: Path, error: OSError) -> TargetError:
    where = f" ({error.filename})" if error.filename else ""
    return TargetError(
        f"Nothing was kept in {folder}: {error.strerror or error}{where}; mend that, or set XDG_CACHE_HOME to another "
        f"folder, and try again."
    )


def _drop_if_empty(folder: Path) -> None:
    if folder.name.startswith("@"):
        for child in folder.glob("*"):
            _drop_if_empty(child)
    with contextlib.suppress(OSError):
        folder.rmdir()


def find(folder: Path, name: str, version: str, fits: Callable[[Entry], bool]) -> Path | None:
    """Return the folder of a whole cached package of this version that fits, or None."""
    for candidate in sorted((folder / name).glob(f"{version}-*")):
        entry = read(candidate)
        if (
            entry is not None
            and (entry.name, entry.version) == (name, version)
            and fits(entry)
            and is_whole(candidate, entry)
        ):
            return candidate
    return None


def find_tarball(folder: Path, sha256: str, fits: Callable[[Entry], bool]) -> Path | None:
    """Return the folder of a whole cached package that came from the tarball of this hash, or None."""
    short = f"*-{sha256[:8]}*"
    for candidate in sorted((*folder.glob(f"*/{short}"), *folder.glob(f"@*/*/{short}"))):
        entry = read(candidate)
        if entry is not None and entry.sha256 == sha256 and fits(entry) and is_whole(candidate, entry):
            return candidate
    return None


def versions(folder: Path, name: str) -> tuple[str, ...]:
    """Return the versions of a package that are in the cache."""
    entries = (read(candidate) for candidate in (folder / name).glob("*"))
    return tuple(sorted({entry.version for entry in entries if entry is not None}))


def read(candidate: Path) -> Entry | None:
    """Return what is stored about a cached package, or None where that is not readable or of another schema."""
    try:
        entry = msgspec.json.decode((candidate / _META).read_bytes(), type=Entry)
    except (OSError, msgspec.DecodeError):
        return None
    return entry if entry.schema == SCHEMA else None


def is_whole(candidate: Path, entry: Entry) -> bool:
    """Whether number and size of the files are still what they were."""
    try:
        tree = measure(candidate / "package")
    except (OSError, TargetError):
        return False
    return (tree.files, tree.size) == (entry.files, entry.size)


def place(folder: Path, work: Path, entry: Entry) -> Path:
    """Move `work/package` into the cache with its entry, atomically, and return its folder.

    A folder that is there already and whole wins: two fetches of one version bring the same bytes. Raises OSError.
    """
    suffix = "" if entry.dependencies == "none" else f"-{entry.dependencies}"
    final = folder / entry.name / f"{entry.version}-{entry.sha256[:8]}{suffix}"
    ready = work / "ready"
    ready.mkdir()
    ready.chmod(0o755)
    (work / "package").rename(ready / "package")
    (ready / _META).write_bytes(msgspec.json.format(msgspec.json.encode(entry), indent=1))
    for attempt in range(_TRIES):
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            ready.rename(final)
        except FileNotFoundError:  # another one's `staging` ended between the two, and took the empty parent
            if attempt == _TRIES - 1:
                raise
        except OSError as error:
            if error.errno not in _TAKEN or attempt == _TRIES - 1:
                raise
            present = read(final)
            if present is not None and is_whole(final, present):
                break
            with contextlib.suppress(FileNotFoundError):  # another one moved it away
                final.rename(work / f"damaged-{attempt}")
        else:
            break
    return final
