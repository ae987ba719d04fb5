"""Tables of a policy's file: how values are taken out of them, and how they are spoken of when they are wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from wiretell.errors import FormatError


class Table:
    """One table of the file, and how to speak of it."""

    def __init__(self, source: str, where: str, values: Mapping[str, Any]) -> None:
        self.source = source
        self.where = where
        self.values = values

    def error(self, text: str) -> FormatError:
        """Return an error that names file and table; `text` begins with a verb."""
        return FormatError(f"{self.source}: {self.where} {text}")

    def known_keys(self, known: tuple[str, ...]) -> None:
        """Refuse keys that are not known."""
        for key in self.values:
            if key not in known:
                raise self.error(f"has no key {key!r}; {nearest(key, known)}.")

    def tables(self, key: str) -> Iterable[Table]:
        """Return the tables `[[key]]`."""
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise self.error(f"writes {key!r} other than as tables [[{key}]].")
        return [Table(self.source, f"[[{key}]] {number}", each) for number, each in enumerate(found, 1)]

    def text(self, key: str) -> str | None:
        """Return a string of at least one character that is no space; None where the key is absent."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"needs a text that is not empty as {key!r}.")
        return value

    def texts(self, key: str, example: str) -> tuple[str, ...]:
        """Return a list of strings that are not empty; none where the key is absent."""
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(each, str) and each.strip() for each in found):
            raise self.error(f"needs {key!r} as a list of names such as [{example}].")
        return tuple(found)

    def required(self, key: str) -> str:
        """Return a string that must be there."""
        value = self.text(key)
        if value is None:
            raise self.error(f"needs {key!r}.")
        return value

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        """Return one of the known words."""
        value = self.required(key)
        if value not in known:
            raise self.error(f"has no {key} {value!r}; {nearest(value, known)}.")
        return value

    def name(self, key: str, value: str) -> str:
        """Refuse what would blur the key of a counter or a line of a log."""
        if "|" in value or not value.isprintable():
            raise self.error(f"has a {key!r} with '|' or a control character in it; use letters, digits and '-'.")
        return value

    def day(self, key: str) -> dt.date | None:
        """Return a date whose midnight every time zone knows; None where the key is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise self.error(f"needs a date without quotes or time as {key!r}, such as 2026-07-10.")
        if not dt.MINYEAR < value.year < dt.MAXYEAR:
            raise self.error(f"has a {key!r} in the year {value.year}, whose midnight is not known in every time zone.")
        return value


def nearest(word: str, known: Iterable[str], shown: int = 12) -> str:
    """Return `did you mean 'ban'? There are ban, warn, allow`; `shown` 0: names of time zones, which are not listed."""
    names = sorted(known) if shown == 0 else tuple(known)
    found = likest(word, names)
    listed = f"there are {', '.join(names[:shown])}" if shown else "names are those of the IANA time zone database"
    return f"did you mean {found!r}? {listed[0].upper()}{listed[1:]}" if found else listed


def likest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that a word is most like; None where it is like none."""
    from rapidfuzz import process

    found = process.extractOne(word, list(known), score_cutoff=60)
    return found[0] if found else None
