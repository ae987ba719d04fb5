"""What the walk compares names with, as bytes: file names are bytes, and most of them are never decoded."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from wiretell.fleet.walk.interface import Wanted

PNP: Final = frozenset({b".pnp.cjs", b".pnp.js", b".pnp.loader.mjs"})
_YARN_ZIP: Final = re.compile(rb"(?P<slug>.+)-npm-\d.*\.zip", re.DOTALL)
"""Of yarn 2 and later: slug of the name, `npm`, version, hash (yarn's `structUtils.slugifyLocator`)."""
_IN_STORE: Final = re.compile(rb"(?P<name>(?:@[^+@/]+\+)?[^+@/]+)@", re.DOTALL)
"""Folder of a package in pnpm's store: `@anthropic-ai+claude-code@2.1.91`, `/` written `+`; what is cut off when a name
is too long is its end. Other folders (`file+..+x`) do not tell a name."""
_METADATA: Final = re.compile(rb"(?P<name>[^-]+)(?:-.*)?\.(?:dist-info|egg-info)", re.DOTALL)
_EXTENSION: Final = re.compile(rb"[^.]+\.[^.].*-\d+\.\d+", re.DOTALL)
"""An unpacked extension: `PUBLISHER.NAME-VERSION`, maybe a platform behind it."""
_SEPARATORS: Final = re.compile(rb"[-_.]+")


@dataclass(frozen=True, slots=True)
class Names:
    """`Wanted`, made ready for comparing."""

    npm: frozenset[bytes]
    """`claude`'s packages without a scope, in lower case."""
    scoped: frozenset[bytes]
    """With one: `@scope/name`."""
    scopes: frozenset[bytes]
    slugs: frozenset[bytes]
    """Of npm names, as yarn writes them: `@anthropic-ai-claude-code`."""
    pypi: frozenset[bytes]
    extensions: tuple[bytes, ...]
    commands: frozenset[bytes]
    settings: Mapping[bytes, tuple[bytes, ...]]
    """By last part: whole ends, each with a slash before it."""

    @classmethod
    def of(cls, wanted: Wanted) -> Names:
        """Make them."""
        npm = _encoded(wanted.npm)
        scoped = frozenset(name for name in npm if name.startswith(b"@"))
        return cls(
            npm=npm - scoped,
            scoped=scoped,
            scopes=frozenset(name.partition(b"/")[0] for name in scoped),
            slugs=frozenset(name.replace(b"/", b"-") for name in npm),
            pypi=_encoded(wanted.pypi),
            extensions=tuple(sorted(_encoded(wanted.extensions))),
            commands=_encoded(wanted.commands),
            settings=_by_last(_encoded(wanted.settings)),
        )

    def is_zip(self, name: bytes) -> bool:
        """Whether a file is named like the zip of a known package."""
        found = _YARN_ZIP.fullmatch(name)
        return found is not None and found["slug"].lower() in self.slugs

    def in_store(self, name: bytes) -> bytes | None:
        """Return the package that a folder of pnpm's store is named for, in its own spelling; None if it tells none."""
        found = _IN_STORE.match(name)
        return found["name"].replace(b"+", b"/") if found else None

    def is_npm(self, name: bytes) -> bool:
        """Whether a package's name, scope included, is a known one."""
        name = name.lower()
        return name in self.npm or name in self.scoped

    def is_metadata(self, name: bytes) -> bool:
        """Whether a name is that of a known package's `.dist-info` or `.egg-info`."""
        found = _METADATA.fullmatch(name)
        return found is not None and _SEPARATORS.sub(b"_", found["name"]).lower() in self.pypi

    def is_extension(self, name: bytes) -> bool:
        """Whether a folder is a known extension's: its id, alone or with a version behind it."""
        name = name.lower()
        return any(
            name == known or (name.startswith(known + b"-") and name[len(known) + 1 : len(known) + 2].isdigit())
            for known in self.extensions
        )

    def is_setting(self, folder: bytes, name: bytes) -> bool:
        """Whether `folder`/`name` ends as a file of settings does."""
        ends = self.settings.get(name)
        return ends is not None and (folder + b"/" + name).endswith(ends)


def is_unpacked_extension(name: bytes) -> bool:
    """Whether a folder in an `extensions` folder is one of an extension that was installed, whichever it is."""
    return _EXTENSION.match(name) is not None


def _encoded(texts: Iterable[str]) -> frozenset[bytes]:
    return frozenset(map(os.fsencode, texts))


def _by_last(ends: Iterable[bytes]) -> Mapping[bytes, tuple[bytes, ...]]:
    table: dict[bytes, list[bytes]] = {}
    for end in sorted(ends):
        table.setdefault(end.rpartition(b"/")[2], []).append(b"/" + end.lstrip(b"/"))
    return {name: tuple(found) for name, found in table.items()}
