"""The values of one slot, taken apart into the respects in which they differ.

Values that say the same belong to one *meaning*: they look alike, or are the same date, the same number, or the same
word in another case. `WORDING` (or `DATE`, `NUMBER`) tells meanings apart; every other layer tells apart the ways in
which one meaning is written. A way of writing is a function of the value alone, so that it can be compared between
meanings: the separator of a date follows the time zone on every day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from wiretell.compare import dates
from wiretell.model.difference import Layer
from wiretell.unicode.characters import fold_space, ignorable_in, skeleton, space_in, unusual, without_ignorable

_PLAIN: Final = re.compile(r"[!-~]*")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Reading:
    """One layer of a slot: value -> symbol."""

    layer: Layer
    symbols: Mapping[str, Hashable]
    display: Mapping[str, str]
    """Value -> what to show for it: the characters that matter."""
    offset: int = 0
    """Of what is shown, inside the value."""


@dataclass(frozen=True, slots=True)
class _Relation:
    """A sense in which two values say the same, and how the ways of saying it are told apart."""

    layer: Layer
    same: Callable[[str], Hashable]
    """Values with equal results say the same; None takes no part."""
    style: Callable[[str], Hashable]


def read(values: Iterable[str]) -> list[Reading]:
    """Return the layers in which the values of one slot differ; an empty list for fewer than two values."""
    distinct = list(dict.fromkeys(values))
    if len(distinct) < 2:
        return []
    relations = _relations(distinct)
    found = [reading for relation in relations if (reading := _styles(relation, distinct))]
    meaning = _meaning(distinct, relations)
    return [meaning, *found] if meaning else found


def _relations(values: Sequence[str]) -> list[_Relation]:
    read_as = dates.agree(values)
    punctuation = _punctuation(values)
    unseen = [_Relation(Layer.INVISIBLE, skeleton, ignorable_in), _Relation(Layer.SPACE, skeleton, _spaces)]
    return [
        _Relation(Layer.GLYPH, skeleton, _glyphs),
        *([] if all(map(_PLAIN.fullmatch, values)) else unseen),
        _Relation(Layer.CASE, _caseless, _case),
        _Relation(Layer.NUMBER_SPELLING, _amount, _spelling),
        _Relation(
            Layer.DATE_FORMAT,
            lambda value: read_as[value].day if value in read_as else None,
            lambda value: read_as[value].style if value in read_as else "",
        ),
        _Relation(Layer.PUNCTUATION, lambda value: True if value in punctuation else None, skeleton),
    ]


def _glyphs(value: str) -> str:
    return unusual(fold_space(without_ignorable(value)))


def _spaces(value: str) -> tuple[str, ...]:
    return space_in(without_ignorable(value))


def _caseless(value: str) -> Hashable:
    return skeleton(value.casefold()) if any(char.isalpha() for char in value) else None


def _case(value: str) -> str:
    if value.islower():
        return "lower"
    if value.isupper():
        return "upper"
    return "capital" if value[:1].isupper() and value[1:].islower() else "mixed"


def _amount(value: str) -> Decimal | None:
    try:
        return Decimal(value) if _NUMBER.fullmatch(value) else None
    except InvalidOperation:  # pragma: no cover - the pattern allows only what Decimal reads
        return None


def _spelling(value: str) -> str:
    return re.sub(r"\d+", lambda found: "0" if not found[0].startswith("0") else f"0x{len(found[0])}", value)


def _punctuation(values: Sequence[str]) -> frozenset[str]:
    """Return the values, if all of them are marks; nothing in place of a mark counts as one."""
    marks = [value for value in values if not any(char.isalnum() for char in skeleton(value))]
    full = [value for value in marks if skeleton(value)]
    return frozenset(marks) if len(marks) == len(values) and full else frozenset()


def _styles(relation: _Relation, values: Sequence[str]) -> Reading | None:
    """Compare ways of writing within each meaning; None where every meaning is written in one way."""
    groups: dict[Hashable, list[str]] = {}
    for value in values:
        if (key := relation.same(value)) is not None:
            groups.setdefault(key, []).append(value)
    if all(len(group) == 1 for group in groups.values()):
        return None
    told = [group for group in groups.values() if len({_look(relation.layer, value) for value in group}) > 1]
    if not told:
        return None
    symbols: dict[str, Hashable] = {value: relation.style(value) for group in groups.values() for value in group}
    _spell_out(relation.layer, groups.values(), symbols)
    return _shown(relation.layer, symbols)


def _look(layer: Layer, value: str) -> Hashable:
    """Return what a layer can tell apart at all: the hidden layers their own part, the others what a reader sees."""
    if layer is Layer.GLYPH:
        return fold_space(without_ignorable(value))
    if layer is Layer.INVISIBLE:
        return ignorable_in(value)
    return _spaces(value) if layer is Layer.SPACE else skeleton(value)


def _spell_out(layer: Layer, groups: Iterable[Sequence[str]], symbols: dict[str, Hashable]) -> None:
    """Where a style is too coarse to tell two looks of one meaning apart, add the look to it."""
    for group in groups:
        looks: dict[Hashable, set[Hashable]] = {}
        for value in group:
            looks.setdefault(symbols[value], set()).add(_look(layer, value))
        for style in [style for style, seen in looks.items() if len(seen) > 1]:
            symbols.update({value: (style, _look(layer, value)) for value in group if symbols[value] == style})


def _shown(layer: Layer, symbols: Mapping[str, Hashable]) -> Reading:
    values = list(symbols)
    if layer is Layer.DATE_FORMAT:
        parted = {value: dates.separator(str(symbol)) for value, symbol in symbols.items()}
        if all(parted.values()) and len({part[0] for part in parted.values() if part}) == 1:
            display = {value: part[1] for value, part in parted.items() if part}
            return Reading(layer, symbols, display, re.match(r"\w*", values[0]).end())  # type: ignore[union-attr]
        return Reading(layer, symbols, {value: value for value in values})
    if layer in (Layer.GLYPH, Layer.INVISIBLE, Layer.SPACE):
        head = _common(values)
        tail = _common([value[head:][::-1] for value in values])
        return Reading(layer, symbols, {value: value[head : len(value) - tail] for value in values}, head)
    return Reading(layer, symbols, {value: value for value in values})


def _common(values: Sequence[str]) -> int:
    """Return how many characters all values begin with."""
    first, last = min(values), max(values)
    return next((at for at, (one, two) in enumerate(zip(first, last, strict=False)) if one != two), len(first))


def _meaning(values: Sequence[str], relations: Sequence[_Relation]) -> Reading | None:
    """Join values that say the same in any sense, step by step; None where all of them do."""
    parent = {value: value for value in values}

    def root(value: str) -> str:
        while parent[value] != value:
            value = parent[value]
        return value

    for relation in relations:
        first: dict[Hashable, str] = {}
        for value in values:
            if (key := relation.same(value)) is not None:
                parent[root(value)] = root(first.setdefault(key, value))
    symbols = {value: root(value) for value in values}
    if len(set(symbols.values())) < 2:
        return None
    return Reading(_plain_layer(values), symbols, {value: value for value in values})


def _plain_layer(values: Sequence[str]) -> Layer:
    if all(dates.readings(value) for value in values):
        return Layer.DATE
    if all(_NUMBER.fullmatch(value) for value in values):
        return Layer.NUMBER
    return Layer.WORDING
