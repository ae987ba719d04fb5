"""What the payloads of frames hold, and how it is compressed and sealed. Pure.

A payload is a `Payload` in MessagePack: what stands in the clear, and `sealed`, an `OpeningRecord`, `PartRecord` or
`EndRecord` in MessagePack, compressed by zstd with the dictionary beside this file, and encrypted by AES-256-GCM. What
is sealed is bound to its kind, its exchange and its part, so that it cannot be passed off as another; where it stands
among the others is bound by the chain.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib import resources
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import msgspec
import zstandard

from wiretell.errors import FormatError
from wiretell.gateway.log.frames import Kind
from wiretell.gateway.log.keys import UserKey
from wiretell.gateway.log.redaction import Span
from wiretell.model.exchange import LedgerEntry, Row

END_PART: Final = -1
"""`Payload.part` of an end."""
_LEVEL: Final = 3
_MOST: Final = 1 << 30
"""No record is larger unpacked: bodies are bounded by the gateway."""
_NAMES: Final = tuple(field.name for field in fields(Row))
_values = attrgetter(*_NAMES)
COLUMN: Final[Mapping[str, int]] = MappingProxyType({name: number for number, name in enumerate(_NAMES)})
"""Where a column stands among a row's values."""
_ID_BYTES: Final = 16
_BOUND: Final = struct.Struct("<Bi")


class Payload(msgspec.Struct, frozen=True, array_like=True):
    """The clear part of a frame."""

    exchange: bytes
    """The 16 bytes of its UUID."""
    scope: int
    """Number of the key that sealed it."""
    part: int
    """0: the opening; 1, 2 ...: pieces of the response; -1: the end."""
    opened: str
    """Day of the opening, `YYYY-MM-DD`; empty where there is none."""
    first: int
    """Ordinal of the first block in it, counted by user and day."""
    count: int
    """How many blocks it brings."""
    sealed: bytes


class BodyRecord(msgspec.Struct, frozen=True, array_like=True):
    """A body by its blocks."""

    length: int
    """In bytes, content coding undone."""
    runs: list[int]
    """Pairs: ordinal of a block, and how many consecutive ones."""
    day: str
    """Of the blocks; `YYYY-MM-DD`."""
    coding: str = ""
    """The content coding it came with."""
    recode: str = ""
    """How the bytes on the wire are made of the blocks: empty (they are the same), a name in `coding.RECODERS`, `wire`
    (they are stored beside them), or `lost` (they held a secret)."""


class Pack(msgspec.Struct, frozen=True, array_like=True):
    """New blocks, one after another in `data`."""

    lengths: list[int]
    spans: list[tuple[int, Span]]
    """Redacted places: index of the block in the pack, and the place in the block."""
    data: bytes


EMPTY: Final = Pack([], [], b"")


class OpeningRecord(msgspec.Struct, frozen=True, array_like=True):
    """A request."""

    row: list[Any]
    head: bytes
    head_spans: list[Span]
    body: BodyRecord
    pack: Pack
    wire: bytes = b""
    """The body as it came, where it cannot be made of its blocks."""


class PartRecord(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a response's body, as it went to the client."""

    offset: int
    """In the body, in bytes."""
    data: bytes
    spans: list[Span]
    """In `data`."""


class Edit(msgspec.Struct, frozen=True, array_like=True):
    """A ledger entry; texts as bytes, since they need be no UTF-8."""

    path: str | None
    offset: int
    before: bytes
    after: bytes
    rule: str


class EndRecord(msgspec.Struct, frozen=True, array_like=True):
    """An exchange's end."""

    row: dict[int, Any]
    """Column number -> value, where it is another than in the opening; without an opening, all."""
    response_head: bytes
    response_head_spans: list[Span]
    response: PartRecord
    """What came after the parts."""
    response_coding: str
    sent_head: list[int | bytes]
    """Lines; a number is the line of the request's head that is the same."""
    sent_head_spans: list[Span]
    edits: list[Edit]
    sent: BodyRecord | None
    """Only of a body that was made anew."""
    pack: Pack
    upstream: PartRecord | None
    """The upstream's body, only where the client got another."""
    lost: bool = False
    """The response held a secret and a content coding: it is stored without the coding."""


def row_values(row: Row) -> list[Any]:
    """Return a row's columns in their order."""
    return list(_values(row))


def row_from(values: list[Any]) -> Row:
    """Make a row of its columns; those that a later version knows are left out, those it lacks are default."""
    given: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in zip(_NAMES, values, strict=False)
    }
    return Row(**given)


