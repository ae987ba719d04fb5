"""One day's blocks: which are known, which are new, under which ordinals."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from wiretell.gateway.log import blocks
from wiretell.gateway.log.blocks import Cut
from wiretell.gateway.log.index import Address, BlockSpan, Index
from wiretell.gateway.log.keys import UserKey
from wiretell.gateway.log.records import EMPTY, Pack
from wiretell.gateway.log.redaction import Redactor, Span, masked
from wiretell.gateway.tables.interface import Known

_ADDRESSES: Final = 20_000
"""Kept in memory, 200 bytes each; the rest is asked of SQLite."""
_UNKNOWN: Final = -1
_REMEMBERED_BYTES: Final = 8 << 20
"""Of last bodies by session, by which the known beginning of the next one is recognised without hashing it."""
_CUT_BYTES: Final = 150
"""That a cut takes in memory, with its ordinal."""


@dataclass(slots=True)
class _Remembered:
    """The last body of a session."""

    body: bytes
    cuts: list[Cut]
    ordinals: list[int]
    notes: Any = None
    """What the deriver noted of it."""
    hashed: tuple[int, Any] = (0, None)
    """SHA-256 of so many of its first bytes."""

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.body) + len(self.cuts) * _CUT_BYTES


@dataclass(frozen=True, slots=True)
class Shelved:
    """A body as blocks."""

    runs: list[int]
    """Pairs: first ordinal and how many."""
    first: int
    """Ordinal of the first new block."""
    pack: Pack
    """The new blocks, redacted."""
    spans: list[Span]
    """All redacted places of the body, known blocks' too."""
    known: Known
    """What the session's last body had of it."""
    last: _Remembered

    def sha256(self) -> str:
        """Return the body's SHA-256; where the last one was hashed, of what is new only."""
        until, state = self.last.hashed
        state = hashlib.sha256() if state is None else state.copy()
        if self.known.front > until:
            state.update(memoryview(self.last.body)[until : self.known.front])
            self.last.hashed = self.known.front, state
            until, state = self.known.front, state.copy()
        state.update(memoryview(self.last.body)[until:])
        return str(state.hexdigest())

    def note(self, notes: Any) -> None:
        """Keep what was derived of the body, for the session's next."""
        self.last.notes = notes


class Shelf:
    """Puts bodies on a day's shelf. Nothing counts before `commit`; after `rollback` it is as it was."""

    def __init__(self, index: Index, redactor: Redactor) -> None:
        """Take a day's index, and the rules."""
        self._index = index
        self._redactor = redactor
        self._known: OrderedDict[tuple[int, bytes], int] = OrderedDict()
        every = index.addresses(_ADDRESSES)
        self._has_all = every is not None
        """Whether `_known` has every block of the day."""
        self._known.update(((scope, address), ordinal) for scope, address, ordinal in every or ())
        self._next: dict[int, int] = {}
        self._secret: defaultdict[tuple[int, int], list[Span]] = defaultdict(list)
        for scope, ordinal, at, length, rule in index.spans():
            self._secret[scope, ordinal].append(Span(at, length, rule))
        self._last: OrderedDict[tuple[int, str], _Remembered] = OrderedDict()
        self._last_bytes = 0
        self._pending: dict[tuple[int, bytes], int] = {}
        self._pending_next: dict[int, int] = {}
        self._pending_spans: dict[tuple[int, int], list[Span]] = {}

    def put(self, key: UserKey, session: str, body: bytes) -> Shelved:
        """Cut a body and give its blocks ordinals. `session`: whose last body probably begins the same."""
        before = self._last.get((key.number, session))
        cuts, ordinals, front, back = _known_blocks(before, body)
        ends = [offset for offset, _depth in cuts[1:]] + [len(body)]
        first = at = self._next_ordinal(key.number)
        fresh: list[tuple[int, int]] = []
        for number in [number for number, known in enumerate(ordinals) if known == _UNKNOWN]:
            start, end = cuts[number][0], ends[number]
            ordinals[number], is_new = self._placed(key, body[start:end], at)
            if is_new:
                fresh.append((start, end))
                at += 1
        self._pending_next[key.number] = at
        pack, found = self._packed(key, body, fresh, first)
        spans = self._spans_of(key, cuts, ordinals) if self._secret or found else []
        new_from = fresh[0][0] if fresh else len(body)
        hashed = before.hashed if before is not None and before.hashed[0] <= front else (0, None)
        last = _Remembered(body, cuts, ordinals, None, hashed)
        self._remember((key.number, session), last)
        known = Known(before.notes if before is not None else None, front, back, new_from)
        return Shelved(_runs(ordinals), first, pack, spans, known, last)

    def commit(self) -> tuple[list[Address], list[BlockSpan]]:
        """Keep what was put since the last time; return it for the index."""
        addresses = [(scope, address, ordinal) for (scope, address), ordinal in self._pending.items()]
        spans = [
            (scope, ordinal, span.offset, span.length, span.rule)
            for (scope, ordinal), found in self._pending_spans.items()
            for span in found
        ]
        self._known.update(self._pending)
        self._secret.update(self._pending_spans)
        self._next.update(self._pending_next)
        self._clear()
        while len(self._known) > _ADDRESSES:
            self._known.popitem(last=False)
            self._has_all = False
        return addresses, spans

    def rollback(self) -> None:
        """Forget what was put since the last `commit`."""
        self._clear()
        self._last.clear()
        self._last_bytes = 0

    def forget(self, scopes: Sequence[int]) -> None:
        """Drop what is kept in memory of users whose keys were destroyed."""
        gone = set(scopes)
        for known in [known for known in self._known if known[0] in gone]:
            del self._known[known]
        for last in [last for last in self._last if last[0] in gone]:
            self._last_bytes -= self._last.pop(last).size

    def _clear(self) -> None:
        self._pending, self._pending_next, self._pending_spans = {}, {}, {}

    def _placed(self, key: UserKey, block: bytes, ordinal: int) -> tuple[int, bool]:
        """Return a block's ordinal, and whether it is new and got the one offered."""
        address = key.address(block)
        name = (key.number, address)
        known = self._pending.get(name)
        if known is None and (known := self._known.get(name)) is not None:
            self._known.move_to_end(name)
        if known is None and not self._has_all and (known := self._index.block(*name)) is not None:
            self._known[name] = known
        if known is not None:
            return known, False
        self._pending[name] = ordinal
        return ordinal, True

    def _packed(self, key: UserKey, body: bytes, fresh: Sequence[tuple[int, int]], first: int) -> tuple[Pack, bool]:
        """Return the new blocks with their secrets out, and whether there were any."""
        if not fresh:
            return EMPTY, False
        spans: list[tuple[int, Span]] = []
        for region in _regions(fresh):
            start, end = fresh[region[0]][0], fresh[region[-1]][1]
            for span in self._redactor.spans(body[start:end]):
                spans += _by_block(span, start, [(number, *fresh[number]) for number in region])
        data = []
        for number, (start, end) in enumerate(fresh):
            own = [span for index, span in spans if index == number] if spans else []
            if own:
                self._pending_spans[key.number, first + number] = own
            data.append(masked(body[start:end], own))
        return Pack([end - start for start, end in fresh], spans, b"".join(data)), bool(spans)

    def _spans_of(self, key: UserKey, cuts: Sequence[Cut], ordinals: Sequence[int]) -> list[Span]:
        found: list[Span] = []
        for (start, _depth), ordinal in zip(cuts, ordinals, strict=False):
            name = (key.number, ordinal)
            spans = self._pending_spans.get(name) or self._secret.get(name) or []
            found += [Span(start + span.offset, span.length, span.rule) for span in spans]
        return found

    def _next_ordinal(self, scope: int) -> int:
        known = self._pending_next.get(scope, self._next.get(scope))
        return self._index.next_ordinal(scope) if known is None else known

    def _remember(self, name: tuple[int, str], last: _Remembered) -> None:
        if (before := self._last.pop(name, None)) is not None:
            self._last_bytes -= before.size
        self._last[name] = last
        self._last_bytes += last.size
        while self._last_bytes > _REMEMBERED_BYTES:
            self._last_bytes -= self._last.popitem(last=False)[1].size


