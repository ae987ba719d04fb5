"""Columns that the bodies tell. An agent re-sends its whole history each turn, so what was learnt of it is kept: of a
body whose last one is known, only what is between their common beginning and end is read (`reduce.py`).

- `system_hash`: of the system part. `prefix_blocks`: of the first 0, 1, 2, 4, 8 ... messages with all before them
  (system part, tools), so that requests of one conversation share them, whatever account they come from.
- `template`: band hashes of the user's own text; `prompt`: the last message, where the user wrote in it.
- `marks`: of every block that is new, and of every one that is remembered.
"""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import takewhile
from typing import Final

from wiretell import marks
from wiretell.gateway.tables import template
from wiretell.gateway.tables.blocks import Kind, LastMessage, kind_of, last_message, plain
from wiretell.gateway.tables.interface import Derived, Deriver, Known
from wiretell.gateway.tables.reduce import Parts, Placed, parts_of
from wiretell.marks.registry import SCHEMES
from wiretell.marks.survey import survey
from wiretell.model.marks import Certainty

MOST_HASHES: Final = 8
MOST_PROMPT: Final = 32_768
"""Characters of `prompt`; of a longer one beginning and end are kept."""
_REMEMBERED: Final = 4_000
"""Blocks that are remembered by their hash, some 600 bytes each, beside those of the last bodies."""
_TOLD: Final = frozenset({Certainty.CERTAIN, Certainty.LIKELY})
_DEFERRED: Final = b"available-deferred-tools"
_DEFERRED_WITHIN: Final = 256
_RESULTS_APART: Final = frozenset({"openai-chat", "openai-responses"})
"""Protocols in which the result of a tool is a message of its own."""
_FILLER: Final = {
    "messages": b'{"role":"user","content":"-"},',
    "input": b'{"role":"user","content":"-"},',
    "contents": b'{"role":"user","parts":[{"text":"-"}]},',
}
"""Stands before a message that is not the user's first, when it is read for marks alone."""


@dataclass(slots=True)
class _Block:
    """What is known of a block."""

    digest: bytes
    kind: Kind
    is_first: bool
    """Whether it is a message that can be the user's first: where the date line stands."""
    marks: dict[tuple[str, bool, str], tuple[str, ...]] = field(default_factory=dict)
    """By member, whether it is the user's first message, and version of the client."""


@dataclass(frozen=True, slots=True)
class _Notes:
    """Of a body that was read."""

    protocol: str
    version: str
    parts: Parts[_Block]
    first: int | None
    """Number of the user's first message."""
    told: dict[int, tuple[str, ...]]
    """Marks of messages that have some, by number."""
    head: bytes
    """What the hashes of `prefixes` begin with."""
    prefixes: dict[int, str]
    """By number of messages after the system part."""


