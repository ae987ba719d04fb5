"""From a file's text to settings: what the rules of a form name, as it may be told. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from wiretell.fleet.settings import models, shell_text, withholding
from wiretell.fleet.settings.interface import Form, Holds, Rule, Syntax
from wiretell.fleet.settings.reading import RefusedError, document_of
from wiretell.fleet.settings.servers import servers
from wiretell.fleet.settings.variables import Told, known, pairs, scalar, told
from wiretell.model.fleet import SettingKind

_INHERIT: Final = "inherit"
"""A sub-agent's model that is its caller's."""
MAX_ENTRIES: Final = 2_000
"""Settings of one file; a file with more was made to be read by nobody."""
_MAX_LINES, _MAX_TEXT = 300, 1 << 20
"""Each line is a search through the text: so many a file, and in larger texts none is told."""
_MAX_VISITED: Final = 50_000
"""Tables and lists that the rules of one form may go through: aliases let a small YAML file seem endless."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting of a file, before it is known whose file it is."""

    key: str
    told: Told
    line: int = 0
    kind: SettingKind | None = None
    """None: as the file is."""
    product: str = ""
    """Where it differs from the file's: of a variable that belongs to another agent."""


def extract(form: Form, text: str) -> Iterator[Entry]:
    """Yield what a file holds that points at a host, a model or a tool server.

    :raises RefusedError: if the file is not of its syntax; what was yielded before holds.
    """
    entries = _from_shell(form, text) if form.syntax is Syntax.SHELL else _from_document(form, text)
    yield from islice(entries, MAX_ENTRIES)
    if next(entries, None) is not None:
        raise RefusedError(f"it holds more than {MAX_ENTRIES:,} settings, and the rest was not read")


def _from_document(form: Form, text: str) -> Iterator[Entry]:
    document = document_of(text, form.syntax)
    if not isinstance(document, dict):
        if document:
            raise RefusedError("it holds no table")
        return
    left, lines = [_MAX_VISITED], _Lines(text)
    for rule in form.rules:
        for path, value in _found(document, rule.keys, (), left):
            yield from _entries(form, rule, path, value, lines)


def _from_shell(form: Form, text: str) -> Iterator[Entry]:
    if not any(name in text for name in known()):  # most name none, and reading a script takes its time
        return
    for each in shell_text.assignments(text):
        variable = known().get(each.name)
        if variable is not None:
            shown = Told(withholding.COMPUTED) if each.computed else told(variable, each.value, form.product)
            yield Entry(each.name, shown, each.line, product=variable.product)


def _found(
    value: Any, keys: tuple[str, ...], at: tuple[str, ...], left: list[int]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield paths and values that a path of keys names."""
    if not keys:
        yield at, value
        return
    left[0] -= 1
    if left[0] < 0:
        raise RefusedError(f"it holds more than {_MAX_VISITED:,} entries where settings stand")
    first, rest = keys[0], keys[1:]
    if first != "*":
        if isinstance(value, dict) and first in value:
            yield from _found(value[first], rest, (*at, first), left)
        return
    for key, each in _items(value):
        yield from _found(each, rest, (*at, key), left)


def _items(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(key, each) for key, each in value.items() if isinstance(key, str)]
    return [(str(number), each) for number, each in enumerate(value)] if isinstance(value, list) else []


def _entries(form: Form, rule: Rule, path: tuple[str, ...], value: Any, lines: _Lines) -> Iterator[Entry]:
    named = zip(rule.keys, path, strict=True)
    key = ".".join(withholding.part_of_key(part) if known_as == "*" else part for known_as, part in named)
    match rule.holds:
        case Holds.SERVERS:
            for server in servers(value):
                line = lines.of(server.name, None)
                yield Entry(f"{key}.{server.name}", Told(server.value, server.host), line, SettingKind.MCP)
        case Holds.VARIABLES:
            for name, given in pairs(value):
                variable = known().get(name)
                if variable is not None:
                    shown = told(variable, given, form.product)
                    yield Entry(f"{key}.{name}", shown, lines.of(name, given), product=variable.product)
        case Holds.HOST | Holds.MODEL | Holds.NAME:
            scalar_text = scalar(value)
            if scalar_text and scalar_text != _INHERIT:
                yield Entry(key, _told(form, rule.holds, scalar_text), lines.of(path[-1], scalar_text))


def _told(form: Form, holds: Holds, given: str) -> Told:
    if holds is Holds.HOST:
        return Told(*withholding.url(given))
    shown = withholding.name(given)
    return Told(shown, model=models.spelled(form.product, shown) if holds is Holds.MODEL else "")


class _Lines:
    """Where keys stand in a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = _MAX_LINES if len(text) <= _MAX_TEXT else 0

    def of(self, key: str, value: str | None) -> int:
        """Return the line of a key with a value; 0 where it cannot be told, as several places look alike."""
        self._left -= 1
        if self._left < 0 or len(key) > 200 or (value is not None and len(value) > 500):
            return 0
        behind = r"\s*[:=\]]" if value is None else rf"""\s*[:=]\s*["']?{re.escape(value)}["']?\s*(?:[,}}#\]]|$)"""
        hits = re.finditer(rf"""(?:^|[\s{{,."'\[]){re.escape(key)}["']?{behind}""", self._text, re.MULTILINE)
        first = next(hits, None)
        if first is None or next(hits, None) is not None:
            return 0
        return self._text.count("\n", 0, self._text.index(key, first.start())) + 1
