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

from wiretell.gateway.tables import reading, template
from wiretell.gateway.tables.blocks import Kind, LastMessage, kind_of, last_message, plain
from wiretell.gateway.tables.interface import Derived, Deriver, Known
from wiretell.gateway.tables.reading import Unread
from wiretell.gateway.tables.reduce import Parts, Placed, TooManyPartsError, parts_of
from wiretell.marks.registry import SCHEMES

MOST_HASHES: Final = 8
MOST_PROMPT: Final = 32_768
"""Characters of `prompt`; of a longer one beginning and end are kept."""
_REMEMBERED: Final = 4_000
"""Blocks that are remembered by their hash, some 600 bytes each, beside those of the last bodies."""
_MOST_TEXT: Final = 1 << 17
"""Characters of a text that are looked at for `prompt` and `template`, at its beginning and as many at its end."""
_MOST_NEW: Final = 16 << 20
"""Bytes that a request may bring to be taken apart."""
_COARSE: Final = "The request is too large, or has too many parts, to be told apart: only its marks were looked for."
_DEFERRED: Final = b"available-deferred-tools"
_DEFERRED_WITHIN: Final = 256
_RESULTS_APART: Final = frozenset({"openai-chat", "openai-responses"})
"""Protocols in which the result of a tool is a message of its own."""


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

    def derive(self, protocol: str, version: str, body: bytes, known: Known) -> tuple[Derived, _Notes | None] | None:
        """Return the columns of a request's body, and notes for the next of its conversation.

        What that costs is bounded, whatever the body is; `Derived.warnings` says what was left out.
        """
        notes = known.notes if isinstance(known.notes, _Notes) and known.notes.protocol == protocol else None
        if len(body) - known.front - known.back > _MOST_NEW:
            return self._coarse(body, version, known), None
        try:
            parts = parts_of(protocol, body, self._block, notes.parts if notes else None, known.front, known.back)
        except TooManyPartsError:
            return self._coarse(body, version, known), None
        if parts is None:
            return None
        same = parts.same if notes and notes.version == version else 0
        systems = self._systems(parts)
        head = self._head(parts, systems)
        prefixes = dict(self._prefixes(parts, systems, head, notes, same))
        first = _first_of_user(parts, systems)
        if notes is None or notes.first != first:
            same = 0
        warnings = self._look(parts, body, first, version, known, same)
        told = dict(self._told(parts, first, version, notes, same))
        last = _last(protocol, parts, body)
        texts = tuple(map(_ends, last.texts))
        own = template.own_text(texts)
        others = self._others(parts, version)
        derived = Derived(
            system_hash=self._hash(_joined(parts, systems)) if parts.system or systems else None,
            prefix_blocks=tuple(prefixes.values()),
            template=template.bands(own, self._min_hash, self._key),
            prompt=_bounded("\n".join(texts)) if own else None,
            tool_results=last.tool_results,
            marks=tuple(dict.fromkeys((*others, *(mark for each in told.values() for mark in each)))),
            warnings=warnings,
        )
        return derived, _Notes(protocol, version, parts, first, told, head, prefixes)

    def _coarse(self, body: bytes, version: str, known: Known) -> Derived:
        """Tell what can be told of a body with too many parts: marks of its beginning and its end."""
        start = min(known.front, len(body))
        found = reading.read(body, [Unread(start, len(body), "messages", False, None)], version)
        warnings = (_COARSE, *_passed_over(found.bytes, len(body) - start))
        return Derived(marks=tuple(dict.fromkeys(mark for each in found.told for mark in each)), warnings=warnings)

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

    def _look(
        self, parts: Parts[_Block], body: bytes, first: int | None, version: str, known: Known, same: int
    ) -> tuple[str, ...]:
        """Read the blocks that nobody has read; return a warning where some of them were passed over."""
        blocks: list[tuple[_Block, tuple[str, bool, str]]] = []
        unread: list[Unread] = []
        for placed, member, is_first in _in_order_of_worth(parts, first, same):
            name = member, is_first, version
            if name in placed.block.marks:
                continue
            placed.block.marks[name] = ()
            blocks.append((placed.block, name))
            # A block that is known to the log and forgotten here was read for everything when it came.
            schemes = self._schemes if placed.end <= known.new_from else None
            unread.append(Unread(placed.start, placed.end, member, is_first, schemes))
        found = reading.read(body, unread, version)
        for (block, name), told in zip(blocks, found.told, strict=True):
            block.marks[name] = told
        return _passed_over(found.bytes, sum(part.end - part.start for part in unread))

    def _others(self, parts: Parts[_Block], version: str) -> Iterator[str]:
        """Go through `scheme:state` of system part and tools."""
        for member, several in ((parts.system_name, parts.system), ("tools", parts.tools)):
            for placed in several:
                yield from placed.block.marks[member, False, version]

    def _told(
        self, parts: Parts[_Block], first: int | None, version: str, notes: _Notes | None, same: int
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Go through the marks of messages, by their numbers; of the first `same` they are in the notes."""
        if notes is not None and same:
            yield from ((number, told) for number, told in notes.told.items() if number < same)
        for number in range(same, len(parts.messages)):
            if told := parts.messages[number].block.marks[parts.list_name, number == first, version]:
                yield number, told


def _in_order_of_worth(
    parts: Parts[_Block], first: int | None, same: int
) -> Iterator[tuple[Placed[_Block], str, bool]]:
    """Go through a body's parts: the message with the date line first, the newest ones last."""
    messages = parts.messages
    if first is not None and first >= same:
        yield messages[first], parts.list_name, True
    yield from ((placed, parts.system_name, False) for placed in parts.system)
    yield from ((placed, "tools", False) for placed in parts.tools)
    yield from ((messages[n], parts.list_name, False) for n in range(same, len(messages)) if n != first)


def _passed_over(read: int, there: int) -> tuple[str, ...]:
    if read >= there:
        return ()
    return (f"Marks were looked for in the first and last {read:,} of {there:,} new bytes.",)


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


def positions(messages: int, *, has_head: bool) -> Sequence[int]:
    """Return the numbers of messages that prefixes end after: none (system part and tools alone), 1, 2, 4, 8 ...

    At most `MOST_HASHES`: the first two and the longest ones. They do not depend on how long the conversation is, so
    that requests of one conversation share them.
    """
    every = [0] if has_head else []
    every += [1 << power for power in range(messages.bit_length())]
    return every if len(every) <= MOST_HASHES else [*every[:2], *every[2 - MOST_HASHES :]]


def _ends(text: str) -> str:
    """Return a text, or beginning and end of one that nobody wrote by hand."""
    return text if len(text) <= 2 * _MOST_TEXT else f"{text[:_MOST_TEXT]}\n{text[-_MOST_TEXT:]}"


def _bounded(text: str) -> str:
    if len(text) <= MOST_PROMPT:
        return text
    half = MOST_PROMPT // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters ...]\n{text[-half:]}"