class BodyDeriver(Deriver):
    """Derives columns, and remembers blocks. Not for several threads."""

    def __init__(self, key: bytes = b"", remembered: int = _REMEMBERED) -> None:
        """Take a key for all hashes (at most 64 bytes; empty: none), and how many blocks to remember."""
        self._key = key
        self._room = remembered
        self._blocks: OrderedDict[bytes, _Block] = OrderedDict()
        self._min_hash = importlib.import_module("rensa").RMinHash
        self._schemes = tuple(scheme.name for scheme in SCHEMES)

    def derive(self, protocol: str, version: str, body: bytes, known: Known) -> tuple[Derived, _Notes] | None:
        """Return the columns of a request's body, and notes for the next of its conversation."""
        notes = known.notes if isinstance(known.notes, _Notes) and known.notes.protocol == protocol else None
        parts = parts_of(protocol, body, self._block, notes.parts if notes else None, known.front, known.back)
        if parts is None:
            return None
        same = parts.same if notes and notes.version == version else 0
        systems = self._systems(parts)
        head = self._head(parts, systems)
        prefixes = dict(self._prefixes(parts, systems, head, notes, same))
        first = _first_of_user(parts, systems)
        told = dict(self._told(parts, body, first, version, known, notes, same))
        last = _last(protocol, parts, body)
        own = template.own_text(last.texts)
        others = self._others(parts, body, version, known)
        derived = Derived(
            system_hash=self._hash(_joined(parts, systems)) if parts.system or systems else None,
            prefix_blocks=tuple(prefixes.values()),
            template=template.bands(own, self._min_hash, self._key),
            prompt=_bounded("\n".join(last.texts)) if own else None,
            tool_results=last.tool_results,
            marks=tuple(dict.fromkeys((*others, *(mark for each in told.values() for mark in each)))),
        )
        return derived, _Notes(protocol, version, parts, first, told, head, prefixes)

    # ---------------------------------------------------------------- blocks

    def _block(self, data: bytes) -> _Block:
        name = blake2b(data, digest_size=16, key=self._key).digest()
        known = self._blocks.get(name)
        if known is not None:
            self._blocks.move_to_end(name)
            return known
        kind, spelled = kind_of(data), plain(data)
        digest = name if spelled is data else blake2b(spelled, digest_size=16, key=self._key).digest()
        made = _Block(digest, kind, kind.is_users and _DEFERRED not in data[:_DEFERRED_WITHIN])
        self._blocks[name] = made
        if len(self._blocks) > self._room:
            self._blocks.popitem(last=False)
        return made

    def _hash(self, data: bytes) -> str:
        return blake2b(data, digest_size=8, key=self._key).hexdigest()

    def _systems(self, parts: Parts[_Block]) -> int:
        """Return how many of the messages are the system part."""
        if parts.system_name != parts.list_name:
            return 0
        return sum(1 for _ in takewhile(lambda placed: placed.block.kind.is_system, parts.messages))

    def _head(self, parts: Parts[_Block], systems: int) -> bytes:
        system = _joined(parts, systems)
        tools = b"".join(placed.block.digest for placed in parts.tools)
        return b"%d,%d;" % (len(system), len(tools)) + system + tools if system or tools else b""

    def _prefixes(
        self, parts: Parts[_Block], systems: int, head: bytes, notes: _Notes | None, same: int
    ) -> Iterator[tuple[int, str]]:
        known = notes.prefixes if notes and notes.head == head else {}
        digests = b"".join([placed.block.digest for placed in parts.messages[systems:]])
        for length in positions(len(parts.messages) - systems, has_head=bool(head)):
            told = known.get(length) if length <= same - systems else None
            yield length, told or self._hash((head or b"0,0;") + digests[: length * 16])

    # ---------------------------------------------------------------- marks

    def _others(self, parts: Parts[_Block], body: bytes, version: str, known: Known) -> Iterator[str]:
        """Go through `scheme:state` of system part and tools."""
        for placed in parts.system:
            yield from self._marks_of(placed, body, parts.system_name, False, version, known)
        for placed in parts.tools:
            yield from self._marks_of(placed, body, "tools", False, version, known)

    def _told(
        self, parts: Parts[_Block], body: bytes, first: int | None, version: str, known: Known, notes: _Notes | None,
        same: int,
    ) -> Iterator[tuple[int, tuple[str, ...]]]:  # fmt: skip
        """Go through the marks of messages, by their numbers; of the first `same` they are in the notes."""
        if notes is None or notes.first != first:
            same = 0
        elif notes.told:
            yield from ((number, told) for number, told in notes.told.items() if number < same)
        for number in range(same, len(parts.messages)):
            placed = parts.messages[number]
            if told := self._marks_of(placed, body, parts.list_name, number == first, version, known):
                yield number, told

    def _marks_of(
        self, placed: Placed[_Block], body: bytes, member: str, is_first: bool, version: str, known: Known
    ) -> tuple[str, ...]:
        told = placed.block.marks.get((member, is_first, version))
        if told is None:
            # A block that is known to the log and forgotten here was read for everything when it came.
            schemes = self._schemes if placed.end <= known.new_from else None
            data = _document(body[placed.start : placed.end], member, is_first)
            told = _read(data, schemes, version) if _has_signs(data) else ()
            placed.block.marks[member, is_first, version] = told
        return told


def _has_signs(data: bytes) -> bool:
    """Whether anything stands in a text that a scheme or a detector starts from."""
    seen = survey(data)
    return seen.escapes or bool(seen.blanks or seen.characters or seen.date_lines)


def _read(data: bytes, schemes: Sequence[str] | None, version: str) -> tuple[str, ...]:
    reading = marks.read(data, schemes=schemes, form="json", version=version)
    return tuple(f"{mark.scheme}:{mark.state}" for mark in reading.marks if mark.certainty in _TOLD)


def _joined(parts: Parts[_Block], systems: int) -> bytes:
    return b"".join(placed.block.digest for placed in (*parts.system, *parts.messages[:systems]))


def _first_of_user(parts: Parts[_Block], systems: int) -> int | None:
    messages = parts.messages
    return next((number for number in range(systems, len(messages)) if messages[number].block.is_first), None)


def _last(protocol: str, parts: Parts[_Block], body: bytes) -> LastMessage:
    """Read the last message, and count the results of tools that are messages of their own, at the end."""
    if not parts.messages:
        return LastMessage()
    placed = parts.messages[-1]
    last = last_message(protocol, body[placed.start : placed.end])
    results = takewhile(lambda placed: placed.block.kind.is_result, reversed(parts.messages))
    count = sum(1 for _ in results) if protocol in _RESULTS_APART else 0
    return LastMessage(last.texts, last.tool_results + count)


def _document(data: bytes, member: str, is_first: bool) -> bytes:
    """Return a request that holds one block alone, where it stands."""
    if member in _FILLER and not data.startswith(b'"'):
        data = b"[%b%b]" % (b"" if is_first else _FILLER[member], data)
    return b'{"%b":%b}' % (member.encode(), data)


def positions(messages: int, *, has_head: bool) -> Sequence[int]:
    """Return the numbers of messages that prefixes end after: none (system part and tools alone), 1, 2, 4, 8 ...

    At most `MOST_HASHES`: the first two and the longest ones. They do not depend on how long the conversation is, so
    that requests of one conversation share them.
    """
    every = [0] if has_head else []
    every += [1 << power for power in range(messages.bit_length())]
    return every if len(every) <= MOST_HASHES else [*every[:2], *every[2 - MOST_HASHES :]]


def _bounded(text: str) -> str:
    if len(text) <= MOST_PROMPT:
        return text
    half = MOST_PROMPT // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters ...]\n{text[-half:]}"
