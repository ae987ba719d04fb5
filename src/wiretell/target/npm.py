"""Targets from npm: fetched by the user's own npm, checked, unpacked safely, never executed.

`npm_target` proceeds so:

1. an exact version that is in the cache whole is taken from there; nobody is asked;
2. the registry is asked what the version is;
3. where the program is in a package for one platform (an optional dependency), that one is followed;
4. its tarball is fetched and checked against the registry's hash;
5. it is unpacked, and every link, special file or path that leads out refuses the whole;
6. real dependencies are laid out beside it, without install scripts;
7. all of it is moved into the cache at once.

How the program is started is read from the unpacked files each time. The caller still owes the sandbox.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from wiretell.errors import TargetError
from wiretell.model.agent import Target
from wiretell.target import cache as store
from wiretell.target.archive import NoPackageError, measure, snapshot, unpack
from wiretell.target.dependencies import LaidOut, lay_out
from wiretell.target.interface import AGENT_DIR, Progress
from wiretell.target.npm_client import Dist, NotThereError, NpmClient, View
from wiretell.target.program import inspect
from wiretell.target.recipe import NpmHint

NAME: Final = re.compile(r"(@[a-z0-9~-][a-z0-9._~-]*/[a-z0-9~-]|[a-z0-9~])[a-z0-9._~-]*", re.IGNORECASE)
"""Names that npm has ever allowed (validate-npm-package-name), but none that it would read as an option."""
_EXACT: Final = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_TAG: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_INSTALL_SCRIPTS: Final = ("preinstall", "install", "postinstall")
_NAMED: Final = 3
"""How many names a note spells out."""
_PLATFORM_SUFFIX: Final = re.compile(r"-linux-(x64|arm64)(-musl)?$")


Hints = Callable[[str], NpmHint]
"""Package name -> where its program is. A function, since a tarball says its name only once it is unpacked."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is fetched: a version of a package in a registry, or a tarball on this machine."""

    name: str
    version: str
    tarball: Path | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What a package is fetched for."""

    program: bool
    """It is to be started: a package without a program is refused."""
    dependencies: bool
    """What it needs is laid out beside it."""


STARTED: Final = Use(program=True, dependencies=True)


def parse_spec(text: str) -> Source:
    """Read `name`, `name@version` or `name@tag`. Raises TargetError for ranges and for what is no package name."""
    name, at, version = text[1:].partition("@") if text.startswith("@") else text.partition("@")
    name = "@" + name if text.startswith("@") else name
    if not NAME.fullmatch(name) or ".." in name or len(name) > 214:
        raise TargetError(f"{text!r} is not the name of an npm package.")
    if not at:
        return Source(name, "latest")
    version = version[1:] if re.fullmatch(r"v\d.*", version) else version
    if not (_EXACT.fullmatch(version) or _TAG.fullmatch(version)):
        raise TargetError(f"{version!r} is neither a version nor a tag: name one, such as {name}@1.2.3 or {name}.")
    return Source(name, version)


def is_exact(version: str) -> bool:
    """Whether it is a version number that npm would take, not a range or a tag."""
    return _EXACT.fullmatch(version) is not None


def this_platform() -> tuple[str, ...]:
    """Return the suffixes of packages for this machine, the best first: `linux-x64-musl`, `linux-x64`."""
    cpu = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    plain = f"{'linux' if sys.platform.startswith('linux') else sys.platform}-{cpu}"
    return (plain,) if _is_glibc() else (f"{plain}-musl", plain)


def _is_glibc() -> bool:
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (OSError, ValueError):
        return False


def npm_target(
    source: Source, hints: Hints, npm: NpmClient, cache: Path | None, progress: Progress, use: Use = STARTED
) -> Target:
    """Return the unpacked package as a target. Raises TargetError, and then leaves nothing in the cache."""
    folder = store.npm_folder(cache)
    with store.locked(folder, progress):
        place = _cached(folder, source, hints, use)
        if place is None:
            with store.staging(folder) as work:
                place = _fetch(source, hints, npm, folder, work, progress, use)
    entry = store.read(place)
    if entry is None:
        raise TargetError(f"{place} vanished while it was used; try again.")
    return _target(place, entry, hints(entry.name), use)


def _cached(folder: Path, source: Source, hints: Hints, use: Use) -> Path | None:
    def fits(entry: store.Entry) -> bool:
        wanted = {"none", "all"} if hints(entry.name).optional else {"none", "required"}
        wanted = wanted if use.dependencies else {"none", "skipped"}
        return entry.platform in {"", this_platform()[0]} and entry.dependencies in wanted

    if source.tarball is not None:
        return store.find_tarball(folder, _digest(source.tarball, "sha256").hex(), fits)
    return store.find(folder, source.name, source.version, fits) if _EXACT.fullmatch(source.version) else None


def _fetch(
    source: Source, hints: Hints, npm: NpmClient, folder: Path, work: Path, progress: Progress, use: Use
) -> Path:
    """Steps 2 to 7. `work` is removed by the caller."""
    package, notes, own = work / "package", [], None
    if source.tarball is None:
        progress(f"asking the registry for {source.name}@{source.version}")
        view = held = _view(source, npm, folder, work)
    else:
        own = snapshot(source.tarball, work)
        view = held = _view_of_tarball(own, package, progress)
        notes.append(f"from {source.tarball.name}, a file that no registry vouches for")
    spec = _program_package(view, use, notes)
    if spec is not None:
        held = _view_exact(spec, npm, work)
        notes.append(f"the program of {spec} is started directly, not by the launcher of {view.name}")
    if own is None or spec is not None:
        tarball = _pack(held, npm, work, progress)
        notes += verify(tarball, held.dist, f"{held.name}@{held.version}")
        shutil.rmtree(package, ignore_errors=True)
        try:
            _unpack(tarball, package, progress)
        except NoPackageError as error:  # said of what was fetched, never of a file of this machine
            raise TargetError(str(error)) from error
    else:
        tarball = own
    hint = hints(view.name)
    if spec is not None:
        laid = LaidOut("none")
    elif use.dependencies:
        laid = lay_out(package, work, npm, progress, optional=hint.optional)
    else:
        laid = _left_out(view, optional=hint.optional)
    scripts = [name for name in _INSTALL_SCRIPTS if view.scripts.get(name)]
    if scripts:
        notes.append(f"install scripts were not run: {', '.join(scripts)}")
    tree = measure(package)
    entry = store.Entry(
        name=view.name,
        version=view.version,
        sha256=_digest(tarball, "sha256").hex(),
        package=f"{held.name}@{held.version}",
        platform=this_platform()[0] if spec is not None or laid.kind != "none" else "",
        dependencies=laid.kind,
        bin=_commands(view),
        notes=(*notes, *laid.notes),
        files=tree.files,
        size=tree.size,
    )
    _target(work, entry, hint, use)  # raises for a package without a program before anything is kept
    return store.place(folder, work, entry)


def _view(source: Source, npm: NpmClient, folder: Path, work: Path) -> View:
    try:
        view = npm.view(f"{source.name}@{source.version}", work)
    except NotThereError:
        raise _unknown(source, npm, work) from None
    except TargetError as error:
        held = store.versions(folder, source.name)
        raise TargetError(f"{error} In the cache: {source.name}@{', '.join(held)}." if held else str(error)) from error
    if view.name != source.name or not _EXACT.fullmatch(view.version):
        raise TargetError(f"The registry answered for {source.name} with {view.name}@{view.version}; it is not used.")
    return view


def _view_exact(spec: str, npm: NpmClient, work: Path) -> View:
    try:
        view = npm.view(spec, work)
    except NotThereError:
        raise TargetError(f"The registry has no {spec}, the package of the program for this platform.") from None
    if f"{view.name}@{view.version}" != spec:
        raise TargetError(f"The registry answered for {spec} with {view.name}@{view.version}; it is not used.")
    return view


def require(source: Source, npm: NpmClient) -> None:
    """Raise TargetError where the registry says that it has no such package or version; nothing is fetched."""
    with tempfile.TemporaryDirectory(prefix="wiretell-") as work:
        try:
            npm.view(f"{source.name}@{source.version}", Path(work))
        except NotThereError:
            raise _unknown(source, npm, Path(work)) from None


def _unknown(source: Source, npm: NpmClient, work: Path) -> TargetError:
    """Say which package or version is not there, and what is."""
    try:
        versions, tags = npm.versions(source.name, work)
    except NotThereError:
        return TargetError(f"There is no npm package {source.name} in the registry that npm is set to.")
    except TargetError as error:
        return TargetError(f"The registry has no {source.name}@{source.version}; what it has is not known: {error}")
    if not _EXACT.fullmatch(source.version):
        return TargetError(f"{source.name} has no tag {source.version!r}; it has {', '.join(sorted(tags)) or 'none'}.")
    near = ", ".join(nearest_versions(source.version, versions))
    newest = tags.get("latest", "")
    return TargetError(f"{source.name} has no version {source.version}; near it: {near or 'none'}; newest: {newest}.")


def nearest_versions(version: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the two published versions before and the two after `version`, in order. Pure."""
    rows = sorted((order(each), each) for each in known if _EXACT.fullmatch(each))
    here = (order(version), version)
    before = [row[1] for row in rows if row < here][-2:]
    after = [row[1] for row in rows if row > here][:2]
    return (*before, *after)


