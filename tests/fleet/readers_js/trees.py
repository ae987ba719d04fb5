"""Staged homes: made-up packages in the true layouts of package managers, as they were seen with the real tools."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from wiretell.fleet import catalogue
from wiretell.fleet.readers.bun import Bun
from wiretell.fleet.readers.extensions import Extensions
from wiretell.fleet.readers.interface import Reader, Seen
from wiretell.fleet.readers.npm import Npm
from wiretell.fleet.readers.pnpm import Pnpm
from wiretell.fleet.readers.yarn import Yarn
from wiretell.fleet.walk.interface import Home, Surroundings
from wiretell.fleet.walk.walking import walk
from wiretell.model.fleet import Install, NotExamined

READERS: tuple[Reader, ...] = (Npm(), Pnpm(), Yarn(), Bun(), Extensions())


def around(top: Path, **more: object) -> Surroundings:
    """`top` is the machine: it has one home, `home/dev`."""
    home = top / "home/dev"
    home.mkdir(parents=True, exist_ok=True)
    return Surroundings(homes=(Home("dev", str(home)),), root=str(top), proc="", **more)  # type: ignore[arg-type]


def look(top: Path, *, deep: bool = False, **more: object) -> list[Seen]:
    """Walk, then ask every reader of this part; each thing is told by one of them alone."""
    where = around(top, **more)
    walked = walk(where, catalogue.wanted(()), cache=None, deep=deep)
    return [item for reader in READERS for item in reader.read(walked, where)]


def installs(top: Path, **more: object) -> list[Install]:
    """In the order of paths, relative to `top` for short expectations."""
    found = [item for item in look(top, **more) if isinstance(item, Install)]  # type: ignore[arg-type]
    assert len({each.id for each in found}) == len(found)
    return sorted(found, key=lambda each: each.path)


def one(top: Path, **more: object) -> Install:
    """The only install that there is."""
    (found,) = installs(top, **more)
    return found


def problems(top: Path) -> list[NotExamined]:
    return [item for item in look(top) if isinstance(item, NotExamined)]


def below(top: Path, paths: Iterable[str]) -> list[str]:
    """Paths without the machine's folder and the home."""
    return [path.removeprefix(f"{top}/").removeprefix("home/dev/") for path in paths]


def package(folder: Path, name: str, version: str = "1.2.3", files: Iterable[str] = (), **told: object) -> Path:
    """A package's folder: package.json, and the files of its commands."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {"name": name, "version": version, **told}
    (folder / "package.json").write_text(json.dumps(manifest))
    bins = told.get("bin", {})
    for path in [*(bins.values() if isinstance(bins, dict) else [str(bins)]), *files]:
        write(folder / path, f"// {name}\n")
    return folder


def project(folder: Path, lock: str = "package-lock.json", **wishes: str) -> Path:
    """A project's package.json and lock file. `wishes`: its dependencies."""
    write(folder / "package.json", json.dumps({"name": "p", "version": "1.0.0", "dependencies": wishes}))
    if lock:
        write(folder / lock, "\n".join(f'"{name}": "{wish}"' for name, wish in wishes.items()))
    return folder


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def link(path: Path, target: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path
