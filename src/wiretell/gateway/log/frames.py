"""Frames of a segment: how the store's bytes stand on the disk. Pure.

A frame is a head of 48 bytes and a payload; all numbers are little-endian:

    magic "wtF1" | version u8 | kind u8 | zero u16 | length u32 | crc32 u32 | chain 32 bytes | payload

`chain` = SHA-256(chain of the frame before || SHA-256(first 12 bytes of the head || payload)), so that no frame can
be changed, taken out or put in without changing every chain value after it. `crc32` (over the first 12 bytes, the chain
and the payload) tells a write that a power cut tore from a frame. What follows the last frame of a segment is zeros.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

MAGIC: Final = b"wtF1"
VERSION: Final = 1
HEAD_BYTES: Final = 48
ORIGIN: Final = bytes(32)
"""The chain value before the first frame of a store."""
_FIRST = struct.Struct("<4sBBHI")
_REST = struct.Struct("<I32s")
_STEP: Final = 1 << 16

Data = bytes | mmap.mmap


class Kind(IntEnum):
    """What a frame holds."""

    SEGMENT = 1
    """The first frame of every segment: its day, its number, the chain value before it."""
    OPENING = 2
    PART = 3
    """A piece of a response's body."""
    END = 4
    NOTE = 5
    """An act of the store itself: start, stop, recovery, erasure, retention."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame."""

    kind: int
    payload: bytes
    chain: bytes
    offset: int
    """In its segment, in bytes."""

    @property
    def end(self) -> int:
        """Offset of the byte after it."""
        return self.offset + HEAD_BYTES + len(self.payload)

    def follows(self, previous: bytes) -> bool:
        """Whether its chain value is the one that comes after `previous`."""
        return self.chain == chained(previous, self.kind, self.payload)


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a segment that are no frame."""

    offset: int
    length: int
    at_end: bool
    """Whether no whole frame follows: a torn write, or an end that was overwritten."""


def chained(previous: bytes, kind: int, payload: bytes) -> bytes:
    """Return the chain value of a frame."""
    inner = hashlib.sha256(_FIRST.pack(MAGIC, VERSION, kind, 0, len(payload)))
    inner.update(payload)
    return hashlib.sha256(previous + inner.digest()).digest()


def encode(kind: Kind, payload: bytes, previous: bytes) -> tuple[bytes, bytes]:
    """Return a frame's head and its chain value; the payload follows the head."""
    first = _FIRST.pack(MAGIC, VERSION, kind, 0, len(payload))
    chain = chained(previous, kind, payload)
    return first + _REST.pack(_crc(first, chain, payload), chain), chain


def decode(data: Data, offset: int) -> Frame | None:
    """Return the frame at an offset; None where there is no whole one."""
    if offset < 0 or offset + HEAD_BYTES > len(data):
        return None
    first = data[offset : offset + _FIRST.size]
    magic, version, kind, zero, length = _FIRST.unpack(first)
    if magic != MAGIC or version != VERSION or zero or offset + HEAD_BYTES + length > len(data):
        return None
    crc, chain = _REST.unpack(data[offset + _FIRST.size : offset + HEAD_BYTES])
    payload = data[offset + HEAD_BYTES : offset + HEAD_BYTES + length]
    return Frame(kind, payload, chain, offset) if crc == _crc(first, chain, payload) else None


def payload_bytes(head: bytes) -> int:
    """Return how long the payload is that a head speaks of; 0 of what is no head."""
    return int(_FIRST.unpack_from(head)[4]) if head[:4] == MAGIC and len(head) == HEAD_BYTES else 0


def scan(data: Data, offset: int = 0) -> Iterator[Frame | Damage]:
    """Yield the frames of a segment from an offset on, and what stands between them. Never fails."""
    used = _used(data)
    while offset < used:
        frame = decode(data, offset)
        if frame is None:
            following = _next(data, offset + 1)
            until = used if following is None else following
            yield Damage(offset, until - offset, following is None)
            offset = until
        else:
            yield frame
            offset = frame.end


def _next(data: Data, offset: int) -> int | None:
    """Return the offset of the next whole frame."""
    while (at := data.find(MAGIC, offset)) >= 0:
        if decode(data, at) is not None:
            return at
        offset = at + 1
    return None


def _used(data: Data) -> int:
    """Return the length without the zeros at the end."""
    end = len(data)
    while end > 0 and not (chunk := data[max(0, end - _STEP) : end].rstrip(b"\0")):
        end = max(0, end - _STEP)
    return max(0, end - _STEP) + len(chunk) if end else 0


def _crc(first: bytes, chain: bytes, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(chain, zlib.crc32(first)))