def order(version: str) -> tuple[int, int, int, bool, str]:
    """Return a sort key: numbers first, a release after its pre-releases (those among themselves as text)."""
    core, _, pre = version.partition("+")[0].partition("-")
    major, minor, patch = (int(part) for part in core.split("."))
    return major, minor, patch, not pre, pre


def _platform_package(view: View) -> str | None:
    """Return `name@version` of the optional dependency that holds the program for this machine, or None.

    Such a package carries the name of the package or of its command before the platform; others that end alike
    (image libraries and the like) are ordinary optional dependencies.
    """
    unscoped = view.name.rpartition("/")[2]
    scope = view.name.removesuffix(unscoped)
    stems = {view.name, unscoped} | {prefix + command for command in _commands(view) for prefix in ("", scope)}
    optional = view.optional_dependencies
    for suffix in this_platform():
        for alias, wanted in sorted(optional.items()):
            if alias.removesuffix(f"-{suffix}") in stems and alias.endswith(f"-{suffix}"):
                name, version = (
                    wanted.removeprefix("npm:").rpartition("@")[::2] if wanted.startswith("npm:") else (alias, wanted)
                )
                if NAME.fullmatch(name) and _EXACT.fullmatch(version):
                    return f"{name}@{version}"
    others = [
        alias for alias in optional if _PLATFORM_SUFFIX.sub("", alias) in stems and _PLATFORM_SUFFIX.search(alias)
    ]
    if others:
        raise TargetError(f"{view.name}@{view.version} has no program for {this_platform()[0]}; it has {others}.")
    return None