def changed(values: list[Any], before: list[Any] | None) -> dict[int, Any]:
    """Return the columns that are not as before."""
    if before is None:
        return dict(enumerate(values))
    return {n: value for n, value in enumerate(values) if n >= len(before) or value != before[n]}


def merged(before: list[Any], change: dict[int, Any]) -> list[Any]:
    """Undo `changed`."""
    values = before + [None] * (max(change, default=-1) + 1 - len(before))
    for number, value in change.items():
        values[number] = value
    return values


def fold(head: bytes, other: bytes) -> list[int | bytes]:
    """Return a head as lines, a number for each that `other` has too."""
    known = {line: number for number, line in enumerate(other.split(b"\r\n"))}
    return [known.get(line, line) for line in head.split(b"\r\n")] if head else []


def unfold(lines: list[int | bytes], other: bytes) -> bytes:
    """Undo `fold`. :raises FormatError: if `other` is another head."""
    known = other.split(b"\r\n")
    try:
        return b"\r\n".join(known[line] if isinstance(line, int) else line for line in lines)
    except IndexError:
        raise FormatError("a stored head names a line that its request does not have; the store is damaged.") from None


def edit_from(entry: LedgerEntry) -> Edit:
    """Return a ledger entry as it is stored."""
    before, after = (text.encode("utf-8", "surrogateescape") for text in (entry.before, entry.after))
    return Edit(entry.path, entry.offset, before, after, entry.rule)


def edit_to(edit: Edit, exchange_id: str) -> LedgerEntry:
    """Undo `edit_from`."""
    before, after = (text.decode("utf-8", "surrogateescape") for text in (edit.before, edit.after))
    return LedgerEntry(exchange_id, edit.path, edit.offset, before, after, edit.rule)


def sealed(record: msgspec.Struct, kind: Kind, exchange: bytes, part: int, key: UserKey) -> bytes:
    """Return a record as it stands in `Payload.sealed`."""
    packed = _packer().compress(msgspec.msgpack.encode(record))
    return key.seal(packed, _BOUND.pack(kind, part) + exchange)


def unsealed(payload: Payload, kind: int, key: UserKey) -> bytes:
    """Return a record's MessagePack. :raises: InvalidTag, zstandard.ZstdError: if it was changed."""
    packed = key.open(payload.sealed, _BOUND.pack(kind, payload.part) + payload.exchange)
    unpacker = zstandard.ZstdDecompressor(dict_data=_dictionary())
    return unpacker.decompress(packed, max_output_size=_MOST)


def exchange_bytes(exchange_id: str) -> bytes:
    """Return an exchange's UUID as 16 bytes. :raises FormatError: if it is none."""
    try:
        found = bytes.fromhex(exchange_id.replace("-", ""))
        return found if len(found) == _ID_BYTES else uuid.UUID(exchange_id).bytes
    except ValueError:
        raise FormatError(f"{exchange_id!r} is no exchange's id; they look like {uuid.UUID(int=0)}.") from None


@cache
def _packer() -> zstandard.ZstdCompressor:
    """Only the writer packs, and in one thread."""
    return zstandard.ZstdCompressor(level=_LEVEL, dict_data=_dictionary())


@cache
def _dictionary() -> zstandard.ZstdCompressionDict:
    data = resources.files(__package__).joinpath("dictionary-1.txt").read_bytes()
    return zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
