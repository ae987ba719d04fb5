"""What door and writer say to each other: messages over a stream socket. Pure.

    kind u8 | blobs u8 | zero u16 | length of meta u32 | sequence number u64 | length u32 of each blob | meta | blobs

`meta` is MessagePack; blobs are bodies and heads, never copied into it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any, Final

import msgspec

from wiretell.gateway.log.records import Edit

_LEAST_BYTES: Final = 1 << 20
"""Of a buffer."""
_MOST_KEPT_BYTES: Final = 4 << 20
"""A buffer that a large message made larger becomes small again."""
_PREFIX: Final = struct.Struct("<BBHIQ")


class Say(IntEnum):
    """What a message is."""

    HELLO = 1
    OPENING = 2
    PART = 3
    END = 4
    PROBE = 5
    """Try whether anything can be written now."""
    STOP = 6
    READY = 7
    DONE = 8
    REFUSED = 9
    """The writer cannot start; `meta` is a `Refused`."""


class Hello(msgspec.Struct, array_like=True):
    """Door to writer, first."""

    folder: str
    sync: bool
    retention_days: int | None
    redact: list[tuple[str, str]]
    redact_builtin: bool
    open: list[bytes]
    """Exchanges that the door still has open: of a writer that was started again."""


class Ready(msgspec.Struct, array_like=True):
    """Writer to door: it can write."""

    head: str
    unfinished: list[list[Any]]
    """Rows of exchanges whose gateway ended before them."""
    notes: list[str]
    """What was found and mended, one sentence each."""


class Refused(msgspec.Struct, array_like=True):
    """Writer to door: it cannot."""

    reason: str
    in_use: bool


class Stop(msgspec.Struct, array_like=True):
    """Door to writer, last."""

    open: list[bytes]
    """Exchanges whose ends the door could only spill: they stay open for the next start."""


class OpeningMeta(msgspec.Struct, array_like=True):
    """Blobs: head, body."""

    row: list[Any]
    coding: str


class PartMeta(msgspec.Struct, array_like=True):
    """Blob: data."""

    exchange: bytes
    offset: int


class EndMeta(msgspec.Struct, array_like=True):
    """Blobs: response head, sent head, sent body, upstream's body."""

    row: list[Any]
    begun: bool
    """Whether an opening was sent before it."""
    edits: list[Edit]
    has_sent: bool
    has_upstream: bool


class Done(msgspec.Struct, array_like=True):
    """Writer to door: what became of messages."""

    written: list[int]
    failed: list[int]
    reason: str
    """Why nothing can be written now; empty while it can."""
    head: str
    recorded: int


class Message(msgspec.Struct, frozen=True):
    """One message."""

    say: int
    seq: int
    meta: bytes
    blobs: tuple[bytes, ...] = ()


def message(say: Say, seq: int, meta: msgspec.Struct | None, blobs: Sequence[bytes] = ()) -> Message:
    """Make a message."""
    return Message(say, seq, msgspec.msgpack.encode(meta) if meta is not None else b"", tuple(blobs))


def pieces(sent: Message) -> list[bytes]:
    """Return a message as the pieces to send; blobs are not copied."""
    lengths = struct.pack(f"<{len(sent.blobs)}I", *map(len, sent.blobs))
    prefix = _PREFIX.pack(sent.say, len(sent.blobs), 0, len(sent.meta), sent.seq)
    return [prefix + lengths + sent.meta, *filter(None, sent.blobs)]


def encoded(say: Say, seq: int, meta: msgspec.Struct | None, blobs: Sequence[bytes] = ()) -> list[bytes]:
    """Return a message as the pieces to send."""
    return pieces(message(say, seq, meta, blobs))


class Splitter:
    """Makes messages of a stream of bytes, which may be received straight into it."""

    def __init__(self) -> None:
        """Begin."""
        self._buffer = bytearray(_LEAST_BYTES)
        self._filled = 0

    def space(self) -> memoryview:
        """Return where more of the stream may be written, to be told by `filled` before anything else."""
        if len(self._buffer) - self._filled < _LEAST_BYTES // 2:
            self._buffer.extend(bytes(len(self._buffer)))
        return memoryview(self._buffer)[self._filled :]

    def filled(self, size: int) -> None:
        """Tell how much was written."""
        self._filled += size

    def feed(self, data: bytes | memoryview) -> None:
        """Take more of the stream."""
        at = 0
        while at < len(data):
            with self.space() as space:
                size = min(len(space), len(data) - at)
                space[:size] = data[at : at + size]
            self.filled(size)
            at += size

    def messages(self) -> Iterator[Message]:
        """Yield what has come whole."""
        at = 0
        with memoryview(self._buffer) as whole, whole[: self._filled] as data:
            while (found := _message(data, at)) is not None:
                message, at = found
                yield message
        rest = self._filled - at
        if at:
            self._buffer[:rest] = self._buffer[at : self._filled]
            self._filled = rest
        if len(self._buffer) > _MOST_KEPT_BYTES and rest < _LEAST_BYTES // 2:
            del self._buffer[_LEAST_BYTES:]


def _message(data: memoryview, at: int) -> tuple[Message, int] | None:
    if at + _PREFIX.size > len(data):
        return None
    say, count, _zero, meta_length, seq = _PREFIX.unpack_from(data, at)
    at += _PREFIX.size
    if at + 4 * count > len(data):
        return None
    lengths = struct.unpack_from(f"<{count}I", data, at)
    at += 4 * count
    if at + meta_length + sum(lengths) > len(data):
        return None
    meta = bytes(data[at : at + meta_length])
    at += meta_length
    blobs = []
    for length in lengths:
        blobs.append(bytes(data[at : at + length]))
        at += length
    return Message(say, seq, meta, tuple(blobs)), at
