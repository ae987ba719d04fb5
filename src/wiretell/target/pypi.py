"""Packages from PyPI, for reading: the wheel is fetched by the user's own pip, unpacked safely, never installed.

`pip download --no-deps --only-binary=:all:` runs nothing of the package: source packages, whose build would, are never
fetched. pip checks the index's hashes; mirrors, proxies and credentials are those of the user's settings.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.errors import TargetError
from wiretell.model.agent import Target
from wiretell.target import cache as store
from wiretell.target.archive import snapshot, unpack_wheel
from wiretell.target.interface import Progress

FETCH_S: Final = 1800.0
"""Seconds for a download."""
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
"""Names of projects (PyPA specification, "Names and normalization")."""
_VERSION: Final = re.compile(r"[0-9][0-9A-Za-z.!+_-]*")
_WHEEL: Final = re.compile(r"(?P<name>[^-/]+)-(?P<version>[^-/]+)(-\d[^-/]*)?-[^-/]+-[^-/]+-(?P<platform>[^-/]+)\.whl")
"""File names of wheels (PyPA specification, "Binary distribution format")."""
_VERSIONS: Final = re.compile(r"\(from versions: ([^)]*)\)")
_UNFETCHED: Final = re.compile(r"Could not fetch URL \S+: (?P<why>.*?)(?: - skipping)?$", re.MULTILINE)
"""What pip's log says of an index that it got no page of; pip goes on as if that index knew nothing."""
_KNOWS_NOTHING: Final = ("404 ", "410 ")
"""How pip begins the reason where the index did answer, that it has no such project."""
_OPTIONS: Final = ("--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet")


@dataclass(frozen=True, slots=True)
class PipClient:
    """Ways to call a pip, tried in order until one is there. Tests give another."""

    ways: tuple[tuple[str, ...], ...]
    env: Mapping[str, str] | None = None
    """None: the user's own environment."""

    def download(self, requirement: str, into: Path) -> Path:
        """Fetch one wheel into the empty folder `into`; nothing in it is run. Raises TargetError."""
        for way in self.ways:
            log = into / "pip.log"
            words = ("download", *_OPTIONS, "--log", str(log), "--dest", str(into), requirement)
            ended = self._run((*way, *words), into)
            if ended is None:
                continue
            code, err = ended
            found = [path for path in into.glob("*.whl") if path.is_file() and not path.is_symlink()]
            if code == 0 and len(found) == 1:
                return found[0]
            if code < 0:
                raise TargetError(f"pip was ended by signal {-code} while it fetched {requirement}; try again.")
            if "No module named pip" not in err:
                raise _mapped(requirement, err, _unfetched(log))
        raise TargetError(
            "There is no pip on this machine to fetch a package with: install pip (or uv), or give a .whl file."
        )

    def _run(self, argv: tuple[str, ...], cwd: Path) -> tuple[int, str] | None:
        """Return the exit code and what was said on standard error; None where there is no such program."""
        try:
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=None if self.env is None else dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            if error.errno in _NO_PROGRAM:
                return None
            raise TargetError(f"pip cannot be started ({argv[0]}: {error.strerror}); try again.") from error
        try:
            _, err = process.communicate(timeout=FETCH_S)
        except subprocess.TimeoutExpired as error:
            raise TargetError(f"pip did not end within {FETCH_S:.0f} s; is the package index reachable?") from error
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return process.returncode, err.decode("utf-8", "replace")


_NO_PROGRAM: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ENOEXEC, errno.ELOOP})
"""Errors of starting a program that is not there or not one; others (no memory, too many files) pass."""


def user_pip() -> PipClient:
    """Return every way to call a pip here: this Python's, those on PATH, and the one that uv fetches and runs."""
    ways: list[tuple[str, ...]] = [(sys.executable, "-m", "pip")]
    ways += [(found,) for name in ("pip3", "pip") if (found := shutil.which(name))]
    beside = Path(sys.executable).parent / "uv"
    uv = shutil.which("uv") or (str(beside) if beside.is_file() else None)
    ways += [(uv, "tool", "run", "pip")] if uv else []
    return PipClient(tuple(ways))


def pypi_target(text: str, pip: PipClient, cache: Path | None, progress: Progress) -> Target:
    """Return the package `NAME` or `NAME==VERSION`, unpacked. Raises TargetError."""
    name, _, version = text.partition("==")
    if not _NAME.fullmatch(name) or ("==" in text and not _VERSION.fullmatch(version)):
        raise TargetError(f"pypi:{text} names no package: write pypi:NAME or pypi:NAME==VERSION.")
    folder = _folder(cache)
    with store.locked(folder, progress):
        place = store.find(folder, normal(name), version, _any) if version else None
        if place is None:
            with store.staging(folder) as work:
                progress(f"fetching {text} with pip")
                into = work / "wheel"
                into.mkdir()
                place = _keep(pip.download(text, into), folder, work, progress, vouched=True)
    return _target(place)


