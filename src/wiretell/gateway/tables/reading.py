"""Marks in what a request brings: as much of it as can be read in some milliseconds, from its beginning and its end.

A client can send, in a few kilobytes, a text that unpacks to tens of megabytes. The log's writer reads for everybody,
so what one request may cost is bounded here, and what was passed over is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from wiretell import marks
from wiretell.marks.survey import Seen, survey
from wiretell.model.marks import Certainty

_ROOM: Final = 9_000
"""Costs that each end of a request may have, about 2 microseconds each."""
_CALL: Final = 60
_CLEAN: Final = 256
"""Bytes that can be looked over at the cost of one."""
_SIGNED: Final = 16
"""The same of a text in which anything is that a scheme or a detector starts from."""
_CHARACTER: Final = 4
_ESCAPE: Final = 4
_DATE: Final = 8
_KINDS: Final = 64
"""Different characters that are counted one by one; of more, the bytes that are no ASCII are."""
_PIECE: Final = 1 << 17
"""Bytes of a part that is not read whole."""
_STEP: Final = 1 << 14
_OVERLAP: Final = 32
_LEAST: Final = 64
"""Bytes: a piece of less is not read."""
_ASCII: Final = bytes(range(128))
_TOLD: Final = frozenset({Certainty.CERTAIN, Certainty.LIKELY})
_FILLER: Final = {
    "messages": b'{"role":"user","content":"-"},',
    "input": b'{"role":"user","content":"-"},',
    "contents": b'{"role":"user","parts":[{"text":"-"}]},',
}
"""Stands before a message that is not the user's first, when it is read for marks alone."""
_CONTENT: Final = {
    "messages": b'{"role":"user","content":"%b"}',
    "input": b'{"role":"user","content":"%b"}',
    "contents": b'{"role":"user","parts":[{"text":"%b"}]}',
}
_TOKEN: Final = re.compile(rb'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])|["\\\x00-\x1f]')
_SPELLED: Final = {b'"': b'\\"', b"\\": b"\\\\"}


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a body that is to be read."""

    start: int
    """In bytes."""
    end: int
    member: str
    """That it stands in: `messages`, `system`, `tools` ..."""
    is_first: bool
    """Whether it is the user's first message: where the date line stands."""
    schemes: Sequence[str] | None
    """To read; None: all, and every detector."""


@dataclass(slots=True)
class Read:
    """What was found, part by part."""

    told: list[tuple[str, ...]]
    """`scheme:state`."""
    bytes: int
    """That were read."""


@dataclass(slots=True)
class _End:
    """One end of a request: how much may still be read there."""

    is_last: bool
    room: int = _ROOM
    spent: int = field(default=0)
    """Bytes."""

    def read(self, data: bytes, part: Unread, version: str) -> tuple[tuple[str, ...], bool]:
        """Read a part, or as much of it as there is room for; return its marks, and whether that was all of it."""
        size, has_signs = self._fitting(data)
        if size < len(data) and size > _PIECE:
            size, has_signs = _PIECE, True
        if size < min(len(data), _LEAST):
            self.room = 0
            return (), False
        self.spent += size
        if not has_signs:
            return (), size == len(data)
        if size == len(data):
            return _read(_document(data, part), part.schemes, version), True
        piece = data[len(data) - size :] if self.is_last else data[:size]
        return _read(_of_piece(piece, part), part.schemes, version), False

    def _fitting(self, data: bytes) -> tuple[int, bool]:
        """Return how much of a text there is room for, and whether a sign is in it; take the room.

        It is looked at step by step: where signs are dense, the look costs as much as the reading.
        """
        size, cost, signs, has_signs = 0, 0, 0, False
        step = _STEP
        while size < len(data):
            step = min(step, len(data) - size)
            seen = self._step(data, size, step)
            found = survey(seen)
            more = _signs(seen, found)
            any_signs = has_signs or _has_signs(found)
            length = size + step
            now = _CALL + length // _SIGNED + signs + more if any_signs else 1 + length // _CLEAN
            if now > self.room:
                step //= 2
                if step < _LEAST:
                    self.room = 0
                    return size, has_signs
                continue
            size, cost, signs, has_signs = length, now, signs + more, any_signs
        self.room -= cost
        return size, has_signs

    def _step(self, data: bytes, size: int, step: int) -> bytes:
        """Return the next step, with what stands around its bounds: a sign may stand across one."""
        start = len(data) - size - step if self.is_last else size
        return data[max(0, start - _OVERLAP) : start + step + _OVERLAP]


def read(body: bytes, parts: Sequence[Unread], version: str) -> Read:
    """Read parts of a body, from the first on and from the last on. Pure; the answer depends on no clock."""
    told: list[tuple[str, ...]] = [()] * len(parts)
    ends = _End(is_last=False), _End(is_last=True)
    number = 0
    begun = 0
    for number, part in enumerate(parts):
        before = ends[0].spent
        told[number], is_whole = ends[0].read(body[part.start : part.end], part, version)
        begun = ends[0].spent - before
        if not is_whole:
            break
    else:
        return Read(told, ends[0].spent)
    for later in range(len(parts) - 1, number - 1, -1):
        part = parts[later]
        start = part.start + (begun if later == number else 0)
        found, is_whole = ends[1].read(body[start : part.end], part, version) if start < part.end else ((), True)
        told[later] = tuple(dict.fromkeys((*told[later], *found)))
        if not is_whole:
            break
    return Read(told, ends[0].spent + ends[1].spent)


def _has_signs(seen: Seen) -> bool:
    """Whether anything stands in a text that a scheme or a detector starts from."""
    return seen.escapes or bool(seen.blanks or seen.characters or seen.date_lines)


def _signs(data: bytes, seen: Seen) -> int:
    """Estimate what reading the signs of a text costs, its length aside."""
    if not _has_signs(seen):
        return 0
    if len(seen.characters) <= _KINDS:
        characters = sum(data.count(each.encode("utf-8", "surrogateescape")) for each in seen.characters)
    else:
        characters = len(data.translate(None, _ASCII)) // 2
    escapes = data.count(b"\\u") if seen.escapes else 0
    lines = max(len(seen.blanks), data.count(b"\\n"))
    return lines + characters * _CHARACTER + escapes * _ESCAPE + len(seen.date_lines) * _DATE


def _read(data: bytes, schemes: Sequence[str] | None, version: str) -> tuple[str, ...]:
    reading = marks.read(data, schemes=schemes, form="json", version=version)
    return tuple(f"{mark.scheme}:{mark.state}" for mark in reading.marks if mark.certainty in _TOLD)


def _document(data: bytes, part: Unread) -> bytes:
    """Return a request that holds one part alone, where it stands."""
    if part.member in _FILLER and not data.startswith(b'"'):
        data = b"[%b%b]" % (b"" if part.is_first else _FILLER[part.member], data)
    return b'{"%b":%b}' % (part.member.encode(), data)


def _of_piece(piece: bytes, part: Unread) -> bytes:
    """Return a request with a piece of a part's spelling as one text: its escapes stay, its quotes become some."""
    text = _TOKEN.sub(_spelled, piece.decode("utf-8", "ignore").encode())
    if part.member not in _CONTENT:
        return b'{"%b":"%b"}' % (part.member.encode(), text)
    before = b"" if part.is_first else _FILLER[part.member]
    return b'{"%b":[%b%b]}' % (part.member.encode(), before, _CONTENT[part.member] % text)


def _spelled(match: re.Match[bytes]) -> bytes:
    found = match.group()
    return found if len(found) > 1 else _SPELLED.get(found, b" ")
