"""Columns that the bodies tell. An agent re-sends its whole history each turn, so what was learnt of a block is kept:
a turn costs one pass over its body and a look at what is new.

- `system_hash`: of the system part. `prefix_blocks`: of the first 0, 1, 2, 4, 8 ... messages with all before them
  (system part, tools), so that requests of one conversation share them, whatever account they come from.
- `template`: band hashes of the user's own text; `prompt`: the last message, where the user wrote in it.
- `marks`: of every block that is new, and of every one that is remembered.
"""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

from wiretell import marks
from wiretell.gateway.tables import template
from wiretell.gateway.tables.blocks import Request, last_message, plain, request_of, role_of
from wiretell.gateway.tables.interface import Deriver
from wiretell.marks.registry import SCHEMES
from wiretell.model.exchange import Row
from wiretell.model.marks import Certainty

MOST_HASHES: Final = 8
MOST_PROMPT: Final = 32_768
"""Characters of `prompt`; of a longer one beginning and end are kept."""
_REMEMBERED: Final = 24 << 20
"""Bytes of blocks that are remembered."""
_BLOCK_COST: Final = 400
"""Bytes that a remembered block costs beside its own."""
_TOLD: Final = frozenset({Certainty.CERTAIN, Certainty.LIKELY})
_DEFERRED: Final = b"available-deferred-tools"
_DEFERRED_WITHIN: Final = 256
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
    is_users: bool
    """Whether it is a message that can be the user's first: where the date line stands."""
    marks: dict[tuple[str, bool, str], tuple[str, ...]] = field(default_factory=dict)
    """By member, whether it is the user's first message, and version of the client."""


class BodyDeriver(Deriver):
    """Derives columns, and remembers blocks. Not for several threads."""

    def __init__(self, key: bytes = b"", remembered: int = _REMEMBERED) -> None:
        """Take a key for all hashes (at most 64 bytes; empty: none), and how many bytes of blocks to remember."""
        self._key = key
        self._room = remembered
        self._blocks: OrderedDict[bytes, _Block] = OrderedDict()
        self._min_hash = importlib.import_module("rensa").RMinHash
        self._schemes = tuple(scheme.name for scheme in SCHEMES)

    def derive(self, row: Row, request_body: bytes, response_body: bytes, new_from: int = 0) -> Row:  # noqa: ARG002
        """Return the row with what its bodies tell. Of the response nothing is needed: the door has read it."""
        found = request_of(row.protocol, request_body)
        if found is None:
            return row
        last = last_message(row.protocol, found)
        system = b"".join(self._block(each).digest for each in found.system)
        own = template.own_text(last.texts)
        return replace(
            row,
            system_hash=self._hash(system) if system else None,
            prefix_blocks=tuple(self._prefixes(found, system)),
            template=template.bands(own, self._min_hash, self._key),
            prompt=_bounded("\n".join(last.texts)) if own else None,
            tool_results=last.tool_results,
            marks=tuple(dict.fromkeys((*row.marks, *self._marks(found, row, request_body[:new_from])))),
        )

    # ---------------------------------------------------------------- blocks

    def _block(self, data: bytes) -> _Block:
        known = self._blocks.get(data)
        if known is not None:
            self._blocks.move_to_end(data)
            return known
        digest = blake2b(plain(data), digest_size=16, key=self._key).digest()
        made = _Block(digest, _DEFERRED not in data[:_DEFERRED_WITHIN] and role_of(data) == "user")
        self._blocks[data] = made
        self._room -= len(data) + _BLOCK_COST
        while self._room < 0 and len(self._blocks) > 1:
            forgotten, _block = self._blocks.popitem(last=False)
            self._room += len(forgotten) + _BLOCK_COST
        return made

    def _hash(self, data: bytes) -> str:
        return blake2b(data, digest_size=8, key=self._key).hexdigest()

    def _prefixes(self, found: Request, system: bytes) -> Iterator[str]:
        tools = self._block(found.tools).digest if found.tools else b""
        head = b"%d,%d;" % (len(system), len(tools)) + system + tools
        digests = [self._block(each).digest for each in found.messages]
        for length in positions(len(digests), has_head=bool(system or tools)):
            yield self._hash(head + b"".join(digests[:length]))

    # ---------------------------------------------------------------- marks

    def _marks(self, found: Request, row: Row, known: bytes) -> Iterator[str]:
        """Go through `scheme:state` of the blocks. `known`: the part of the body that is not new."""
        version = row.client_version
        for block in found.system:
            yield from self._marks_of(block, found.system_name, False, version, known)
        if found.tools:
            yield from self._marks_of(found.tools, "tools", False, version, known)
        first = self._first_of_user(found)
        for at, message in enumerate(found.messages):
            yield from self._marks_of(message, found.list_name, at == first, version, known)

    def _first_of_user(self, found: Request) -> int | None:
        users = (at for at, each in enumerate(found.messages) if each.startswith(b'"') or self._block(each).is_users)
        return next(users, None)

    def _marks_of(self, data: bytes, member: str, is_first: bool, version: str, known: bytes) -> tuple[str, ...]:
        block = self._block(data)
        told = block.marks.get((member, is_first, version))
        if told is None:
            # A block that is known to the log and forgotten here was read for everything when it came.
            schemes = self._schemes if known and data in known else None
            reading = marks.read(_document(data, member, is_first), schemes=schemes, form="json", version=version)
            told = tuple(f"{mark.scheme}:{mark.state}" for mark in reading.marks if mark.certainty in _TOLD)
            block.marks[member, is_first, version] = told
        return told


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
