"""Does a place repeat the level of a fact in the open? Each level brings strings of its own, its canaries."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from wiretell.compare.slots import Span
from wiretell.compare.worlds import Canaries, Table
from wiretell.model.difference import Echo

_AROUND: Final = 120
"""Characters around a slot in which the rest of a repeated level may stand."""
_SHORTEST: Final = 3
"""Characters of a canary; shorter ones stand anywhere."""
_MIN_LENGTH: Final = 4
"""Shorter encoded forms turn up by chance."""
_DIGEST_LENGTH: Final = 8
"""Characters of a digest that must be there; many are cut to that."""


def find_echoes(
    spans: Mapping[int, Span], symbols: Mapping[int, object], table: Table, canaries: Canaries
) -> dict[str, Echo]:
    """Return the facts whose levels the spans (run -> span) repeat, and how.

    Every run must repeat its own level where the level has a canary, but for runs that show the symbol of a run without
    one (a place that is empty where a gate is closed); and at least two levels must be told apart, if there are two.
    """
    return {fact: how for fact in table.facts if (how := _echo(fact, spans, symbols, table, canaries))}


def _echo(
    fact: str, spans: Mapping[int, Span], symbols: Mapping[int, object], table: Table, canaries: Canaries
) -> Echo | None:
    found: dict[str, Echo] = {}
    silent: set[object] = set()
    wanted: set[str] = set()
    for run in _one_of_each(spans, symbols, fact, table):
        level = table.worlds[run].get(fact)
        strings = [text for text in canaries(fact, level) if len(text) >= _SHORTEST]
        if not strings:
            silent.add(symbols[run])
            continue
        how = next((how for text in strings if (how := echoes(spans[run], text))), None)
        if how:
            found[level] = how
        else:
            silent.add(symbols[run])
            wanted.add(level)
            if len(silent) > 2:
                return None
    if not found or (len(found) < 2 and wanted):
        return None
    return next((how for how in (Echo.HASHED, Echo.ENCODED) if how in found.values()), Echo.PLAIN)


def _one_of_each(spans: Mapping[int, Span], symbols: Mapping[int, object], fact: str, table: Table) -> Iterator[int]:
    """Go through one run for each level and symbol."""
    seen: set[tuple[str, object]] = set()
    for run in spans:
        key = (table.worlds[run].get(fact), symbols[run])
        if key not in seen:
            seen.add(key)
            yield run


def echoes(span: Span, text: str) -> Echo | None:
    """Say how a text stands where the span is, or over its ends; None where it does not."""
    first = max(0, span.start - _AROUND)
    window = span.text[first : span.end + _AROUND].lower()
    start, end = span.start - first, span.end - first
    for needle, how in _forms(text):
        at = window.find(needle)
        while at >= 0:
            if at < end and start < at + len(needle):
                return how
            at = window.find(needle, at + 1)
    return None


@lru_cache(maxsize=4096)
def _forms(text: str) -> tuple[tuple[str, Echo], ...]:
    """Return the forms a level may be repeated in, in lower case."""
    raw = text.encode()
    forms = {text.lower(): Echo.PLAIN}
    for form in (quote(text, safe=""), quote(text), raw.hex(), *_base64(raw)):
        if len(form) >= _MIN_LENGTH:
            forms.setdefault(form.lower(), Echo.ENCODED)
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, raw, usedforsecurity=False).digest()
        forms.setdefault(digest.hex()[:_DIGEST_LENGTH], Echo.HASHED)
        forms.setdefault(base64.b64encode(digest).decode()[:_DIGEST_LENGTH].lower(), Echo.HASHED)
    return tuple(forms.items())


def _base64(raw: bytes) -> Iterator[str]:
    """Encode at each of the three places a text can have inside a longer one; the ends depend on what is around."""
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * shift + raw).decode().rstrip("=")
            yield whole[(0, 2, 3)[shift] : len(whole) - (1 if (len(raw) + shift) % 3 else 0)]
