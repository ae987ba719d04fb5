"""Features: one place in one respect, and the symbol that each run shows there.

A feature holds only the runs in which its place exists: a header's value says nothing about runs without the header;
that it is missing there is a feature of its own.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wiretell.compare.layers import Reading, read
from wiretell.compare.slots import Slot, Span, find_slots
from wiretell.model.difference import Layer
from wiretell.model.findings import Where
from wiretell.unicode.characters import skeleton

MISSING: Final = "(not sent)"
PRESENT: Final = "(sent)"
_TOKEN: Final = re.compile(r"[\w+/=.:-]{6,}", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """A place, a respect, and what each run shows there."""

    where: Where
    layer: Layer
    symbols: Mapping[int, Hashable]
    """Run -> symbol; runs in which the place does not exist are missing."""
    display: Mapping[int, str]
    """Run -> what to show for its symbol."""
    spans: Mapping[int, Span] = field(default_factory=dict)
    """Run -> where it stands in that run's text, for features of text."""
    shown: tuple[int, int] = (0, 0)
    """Characters at the beginning and end of the span that are no part of what is shown."""

    @property
    def id(self) -> str:
        """A name that stays the same while runs are added."""
        where = self.where
        at = "" if where.offset is None else f"@{where.offset}"
        return f"{where.request}|{where.part}|{where.path}{at}|{self.layer}"


@dataclass(slots=True)
class Collector:
    """Gathers the features of one audit that vary; `base` is the run whose paths and offsets are told."""

    base: int
    repeats: frozenset[int] = frozenset()
    """Runs of the calibrated world."""
    features: list[Feature] = field(default_factory=list)
    varying: dict[Where, list[tuple[int, int]]] = field(default_factory=dict)
    """Text of the base run -> spans of it that vary."""

    def add(
        self,
        where: Where,
        layer: Layer,
        symbols: Mapping[int, Hashable],
        display: Mapping[int, str] | None = None,
    ) -> bool:
        """Keep a feature if it varies; whether it does is returned. Without `display`, symbols show themselves."""
        if len(set(symbols.values())) < 2:
            return False
        shown = display if display is not None else {run: str(symbol) for run, symbol in symbols.items()}
        self.features.append(Feature(where, layer, symbols, shown))
        return True

    def add_presence(self, where: Where, runs: Mapping[int, object], having: Mapping[int, object]) -> bool:
        """Keep a presence feature: of `runs`, those in `having` show the place."""
        return self.add(where, Layer.PRESENCE, {run: PRESENT if run in having else MISSING for run in runs})

    def reference(self, runs: Mapping[int, object]) -> int:
        """Return the run to measure others by: the base, or the first where the base does not have the place."""
        return self.base if self.base in runs else min(runs)


def compare_text(out: Collector, where: Where, texts: Mapping[int, str]) -> None:
    """Compare the texts of one place (run -> text)."""
    if len(set(texts.values())) < 2:
        return
    for slot in find_slots(texts, texts[out.reference(texts)], repeats=out.repeats):
        if slot.home is None and out.base in texts:
            out.varying.setdefault(where, []).append((slot.start, slot.end))
        if slot.choice is not None and len({skeleton(span.value) for span in slot.spans.values()}) > 1:
            _add_passage(out, where, slot)
        else:
            _add_slot(out, where, slot)


def compare_values(out: Collector, where: Where, values: Mapping[int, str]) -> None:
    """Compare short values that are not to be aligned: numbers, literals."""
    spans = {run: Span(value, 0, len(value)) for run, value in values.items()}
    _add_slot(out, where, Slot(0, 0, spans), offset=None)


def _add_passage(out: Collector, where: Where, slot: Slot) -> None:
    assert slot.choice is not None
    display = {run: span.value for run, span in slot.spans.items()}
    out.features.append(Feature(_at(where, slot.start, slot), Layer.WORDING, slot.choice, display, slot.spans))


def _add_slot(out: Collector, where: Where, slot: Slot, offset: int | None = 0) -> None:
    for reading in _readings(out, slot):
        runs = {run: span for run, span in slot.spans.items() if span.value in reading.symbols}
        at = where if offset is None else _at(where, slot.start + reading.offset, slot)
        sample = next(iter(runs.values())).value
        tail = max(0, len(sample) - reading.offset - len(reading.display[sample]))
        out.features.append(
            Feature(
                at,
                reading.layer,
                {run: reading.symbols[span.value] for run, span in runs.items()},
                {run: reading.display[span.value] for run, span in runs.items()},
                runs,
                (reading.offset, tail),
            )
        )


def _readings(out: Collector, slot: Slot) -> Sequence[Reading]:
    """Read a slot's values; random tokens are not searched for two that say the same, for there are none."""
    repeated = [span.value for run, span in slot.spans.items() if run in out.repeats]
    values = [span.value for span in slot.spans.values()]
    if len(repeated) > 2 and len(set(repeated)) == len(repeated) and all(map(_TOKEN.fullmatch, values)):
        same = {value: value for value in values}
        return (Reading(Layer.WORDING, same, same),)
    return read(values)


def _at(where: Where, offset: int, slot: Slot) -> Where:
    """Place a slot; one inside another alternative than the reference's is counted in the text of that alternative."""
    path = where.path if slot.home is None else f"{where.path}(run {slot.home})"
    return Where(where.request, where.part, path, offset)
