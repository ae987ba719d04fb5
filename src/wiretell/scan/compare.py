"""Two packages by their literals: what one says and the other does not. Names that a minifier makes do not count."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell import __version__
from wiretell.model.findings import NotExamined
from wiretell.model.history import Change, DiffResult, LiteralChange, LiteralKind
from wiretell.model.scan import DecodedList, Mention, MentionKind, Place
from wiretell.scan.flow import now, quiet, with_near
from wiretell.scan.interface import Progress
from wiretell.scan.mentions import Find, near
from wiretell.scan.reading import Reading, Seen, read
from wiretell.unicode.characters import codepoints

_ENCODED: Final = re.compile(r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/_-]{24,}={0,2}\Z")
"""Looks like base64: three classes of characters, no separators. Hexadecimal digits are the other form."""
_HEX: Final = re.compile(r"(?:[0-9a-f]{2}){16,}\Z|(?:[0-9A-F]{2}){16,}\Z")
_BY_MENTION: Final = {
    MentionKind.TIMEZONE: LiteralKind.TIMEZONE,
    MentionKind.ENVIRONMENT: LiteralKind.ENVIRONMENT,
    MentionKind.HOST: LiteralKind.HOST,
}
_ORDER: Final = {kind: at for at, kind in enumerate(LiteralKind)}


@dataclass(frozen=True, slots=True)
class Side:
    """One of two targets."""

    root: Path
    target: Mapping[str, str]
    """`kind`, `name`, `version`, `sha256`."""


def diff(a: Side, b: Side, *, command: str = "", progress: Progress = quiet) -> DiffResult:
    """Read both, and return what one has and the other has not. Raises UsageError where there is nothing to read."""
    started, began = now(), time.monotonic()
    one, two = (read(side.root, keep_literals=True, progress=progress) for side in (a, b))
    changes = (*_only_in(two, one, Change.NEW), *_only_in(one, two, Change.GONE))
    return DiffResult(
        a=dict(a.target),
        b=dict(b.target),
        literals=tuple(sorted(changes, key=_rank)),
        distinct_a=len(one.literals),
        distinct_b=len(two.literals),
        not_examined=(*_said(a, one), *_said(b, two)),
        wall_s=time.monotonic() - began,
        version=__version__,
        started=started,
        command=command,
    )


def _rank(change: LiteralChange) -> tuple[int, bool, bool, int, str]:
    """By kind, new before gone; within it what stands near others first, then the shorter (of lists: the longer)."""
    size = len(change.value) if change.kind is not LiteralKind.LIST else -len(change.value)
    return _ORDER[change.kind], change.change is Change.GONE, not change.near, size, change.value


def _said(side: Side, reading: Reading) -> Iterator[NotExamined]:
    name = "@".join(filter(None, (side.target.get("name", ""), side.target.get("version", ""))))
    for missing in reading.not_examined:
        yield NotExamined(f"{name}: {missing.what}", missing.why)


def _only_in(here: Reading, there: Reading, change: Change) -> Iterator[LiteralChange]:
    """Yield what `here` has and `there` has not: lists, literals, and names that are no literals."""
    known = {(found.sha256, found.key) for found in there.lists if found.hidden}
    lists = [found for found in with_near(here) if found.hidden and (found.sha256, found.key) not in known]
    yield from (_of_list(found, change) for found in lists)
    kinds = _kinds(here.mentions)
    encoded = _Spans(place for found in lists for place in found.places)
    notable = [*_finds_of(lists, here), *_new_finds(here, there)]
    fresh = {value: seen for value, seen in here.literals.items() if value not in there.literals}
    for value, seen in fresh.items():
        if any(map(encoded.hold, seen.places)):
            continue  # it is one of the lists above, or a part of one
        yield _of_literal(value, seen, kinds, notable, here, change)
    yield from _names(here, there, fresh, change)


class _Spans:
    """Where lists stand encoded."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_file: dict[str, list[tuple[int, int]]] = {}
        for place in places:
            self._by_file.setdefault(place.file, []).append((place.offset, place.offset + place.length))

    def hold(self, place: Place) -> bool:
        """Whether the text between the quotes of a literal lies in one of them."""
        start, end = place.offset + 1, place.offset + place.length - 1
        return any(first <= start and end <= last for first, last in self._by_file.get(place.file, ()))


def _finds_of(lists: Iterable[DecodedList], reading: Reading) -> Iterator[Find]:
    for found in lists:
        label = f"list of {len(found.entries)} entries"
        yield from (Find("list", label, place, reading.layout.outer(place)) for place in found.places)


def _new_finds(here: Reading, there: Reading) -> Iterator[Find]:
    """Zones and lookalikes whose number grew: the same one may have stood elsewhere before."""
    before: dict[str, int] = {}
    for find in there.finds:
        before[find.label] = before.get(find.label, 0) + 1
    counts: dict[str, list[Find]] = {}
    for find in here.finds:
        counts.setdefault(find.label, []).append(find)
    for label, finds in counts.items():
        if len(finds) > before.get(label, 0):
            yield from finds


def _kinds(mentions: Iterable[Mention]) -> dict[str, LiteralKind]:
    return {mention.name: _BY_MENTION[mention.kind] for mention in mentions if mention.kind in _BY_MENTION}


def _of_list(found: DecodedList, change: Change) -> LiteralChange:
    value = (found.separator or ",").join(found.entries)
    return LiteralChange(
        change, LiteralKind.LIST, value, len(found.places), found.places, decoded=found, near=found.near
    )


def _of_literal(
    value: str,
    seen: Seen,
    kinds: Mapping[str, LiteralKind],
    notable: Iterable[Find],
    reading: Reading,
    change: Change,
) -> LiteralChange:
    kind = _kind(value, seen, kinds)
    others = (find for find in notable if find.place not in seen.places)
    return LiteralChange(
        change,
        kind,
        value,
        seen.count,
        tuple(seen.places),
        codepoints=codepoints(value) if kind is LiteralKind.LOOKALIKE else (),
        near=near(seen.places, others, reading.layout),
    )


def _kind(value: str, seen: Seen, kinds: Mapping[str, LiteralKind]) -> LiteralKind:
    if value in kinds:
        return kinds[value]
    if len(value) == 1 and not value.isascii():
        return LiteralKind.LOOKALIKE
    if "://" in value and any(host in value for host in _hosts_in(value)):
        return LiteralKind.HOST
    if seen.compared:
        return LiteralKind.COMPARED
    return LiteralKind.ENCODED if _ENCODED.match(value) or _HEX.match(value) else LiteralKind.TEXT


def _hosts_in(value: str) -> list[str]:
    return re.findall(r"^https?://([^/\s:\"'`]+\.[^/\s:\"'`]+)", value)


def _names(here: Reading, there: Reading, fresh: Mapping[str, Seen], change: Change) -> Iterator[LiteralChange]:
    """Yield variables and hosts that are new and stand in no new literal of their own."""
    for kind in (MentionKind.ENVIRONMENT, MentionKind.HOST):
        known = {mention.name for mention in there.mentions if mention.kind is kind}
        for mention in here.mentions:
            if mention.kind is kind and mention.name not in known and mention.name not in fresh:
                yield LiteralChange(change, _BY_MENTION[kind], mention.name, mention.count, mention.places)
