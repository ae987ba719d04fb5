"""Takes a body apart by reading only what its conversation's last one did not have. Pure.

Every part that both bodies have, by their common beginning and end, is replaced by a short word that no client can
know, and what is left is parsed. Where each word comes out as a part of its kind, the body has that part there: in JSON
a value can stand wherever another one can. Where one does not (a beginning that turned a known end into a string, two
members of one name), the whole body is parsed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Final, Generic, NamedTuple, TypeVar

from wiretell.gateway.tables.blocks import Request, request_of
from wiretell.gateway.tables.few import MOST, is_few

Block = TypeVar("Block")
Make = Callable[[bytes], Block]


class TooManyPartsError(Exception):
    """A body is not taken apart: it has more parts than any conversation has."""


class Placed(NamedTuple, Generic[Block]):
    """A part of a body."""

    start: int
    """In bytes."""
    end: int
    block: Block


@dataclass(frozen=True, slots=True)
class Parts(Generic[Block]):
    """A body taken apart."""

    length: int
    """Of the body, in bytes."""
    list_name: str
    system_name: str
    is_bare: bool
    """Whether system part or messages are no list, but one text."""
    system: list[Placed[Block]]
    tools: list[Placed[Block]]
    """One at most."""
    messages: list[Placed[Block]]
    same: int = 0
    """How many of the first messages are those of the body before."""


class _Word(NamedTuple, Generic[Block]):
    """Stands for neighbouring parts."""

    start: int
    end: int
    word: bytes
    parts: list[Placed[Block]]
    member: str
    """`system`, `tools`, `messages`; `first` of the first messages of both bodies."""


_NONCE: Final = secrets.token_hex(8).encode()
_WORTH: Final = 4096
"""Bytes that bodies have in common from which on this is quicker than to parse all."""
_SHORT: Final = 64
"""Bytes of a system block or of tools that stay as they are."""


def parts_of(
    protocol: str, body: bytes, make: Make[Block], before: Parts[Block] | None, front: int, back: int
) -> Parts[Block] | None:
    """Take a body apart; None of one that is not of its protocol.

    :raises TooManyPartsError: of one with more parts than any conversation has.

    `make` is called with each new part; `before`: the body before, which has `front` bytes at its beginning and `back`
    at its end in common with this one.
    """
    if (
        before is not None
        and front + back > _WORTH
        and (words := _words(before, len(body) - before.length, front, back))
    ):
        found = _request(protocol, _reduced(body, words))
        if found is not None and found.is_bare == before.is_bare:
            parts = _placed(body, found, words, make)
            if parts is not None:
                return parts
    found = _request(protocol, body)
    return _placed(body, found, [], make) if found is not None else None


def _request(protocol: str, body: bytes) -> Request | None:
    if not is_few(body):
        raise TooManyPartsError
    found = request_of(protocol, body)
    if found is not None and len(found.messages) + len(found.system) > MOST:
        raise TooManyPartsError
    return found


def _words(before: Parts[Block], moved: int, front: int, back: int) -> list[_Word[Block]]:
    """Return what both bodies have, in the order in which it stands; nothing where parts overlap."""
    end = before.length - back
    runs: list[tuple[list[Placed[Block]], str]] = []
    for member, parts in (("system", before.system), ("tools", before.tools)):
        for part in parts:
            if part.end - part.start > _SHORT and part.end <= front:
                runs.append(([part], member))
            elif part.end - part.start > _SHORT and part.start >= end:
                runs.append(([_shifted(part, moved)], member))
    messages = before.messages
    first = _count(messages, front)
    later = next((n for n in range(first, len(messages)) if messages[n].start >= end), len(messages))
    runs += [(messages[:first], "first"), ([_shifted(part, moved) for part in messages[later:]], "messages")]
    words = [
        _Word(parts[0].start, parts[-1].end, b'"%b.%d"' % (_NONCE, number), parts, member)
        for number, (parts, member) in enumerate(runs)
        if parts
    ]
    words.sort(key=itemgetter(0))
    return [] if any(one.end > other.start for one, other in pairwise(words)) else words


def _count(messages: Sequence[Placed[Block]], front: int) -> int:
    """Return how many messages end within the common beginning."""
    low, high = 0, len(messages)
    while low < high:
        middle = (low + high) // 2
        if messages[middle].end <= front:
            low = middle + 1
        else:
            high = middle
    return low


def _shifted(part: Placed[Block], moved: int) -> Placed[Block]:
    return Placed(part.start + moved, part.end + moved, part.block)


def _reduced(body: bytes, words: Sequence[_Word[Block]]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for word in words:
        pieces += (body[at : word.start], word.word)
        at = word.end
    return b"".join((*pieces, body[at:]))


def _placed(body: bytes, found: Request, words: Sequence[_Word[Block]], make: Make[Block]) -> Parts[Block] | None:
    """Return the parts of a body, words undone; None where a word did not come out as what it stands for."""
    known = {word.word: word for word in words}
    tools = (found.tools,) if found.tools else ()
    out = [
        word.member == member or (word.member, member) == ("first", "messages")
        for member, parts in (("system", found.system), ("tools", tools), ("messages", found.messages))
        for part in parts
        if (word := known.get(part)) is not None
    ]
    if len(out) != len(words) or not all(out):
        return None
    begins = known.get(found.messages[0]) if found.messages else None
    return Parts(
        len(body), found.list_name, found.system_name, found.is_bare,
        _each(body, found.system, known, make),
        _each(body, tools, known, make),
        _each(body, found.messages, known, make),
        len(begins.parts) if begins is not None and begins.member == "first" else 0,
    )  # fmt: skip


def _each(
    body: bytes, given: Sequence[bytes], known: dict[bytes, _Word[Block]], make: Make[Block]
) -> list[Placed[Block]]:
    found: list[Placed[Block]] = []
    at = 0
    for data in given:
        if (word := known.get(data)) is not None:
            found += word.parts
            at = word.end
        else:
            start = max(body.find(data, at), 0)
            at = start + len(data)
            found.append(Placed(start, at, make(data)))
    return found
