"""Dependencies of an npm package, laid out beside it by the user's own npm without any install script.

npm works in an empty project of our own that holds nothing of the package but its lists of dependencies: a
`.npmrc` in a hostile package could otherwise name a program for npm to run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from wiretell.errors import TargetError
from wiretell.target.archive import measure
from wiretell.target.interface import Progress
from wiretell.target.npm_client import NpmClient

_REGISTRY: Final = re.compile(r"(npm:(@[\w.~-]+/)?[\w.~-]+(@[\w.^~<>=|*+ -]*)?|[\w.^~<>=|*+ -]*)")
"""Ranges, tags and aliases. Everything with a colon or slash elsewhere (git, file, URL) is no registry's."""

_NAMED: Final = 3
"""How many names a note spells out."""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What was installed beside a package."""

    kind: str
    """`none`, `required`, `all`."""
    notes: tuple[str, ...] = ()


class _Package(msgspec.Struct, frozen=True, rename="camel"):
    dependencies: dict[str, str] = {}
    optional_dependencies: dict[str, str] = {}


class _Locked(msgspec.Struct, frozen=True, rename="camel"):
    version: str = ""
    integrity: str = ""
    has_install_script: bool = False


class _Lock(msgspec.Struct, frozen=True):
    packages: dict[str, _Locked] = {}


def lay_out(package: Path, work: Path, npm: NpmClient, progress: Progress, *, optional: bool) -> LaidOut:
    """Install what `package/package.json` asks for into `package/node_modules`. Raises TargetError.

    Optional ones too where `optional`, as npm does for a user. Bundled dependencies stay as they are.
    """
    needed, extra, foreign = _lists(package)
    notes = [f"optional dependencies from outside the registry were left out: {', '.join(foreign)}"] if foreign else []
    if not needed and not (extra and optional):
        return LaidOut("none", (*notes, *((_skipped(extra),) if extra else ())))
    project = work / "dependencies"
    project.mkdir()
    manifest: dict[str, object] = {
        "name": "wiretell-audit",
        "version": "0.0.0",
        "private": True,
        "dependencies": needed,
    }
    if optional:
        manifest["optionalDependencies"] = extra
    (project / "package.json").write_bytes(msgspec.json.encode(manifest))
    progress(f"fetching {len(needed) + len(extra) * optional} dependencies")
    npm.install(project, optional=optional)
    _check_laid(project / "node_modules", needed)
    notes += _move(project / "node_modules", package / "node_modules")
    if (package / "npm-shrinkwrap.json").exists():
        notes.append("the package's own npm-shrinkwrap.json was not followed")
    if extra and not optional:
        notes.append(_skipped(extra))
    return LaidOut("all" if optional else "required", tuple(notes))


def _skipped(extra: Iterable[str]) -> str:
    names = sorted(extra)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"optional dependencies were not installed: {', '.join(names[:_NAMED])}{more}"


def _lists(package: Path) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return (required, optional, optional from outside the registry), all without what the package bundles.

    Raises TargetError for a required one that no registry has.
    """
    try:
        manifest = msgspec.json.decode((package / "package.json").read_bytes(), type=_Package)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"The package's package.json cannot be read ({error}).") from error
    bundled = package / "node_modules"
    extra = {
        name: wanted
        for name, wanted in manifest.optional_dependencies.items()
        if _REGISTRY.fullmatch(wanted) and not (bundled / name).is_dir()
    }
    needed = {
        name: wanted
        for name, wanted in manifest.dependencies.items()
        if name not in manifest.optional_dependencies and not (bundled / name).is_dir()
    }
    for name, wanted in needed.items():
        if not _REGISTRY.fullmatch(wanted):
            raise TargetError(f"The package needs {name} from {wanted!r}, which is no registry; it is not fetched.")
    return needed, extra, sorted(set(manifest.optional_dependencies) - set(extra) - _bundled(bundled))


def _bundled(folder: Path) -> set[str]:
    """Return the names of the packages in a `node_modules` folder."""
    plain = {path.name for path in folder.glob("*") if not path.name.startswith("@")}
    return plain | {path.relative_to(folder).as_posix() for path in folder.glob("@*/*")}


def _check_laid(laid: Path, needed: Iterable[str]) -> None:
    """Raise TargetError where npm ended well and left out what it was asked for: it was cut short."""
    missing = sorted(name for name in needed if not (laid / name).is_dir())
    if missing:
        raise TargetError(f"npm said that it laid out the dependencies and left out {missing[0]}; try again.")


def _move(laid: Path, final: Path) -> list[str]:
    """Check what npm wrote, move it beside the package, and return notes about it."""
    if not laid.is_dir():  # every optional dependency is for another platform
        return []
    lock = laid / ".package-lock.json"
    notes = _notes(lock)
    lock.unlink(missing_ok=True)  # a user's install has none here, and it names their registry
    measure(laid, normalise=True)
    _merge(laid, final)
    return notes


def _notes(lock: Path) -> list[str]:
    try:
        packages = msgspec.json.decode(lock.read_bytes(), type=_Lock).packages
    except FileNotFoundError:
        return ["dependencies were installed; npm left no list of them"]
    except msgspec.DecodeError as error:
        return [f"dependencies were installed; npm's list of them is not in its form ({error})"]
    lines = sorted(f"{path} {each.version} {each.integrity}\n" for path, each in packages.items())
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    day = datetime.now(UTC).date().isoformat()
    notes = [f"{len(packages)} dependencies were installed as of {day} (sha256 of their list: {digest})"]
    scripts = sorted(path.rpartition("node_modules/")[2] for path, each in packages.items() if each.has_install_script)
    if scripts:
        notes.append(f"install scripts of dependencies were not run: {', '.join(scripts)}")
    return notes


def _merge(source: Path, final: Path) -> None:
    """Move `source` to `final`; where the package bundles some, each of its own wins."""
    if not final.exists():
        source.rename(final)
        return
    for child in source.iterdir():
        beside = final / child.name
        if child.name.startswith("@") and beside.is_dir():
            _merge(child, beside)
        elif not beside.exists():
            child.rename(beside)