def _known_blocks(last: _Remembered | None, body: bytes) -> tuple[list[Cut], list[int], int, int]:
    """Return the body's cuts; the ordinals of the blocks that it shares with the session's last body; and how many
    bytes these are, in whole blocks, at the beginning and at the end.

    An agent puts messages in the middle: what was before and after them is recognised by comparing bytes.
    """
    if last is None or not body or not last.cuts:
        cuts = blocks.cut(body) if body else []
        return cuts, [_UNKNOWN] * len(cuts), 0, 0
    if last.body == body:
        return last.cuts, list(last.ordinals), len(body), 0
    index = blocks.last_within(last.cuts, blocks.common(last.body, body))
    at = last.cuts[index]
    same = blocks.common_end(last.body, body, min(len(body), len(last.body)) - at[0])
    back = max(bisect_left(last.cuts, (len(last.body) - same, 0)), index + 1)
    moved = len(body) - len(last.body)
    after = [(offset + moved, depth) for offset, depth in last.cuts[back:]]
    middle = blocks.cut_between(body, at, after[0]) if after and after[0][0] > at[0] else None
    if middle is None:
        middle, after, back = blocks.cut_after(body, at), [], len(last.cuts)
    known = [*last.ordinals[:index], *[_UNKNOWN] * len(middle), *last.ordinals[back:]]
    return [*last.cuts[:index], *middle, *after], known, at[0], len(body) - after[0][0] if after else 0


def _runs(ordinals: Sequence[int]) -> list[int]:
    """Return pairs of a first ordinal and how many follow each other."""
    runs: list[int] = []
    expected = -1
    for ordinal in ordinals:
        if ordinal == expected:
            runs[-1] += 1
        else:
            runs += (ordinal, 1)
        expected = ordinal + 1
    return runs


def _regions(fresh: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the numbers of new blocks, those that touch each other together: a secret may stand in several."""
    regions: list[list[int]] = []
    for number, (start, _end) in enumerate(fresh):
        if number and fresh[number - 1][1] == start:
            regions[-1].append(number)
        else:
            regions.append([number])
    return regions


def _by_block(span: Span, start: int, region: Sequence[tuple[int, int, int]]) -> list[tuple[int, Span]]:
    """Return the parts of a span (relative to `start`) in each block of a region."""
    found = []
    low, high = start + span.offset, start + span.offset + span.length
    for number, begin, end in region:
        left, right = max(low, begin), min(high, end)
        if right > left:
            found.append((number, Span(left - begin, right - left, span.rule)))
    return found
