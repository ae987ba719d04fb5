"""A decoded text taken apart into entries, and whether these look like a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

SEPARATORS: Final = ("\0", "\r\n", ",\n", "\n", ", ", ",", "; ", ";", " | ", "|", "\t", " ")
"""Longer ones before the ones they contain, the space last: it separates words of any text."""
FEWEST: Final = 3
"""Entries of a list."""
_MOST = 0.8
_HALF = 0.5
_LONGEST = 253
"""Characters of a host name (RFC 1035, 2.3.4); no entry of another kind is longer."""
_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:\*?\.)?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]{1,23}(?::\d+)?(?:/\S*)?",
    re.IGNORECASE,
)
_NAME = re.compile(r"[@.*-]?[A-Za-z_][\w.:/@+-]*")


def split(text: str) -> tuple[tuple[str, ...], str]:
    """Take a text apart into its entries; returns them and what stood between them, empty for a single entry.

    Of all separators that leave no empty entry, the one whose entries are names most often, then the one with most
    entries; a separator at the end is left out.
    """
    if found := _json(text):
        return found
    best: tuple[tuple[float, int], tuple[str, ...], str] = ((_share(_NAME_OR_HOST, [text]), 1), (text,), "")
    for separator in SEPARATORS:
        if separator not in text:
            continue
        entries = tuple(text.removesuffix(separator).split(separator))
        rank = (_share(_NAME_OR_HOST, entries), len(entries))
        if all(entries) and len(entries) > 1 and rank > best[0]:
            best = (rank, entries, separator)
    return best[1], best[2]


def listed(entries: Sequence[str], separator: str) -> bool:
    """Tell whether entries are a list of hosts or names, and not a text with separators in it.

    Words with spaces between them are prose, unless most are host names.
    """
    if len(set(entries)) < FEWEST or max(map(len, entries)) > _LONGEST:
        return False
    hosts = _share((_HOST,), entries)
    return hosts > _HALF or (separator != " " and _share(_NAME_OR_HOST, entries) >= _MOST)


_NAME_OR_HOST = (_NAME, _HOST)


def _share(forms: Sequence[re.Pattern[str]], entries: Sequence[str]) -> float:
    return sum(any(form.fullmatch(entry) for form in forms) for entry in entries) / len(entries)


def _json(text: str) -> tuple[tuple[str, ...], str] | None:
    """Read a JSON array of strings, or an object whose values are strings (names and values in turn)."""
    if text.lstrip()[:1] not in ("[", "{"):
        return None
    try:
        value = msgspec.json.decode(text, type=list[str] | dict[str, str])
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    entries = value if isinstance(value, list) else [item for pair in value.items() for item in pair]
    if not entries:
        return None
    between = re.search(r'"(\s*,\s*)"', text)
    return tuple(entries), f'"{between[1]}"' if between and isinstance(value, list) else ""
