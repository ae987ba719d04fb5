"""Literals with lookalikes in the order in which they tell, and which of them count. Pure.

Names may be drawn already (`drawn.py`); what a literal holds is told by its code points.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from wiretell.model.scan import NEAR, MentionKind
from wiretell.report.glyphs import draw
from wiretell.report.scan.document_v1 import Mention, ScanDocument
from wiretell.report.shared_v1 import Place
from wiretell.unicode.characters import is_ignorable, skeleton

IN_A_TABLE = "in a table"
"""Spelling of a character that stands among many of its sort."""
_JOINER = "\u200d"


def lookalikes(document: ScanDocument) -> tuple[Mention, ...]:
    """Return literals with a twin of an ASCII character, or one that is not shown.

    What stands near a list or in a cluster comes first, then the order of the document.
    """
    return tuple(mention for mention in _ordered(document) if counts(mention))


def others(document: ScanDocument) -> tuple[Mention, ...]:
    """Return literals whose unusual characters pass for no single ASCII character: `…`, `×`, emoji."""
    return tuple(mention for mention in _ordered(document) if not counts(mention))


def in_tables(mentions: Iterable[Mention]) -> int:
    """Count those that stand in tables of characters alone, such as a library's list of entities."""
    return sum(set(mention.spellings) == {IN_A_TABLE} for mention in mentions)


def counts(mention: Mention) -> bool:
    """Whether a literal holds a twin: what a mark in a text could be made of."""
    for point in mention.codepoints:
        char = _char(point)
        if _passes(char) and not _belongs_to_a_symbol(char, mention.name):
            return True
    return False


def _ordered(document: ScanDocument) -> tuple[Mention, ...]:
    found = [mention for mention in document.mentions if mention.kind is MentionKind.LOOKALIKE]
    labels = {item for cluster in document.clusters for item in cluster.items}
    labels |= {line.rsplit(" (", 1)[0] for entry in document.lists if entry.hidden for line in entry.near}
    spans = [cluster.place for cluster in document.clusters]
    spans += [place for entry in document.lists if entry.hidden for place in entry.places]
    marked = [(_is_near(mention, labels, spans), mention) for mention in found]
    near = (_nearest_first(mention, spans) for beside, mention in marked if beside)
    return (*near, *(mention for beside, mention in marked if not beside))


def _is_near(mention: Mention, labels: set[str], spans: Iterable[Place]) -> bool:
    for point in mention.codepoints[:1]:
        char = _char(point)
        if char and mention.name in (char, draw(char)) and f"lookalike {point}" in labels:
            return True
    return any(_beside(place, span) for span in spans for place in mention.places)


def _nearest_first(mention: Mention, spans: list[Place]) -> Mention:
    places = sorted(mention.places, key=lambda place: not any(_beside(place, span) for span in spans))
    return msgspec.structs.replace(mention, places=tuple(places))


def _beside(place: Place, span: Place) -> bool:
    if place.file != span.file:
        return False
    return span.offset - NEAR <= place.offset + place.length and place.offset <= span.offset + span.length + NEAR


@lru_cache(maxsize=4096)
def _passes(char: str) -> bool:
    """Whether a character passes for just one of ASCII, or for nothing; a symbol such as `×` is no letter.

    One that is not known counts.
    """
    if not char or is_ignorable(char) or char.isspace():
        return True
    shown = skeleton(char)
    if len(shown) != 1 or not shown.isascii():
        return False
    category = unicodedata.category(char)
    return category != "So" and not (category.startswith("S") and shown.isalnum())


def _belongs_to_a_symbol(char: str, name: str) -> bool:
    """Whether a selector of variants or a joiner stands behind a symbol in all that is shown: part of an emoji."""
    if char != _JOINER and not "\ufe00" <= char <= "\ufe0f":
        return False
    before = [piece[-1:] for shown in (char, draw(char)) for piece in name.split(shown)[:-1]]
    return bool(before) and all(one and unicodedata.category(one).startswith("S") for one in before)


def _char(point: str) -> str:
    """Return the character of `U+02BC`; nothing where no character has that name."""
    try:
        return chr(int(point.removeprefix("U+"), 16))
    except (ValueError, OverflowError):
        return ""