def _program_package(view: View, use: Use, notes: list[str]) -> str | None:
    """Return what `_platform_package` does; for reading alone, a platform without a program is a note."""
    try:
        return _platform_package(view)
    except TargetError as error:
        if use.program:
            raise
        notes.append(str(error))
        return None


def _left_out(view: View, *, optional: bool) -> LaidOut:
    """Say which dependencies are not there, where `lay_out` would have laid out some."""
    needed = set(view.dependencies) - set(view.optional_dependencies)
    extra = set(view.optional_dependencies)
    names = sorted(needed | extra)
    if not names:
        return LaidOut("none")
    some = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    kind = "skipped" if needed or (extra and optional) else "none"
    return LaidOut(kind, (f"dependencies were not installed: {some}",))


def _pack(view: View, npm: NpmClient, work: Path, progress: Progress) -> Path:
    spec = f"{view.name}@{view.version}"
    progress(f"fetching {spec}")
    into = work / "tarball"
    into.mkdir()
    try:
        return npm.pack(spec, into)
    except NotThereError:
        raise TargetError(f"The registry lists {spec} and has no tarball of it; name another version.") from None


def _unpack(tarball: Path, package: Path, progress: Progress) -> None:
    progress(f"unpacking {tarball.name}")
    package.mkdir()
    package.chmod(0o755)
    unpack(tarball, package, package.parent)