def wheel_target(wheel: Path, cache: Path | None, progress: Progress) -> Target:
    """Return a wheel of this machine, unpacked. Raises TargetError."""
    folder = _folder(cache)
    with store.locked(folder, progress), store.staging(folder) as work:
        place = store.find_tarball(folder, _sha256(wheel), _any)
        return _target(place or _keep(snapshot(wheel, work), folder, work, progress, vouched=False))


def normal(name: str) -> str:
    """Return a project's name in the one form that all its spellings share."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _any(_entry: store.Entry) -> bool:
    return True


def _folder(cache: Path | None) -> Path:
    folder = store.base_folder(cache) / "pypi"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TargetError(f"{folder} cannot be made: {error.strerror}; set XDG_CACHE_HOME to a folder.") from error
    return folder


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}; make it readable.") from error


def _keep(wheel: Path, folder: Path, work: Path, progress: Progress, *, vouched: bool) -> Path:
    """Unpack a wheel and move it into the cache, whole or not at all."""
    said = _WHEEL.fullmatch(wheel.name)
    if said is None or not _NAME.fullmatch(said["name"]) or not _VERSION.fullmatch(said["version"]):
        raise TargetError(f"{wheel.name} is not named as wheels are: NAME-VERSION-PYTHON-ABI-PLATFORM.whl.")
    progress(f"unpacking {wheel.name}")
    package = work / "package"
    package.mkdir()
    package.chmod(0o755)
    tree = unpack_wheel(wheel, package)
    notes = ["the packages it depends on were not fetched"]
    notes += [] if vouched else [f"from {wheel.name}, a file that no package index vouches for"]
    entry = store.Entry(
        name=normal(said["name"]),
        version=said["version"],
        sha256=_sha256(wheel),
        package=wheel.name,
        platform="" if said["platform"] == "any" else said["platform"],
        notes=tuple(notes),
        files=tree.files,
        size=tree.size,
    )
    return store.place(folder, work, entry)


def _target(place: Path) -> Target:
    entry = store.read(place)
    if entry is None:
        raise TargetError(f"{place} vanished while it was used; try again.")
    return Target(
        kind="pypi",
        name=entry.name,
        version=entry.version,
        sha256=entry.sha256,
        root=place / "package",
        start=(),
        runtime="",
        notes=entry.notes,
    )


def _unfetched(log: Path) -> str:
    """Return why an index gave pip no page, in pip's words; empty where each one answered."""
    try:
        text = log.read_text("utf-8", "replace")
    except OSError as error:
        return f"pip's log cannot be read: {error.strerror}"
    reasons = (found["why"] for found in _UNFETCHED.finditer(text))
    return next((" ".join(why.split())[:300] for why in reasons if not why.startswith(_KNOWS_NOTHING)), "")


def _mapped(requirement: str, err: str, unfetched: str) -> TargetError:
    """Turn pip's words into one sentence.

    pip says "from versions: none" of an index that refuses, fails or does not answer as well as of one that has no
    such package; its log (`unfetched`) tells the two apart.
    """
    name, _, version = requirement.partition("==")
    found = _VERSIONS.search(err)
    if found is not None and unfetched:
        return TargetError(
            f"A package index did not answer for {name} ({unfetched}); check the network, or the index and proxy "
            f"settings of pip."
        )
    if found is not None:
        known = tuple(word for word in found[1].split(", ") if _VERSION.fullmatch(word))
        if not known:
            return TargetError(
                f"pip's package index has no wheel of {name} for this Python and machine: there is no such package, "
                f"or only its source, which is never built here."
            )
        near = ", ".join(_nearest(version, known))
        return TargetError(f"{name} has no version {version} as a wheel for this machine; near it: {near}.")
    lines = [line for line in err.splitlines() if line.startswith("ERROR:")] or err.strip().splitlines()
    why = " ".join(lines[-1].split())[:300] if lines else "without a word"
    return TargetError(f"pip could not fetch {requirement}: {why}.")


def _nearest(version: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the two versions before and the two after, by their numbers."""
    here = _numbers(version)
    rows = sorted(known, key=_numbers)
    return (*[row for row in rows if _numbers(row) <= here][-2:], *[row for row in rows if _numbers(row) > here][:2])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version))
