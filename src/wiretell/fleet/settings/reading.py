"""Reading one settings file: bounded, whatever lies there. Nothing is followed into a device or a pipe."""

from __future__ import annotations

import os
import re
import stat
from typing import Any, Final

from wiretell.fleet.settings.interface import Syntax

MAX_BYTES: Final = {
    Syntax.JSON: 64 << 20,
    Syntax.TOML: 4 << 20,
    Syntax.YAML: 1 << 20,
    Syntax.SHELL: 1 << 20,
    Syntax.FRONT_MATTER: 1 << 20,
}
"""An agent's JSON file can hold its whole history; a YAML or a script of a megabyte takes a second."""
_MAX_DEPTH: Final = 100
_MAX_ALIASES: Final = 24
"""Merged aliases multiply: this many come to some thousand nodes at worst."""


_SCALAR: Final = re.compile(r"([A-Za-z_][\w-]*):\s+([\"']?)(.*?)\2\s*(?:\s#.*)?")


class RefusedError(Exception):
    """A file that is not read. Its text is the reason: half a sentence."""


def text_of(path: str, syntax: Syntax) -> str:
    """Return a file's text; what is no UTF-8 becomes U+FFFD.

    :raises RefusedError: if it is no file, is closed, or is too large.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedError(f"it cannot be opened: {error.strerror or error}") from error
    limit = MAX_BYTES[syntax]
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise RefusedError("it is no ordinary file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise RefusedError(f"it cannot be read: {error.strerror or error}") from error
    finally:
        os.close(handle)
    if len(content) > limit:
        raise RefusedError(f"it is larger than {limit >> 20} MiB")
    return content.decode("utf-8-sig", "replace")


def document_of(text: str, syntax: Syntax) -> Any:
    """Return a file's content as tables, lists and scalars.

    :raises RefusedError: if it is not of its syntax, or too deep.
    """
    readers = {Syntax.JSON: _json, Syntax.TOML: _toml, Syntax.YAML: _yaml, Syntax.FRONT_MATTER: _front_matter}
    try:
        return readers[syntax](text)
    except RefusedError:
        raise
    except RecursionError:
        raise RefusedError(f"it is nested too deeply to be read as {syntax.value.upper()}") from None
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError):
        # the parsers' own sentences repeat the file's text, which may be a key
        raise RefusedError(f"it is no {syntax.value.upper()}") from None


def _json(text: str) -> Any:
    """Strictly first: that is a hundred times as fast, and most files need no more."""
    import msgspec

    if not text.strip():
        return {}
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return _json_with_comments(text)


def _json_with_comments(text: str) -> Any:
    import pyjson5

    if len(text) > MAX_BYTES[Syntax.TOML]:
        raise RefusedError("it is no JSON")
    try:
        return pyjson5.decode(text, maxdepth=_MAX_DEPTH)
    except pyjson5.Json5Exception:
        raise RefusedError("it is no JSON") from None


def _toml(text: str) -> Any:
    import tomllib

    return tomllib.loads(text)


def _front_matter(text: str) -> Any:
    """Without a YAML parser: only plain scalars are of interest, and there are many such files."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        return {}
    ends = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    found = (_SCALAR.fullmatch(line) for line in lines[1:ends])
    return {each[1]: each[3] for each in found if each}


def _yaml(text: str) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    aliases = depth = 0
    try:
        for event in yaml.parse(text, loader):  # events first: loading recurses, in C, and merges aliases
            aliases += isinstance(event, yaml.AliasEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if aliases > _MAX_ALIASES or depth > _MAX_DEPTH:
                raise RefusedError(f"it has more than {_MAX_ALIASES} aliases or {_MAX_DEPTH} levels")
        return yaml.load(text, loader)  # noqa: S506 - a safe loader with limits of its own
    except yaml.YAMLError:
        raise RefusedError("it is no YAML") from None
