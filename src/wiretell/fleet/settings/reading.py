"""Reading one settings file: bounded, whatever lies there. Nothing is followed into a device or a pipe."""

from __future__ import annotations

import re
from typing import Any, Final

from wiretell.fleet import files
from wiretell.fleet.settings.interface import Syntax
from wiretell.model.fleet import NotExamined

MAX_BYTES: Final = {
    Syntax.JSON: 16 << 20,
    Syntax.TOML: 1 << 20,
    Syntax.YAML: 1 << 20,
    Syntax.SHELL: 1 << 20,
    Syntax.FRONT_MATTER: 1 << 20,
}
"""An agent's JSON file can hold its history, and lists in lists come to thirty times their text in memory; a megabyte
of the others takes a second, of TOML three."""
_JSON5_MAX: Final = 4 << 20
"""Characters of JSON with comments or commas that JSON does not have; its parser is slow."""
_MAX_DEPTH: Final = 100
_MAX_ALIASES: Final = 24
"""Merged aliases multiply: this many come to some thousand nodes at worst."""
_KEY: Final = re.compile(r"[A-Za-z_][\w-]*")
_COMMENT: Final = re.compile(r"(?:^|\s)#")


class RefusedError(Exception):
    """A file that is not read. Its text is the reason: half a sentence."""


def text_of(path: str, syntax: Syntax) -> str:
    """Return a file's text; what is no UTF-8 becomes U+FFFD.

    :raises RefusedError: if it is no file, is closed, or is too large.
    """
    content = files.read(path, MAX_BYTES[syntax])
    if content is None:
        raise RefusedError("it leads nowhere, or is gone")
    if isinstance(content, NotExamined):
        raise RefusedError(content.why)
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

    if len(text) > _JSON5_MAX:
        raise RefusedError("it is no JSON")
    try:
        return pyjson5.decode(text, maxdepth=_MAX_DEPTH)
    except pyjson5.Json5Exception:
        raise RefusedError("it is no JSON") from None


def _toml(text: str) -> Any:
    import tomllib

    if files.is_slow_toml(text.encode("utf-8", "replace")):
        raise RefusedError("it has a line with so many dots that it would take long to read")
    return tomllib.loads(text)


def _front_matter(text: str) -> Any:
    """Without a YAML parser: only plain scalars are of interest, and there are many such files."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        return {}
    ends = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    found = (_scalar(line) for line in lines[1:ends])
    return dict(each for each in found if each)


def _scalar(line: str) -> tuple[str, str] | None:
    """Return key and value of `key: value`, which may be quoted, with a comment behind it or not.

    Not one regular expression: that takes time by the square of a line's spaces.
    """
    key, _, rest = line.partition(":")
    value = rest.strip()
    if not _KEY.fullmatch(key) or (rest and not rest[0].isspace()) or not value:
        return None
    quote = value[0] if value[0] in "\"'" else ""
    inner, closed, after = value[1:].partition(quote) if quote else ("", "", "")
    if closed and (not after or (after[0].isspace() and after.lstrip().startswith("#"))):
        return key, inner
    comment = _COMMENT.search(value)
    return key, value[: comment.start()].rstrip() if comment else value


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
