# paths are texts here, as the system gives them
"""What a package of npm's form says of itself in its `package.json`.

https://docs.npmjs.com/cli/v11/configuring-npm/package-json
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from wiretell.fleet import files
from wiretell.model.fleet import NotExamined

MAX_TEXT: Final = 256
"""Characters of a name or version; npm itself allows 214 and 256."""
_MAX_ENTRIES: Final = 2000
"""Commands or dependencies of one package that are looked at."""
_BOM: Final = b"\xef\xbb\xbf"


class _Manifest(msgspec.Struct):
    """Types are checked field by field: one wrong field must not hide the others."""

    name: Any = None
    version: Any = None
    publisher: Any = None
    main: Any = None
    bin: Any = None
    dependencies: Any = None
    dev: Any = msgspec.field(default=None, name="devDependencies")
    optional: Any = msgspec.field(default=None, name="optionalDependencies")
    peer: Any = msgspec.field(default=None, name="peerDependencies")


@dataclass(frozen=True, slots=True)
class Package:
    """A `package.json`, as far as it can be believed to be one."""

    name: str = ""
    version: str = ""
    publisher: str = ""
    """Of an editor's extension."""
    main: str = ""
    """Relative path, as written."""
    bins: Mapping[str, str] = field(default_factory=dict)
    """Relative paths, as written, by name of command."""
    wants: Mapping[str, str] = field(default_factory=dict)
    """Versions or aliases by name: what it needs to run, optional or not."""
    wishes: Mapping[str, str] = field(default_factory=dict)
    """`wants` and what its development needs."""
    problem: NotExamined | None = None
    """Why it could not be read; all else is empty then."""


def at(folder: str) -> Package:
    """Read the `package.json` of a folder."""
    path = folder + "/package.json"
    content = files.read(path, files.MANIFEST_MAX)
    if content is None:
        return Package(problem=NotExamined(path, "it is not there; the version is not known"))
    return Package(problem=content) if isinstance(content, NotExamined) else parse(content, path)


def parse(content: bytes, path: str) -> Package:
    """Read a `package.json`. `path` is for what is told of a broken one."""
    try:
        told = msgspec.json.decode(content.removeprefix(_BOM), type=_Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Package(problem=NotExamined(path, "it is no JSON object; the version is not known"))
    name = _text(told.name)
    wants = {**_texts(told.dependencies), **_texts(told.optional)}
    version = _text(told.version)
    return Package(
        name=name,
        version=version,
        publisher=_text(told.publisher),
        main=_text(told.main),
        bins=_bins(name, told.bin),
        wants=wants,
        wishes={**_texts(told.peer), **_texts(told.dev), **wants},
        problem=None if version else NotExamined(path, "it tells no version"),
    )


def aliased(wish: str) -> str:
    """Return the package that a dependency is an alias for; empty where it is none.

    >>> aliased("npm:@openai/codex@0.169.0"), aliased("npm:cline"), aliased("^1.0.0")
    ('@openai/codex', 'cline', '')
    """
    if not wish.startswith("npm:"):
        return ""
    at_sign = wish.find("@", 5)
    return wish[4:] if at_sign < 0 else wish[4:at_sign]


def _bins(name: str, told: object) -> Mapping[str, str]:
    """Npm takes the last part of a command's name (`npm-normalize-package-bin`)."""
    entries = {name: told} if isinstance(told, str) else told if isinstance(told, dict) else {}
    found = {}
    for key, value in list(entries.items())[:_MAX_ENTRIES]:
        command = os.path.basename(key)
        if command not in {"", ".", ".."} and files.is_path(command) and isinstance(value, str):
            found[command] = value
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= MAX_TEXT else ""


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {key: wish for key, wish in list(value.items())[:_MAX_ENTRIES] if isinstance(wish, str)}