def verify(tarball: Path, dist: Dist, spec: str) -> list[str]:
    """Check a tarball against what the registry announced; return notes for the audit. Raises TargetError.

    The strongest hash of the integrity string counts (W3C Subresource Integrity, 3.3.3); packages from before 2017
    may have SHA-1 alone, which is checked and said.
    """
    for algorithm in ("sha512", "sha384", "sha256"):
        stated = [word for word in dist.integrity.split() if word.startswith(f"{algorithm}-")]
        if stated:
            found = f"{algorithm}-{base64.b64encode(_digest(tarball, algorithm)).decode()}"
            if not any(hmac.compare_digest(found, word.partition("?")[0]) for word in stated):
                raise TargetError(f"The tarball of {spec} is not the one the registry announced; nothing was kept.")
            return []
    if dist.shasum:
        if _digest(tarball, "sha1").hex() != dist.shasum.lower():
            raise TargetError(f"The tarball of {spec} is not the one the registry announced; nothing was kept.")
        return ["the registry states a SHA-1 hash only"]
    raise TargetError(f"The registry states no hash for {spec}; it cannot be checked and is not used.")


def _digest(path: Path, algorithm: str) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, algorithm).digest()
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}; make it readable.") from error


def _view_of_tarball(tarball: Path, package: Path, progress: Progress) -> View:
    """Unpack a tarball of this machine into `package` and read what it says of itself."""
    _unpack(tarball, package, progress)
    try:
        view = msgspec.json.decode((package / "package.json").read_bytes(), type=View)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NoPackageError(f"{tarball.name} holds no package.json; it is not an npm package.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoPackageError(f"The package.json in {tarball.name} is broken ({error}).") from error
    if not NAME.fullmatch(view.name) or ".." in view.name or not _EXACT.fullmatch(view.version):
        raise NoPackageError(f"{tarball.name} calls itself {view.name!r}@{view.version!r}, which npm would refuse.")
    return view


def _commands(view: View) -> dict[str, str]:
    if isinstance(view.bin, str):
        return {view.name.rpartition("/")[2]: view.bin} if view.bin else {}
    return dict(view.bin)


def _target(place: Path, entry: store.Entry, hint: NpmHint, use: Use) -> Target:
    """Read how the unpacked package is started. Raises TargetError where nothing in it can be and it should."""
    root = place / "package"
    try:
        start, runtime = _start(root, entry, hint)
    except TargetError:
        if use.program:
            raise
        start, runtime = (), ""
    return Target(
        kind="npm",
        name=entry.name,
        version=entry.version,
        sha256=entry.sha256,
        root=root,
        start=start,
        runtime=runtime,
        notes=entry.notes,
    )


def _start(root: Path, entry: store.Entry, hint: NpmHint) -> tuple[tuple[str, ...], str]:
    """Return what `{bin}` stands for and the runtime. Raises TargetError."""
    direct = entry.package != f"{entry.name}@{entry.version}" or not entry.bin
    path = _binary(root, entry, hint) if direct else _command(root, entry.bin, hint, entry)
    program = inspect(path)
    return (*program.interpreter, f"{AGENT_DIR}/{path.relative_to(root).as_posix()}"), program.runtime


def _binary(root: Path, entry: store.Entry, hint: NpmHint) -> Path:
    """Find the program in a platform package: the executable file of the wanted name that lies highest."""
    names = {hint.platform_binary} - {""} or set(entry.bin) or {entry.name.rpartition("/")[2]}
    found = [
        path
        for path in root.rglob("*")
        if path.name.removesuffix(".exe") in names and path.is_file() and path.stat().st_mode & 0o111
    ]
    if not found:
        raise TargetError(f"{entry.package} holds no program called {' or '.join(sorted(names))}.")
    return min(found, key=lambda path: (len(path.parts), str(path)))


def _command(root: Path, commands: Mapping[str, str], hint: NpmHint, entry: store.Entry) -> Path:
    wanted = hint.bin or (next(iter(commands)) if len(commands) == 1 else entry.name.rpartition("/")[2])
    if wanted not in commands:
        raise TargetError(f"{entry.package} has no command {wanted!r}; it has {', '.join(sorted(commands))}.")
    parts = PurePosixPath(commands[wanted]).parts
    path = root.joinpath(*parts)
    if ".." in parts or PurePosixPath(commands[wanted]).is_absolute() or not path.is_file():
        raise TargetError(f"{entry.package} names {commands[wanted]!r} as its program, which it does not hold.")
    if path.stat().st_mode & 0o777 != 0o755:
        path.chmod(0o755)  # npm does the same to what `bin` names
    return path
