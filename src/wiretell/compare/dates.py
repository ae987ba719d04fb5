"""Dates in running text: which day is meant, and in which style it is written.

A style is the date with its numbers replaced by `Y`, `M`, `D`: `Y-M-D`, `D.M.Y`, `Y年M月D日`. Leading zeros are no part
of it: 11 says nothing about how 1 would be written.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec

from wiretell.model.world import UNSET

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_GAP: Final = r"[^\w\s]"

DATE_PATTERN: Final = rf"""
    \d{{4}}{_GAP}\d{{1,2}}{_GAP}\d{{1,2}}(?!\d)
  | \d{{1,2}}{_GAP}\d{{1,2}}{_GAP}\d{{4}}(?!\d)
  | \d{{4}}\s?年\s?\d{{1,2}}\s?月\s?\d{{1,2}}\s?日
  | \d{{4}}\.\s\d{{1,2}}\.\s\d{{1,2}}\.
  | (?i:{_NAME})\.?\s\d{{1,2}},?\s\d{{4}}(?!\d)
  | \d{{1,2}}\.?\s(?i:{_NAME})\.?,?\s\d{{4}}(?!\d)
"""
"""For a verbose regular expression: text that is read as one date."""

_DATE: Final = re.compile(DATE_PATTERN, re.VERBOSE)
_WORD: Final = re.compile(r"\d+|[A-Za-z]+")


class Date(NamedTuple):
    """A day, and how it is written."""

    day: str
    """ISO 8601."""
    style: str


@lru_cache(maxsize=4096)
def readings(text: str) -> tuple[Date, ...]:
    """Return the ways in which a text is a date: none, one, or two where day and month may be meant either way."""
    if not _DATE.fullmatch(text):
        return ()
    parts = _WORD.findall(text)
    if len(parts) != 3:
        return ()
    return tuple(date for order in _orders(parts) if (date := _read(text, parts, order)))


def _orders(parts: list[str]) -> Iterable[str]:
    if len(parts[0]) == 4:
        return ("YMD",)
    if parts[0].isalpha():
        return ("NDY",)
    return ("DNY",) if parts[1].isalpha() else ("DMY", "MDY")


def _read(text: str, parts: list[str], order: str) -> Date | None:
    values = {field: _value(part) for field, part in zip(order, parts, strict=True)}
    try:
        day = dt.date(values["Y"], values.get("M") or values["N"], values["D"])
    except (ValueError, KeyError):
        return None
    letters = iter(order)
    return Date(day.isoformat(), _WORD.sub(lambda _: next(letters), text))


def _value(part: str) -> int:
    return int(part) if part.isdigit() else _MONTHS.index(part[:3].lower()) + 1


def agree(texts: Iterable[str]) -> dict[str, Date]:
    """Read several texts from one place as dates, choosing between day and month so that most name the same day.

    A text that is no date is left out.
    """
    options = {text: found for text in texts if (found := readings(text))}
    votes: dict[str, int] = {}
    for found in options.values():
        for date in found:
            votes[date.day] = votes.get(date.day, 0) + 1
    return {text: max(found, key=lambda date: votes[date.day]) for text, found in options.items()}


def separator(style: str) -> tuple[str, str] | None:
    """Part `Y/M/D` into its order of fields and its separator; None where there is no single one."""
    fields = "".join(char for char in style if char in "YMDN")
    gaps = [char for char in style if char not in "YMDN"]
    if len(gaps) == 2 and gaps[0] == gaps[1] and style[1] == gaps[0] and style[3] == gaps[1]:
        return fields, gaps[0]
    return None


_LONG: Final = {
    "en": ("N D, Y", "D N Y", "N D Y"),
    "zh": ("Y年M月D日",),
    "ja": ("Y年M月D日",),
}
"""Long and medium forms of CLDR 46 (dateFormats) that `DATE_PATTERN` can read: English months, East Asian numerals."""


class _Cldr(msgspec.Struct):
    styles: dict[str, list[str]]


@cache
def _cldr() -> dict[str, list[str]]:
    raw = files("wiretell.compare").joinpath("data/cldr_dates.json").read_bytes()
    return msgspec.json.decode(raw, type=_Cldr).styles


def is_locale_form(style: str, locale: str) -> bool:
    """Whether a style is one of the date forms that CLDR has for a locale (`de_DE.UTF-8`, `C`): numeric, or long.

    Every locale may also write ISO 8601: it is the form of none in particular.
    """
    name = re.split(r"[.@]", locale)[0].replace("-", "_")
    if style == "Y-M-D":
        return True
    if name in ("", "C", "POSIX", UNSET):
        name = "en"
    if style in _LONG.get(name.partition("_")[0], ()):
        return True
    table = _cldr()
    return style in table.get(name, table.get(name.partition("_")[0], ()))
