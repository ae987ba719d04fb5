"""Content codings (RFC 9110, section 8.4), undone without ever raising, and without trusting what an agent sent."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import zstandard

from wiretell.model.capture import Request

MAX_DECODED_BYTES: Final = 64 << 20
"""As much as a body may have without any coding."""
MAX_CODINGS: Final = 4
_MAX_PARTS: Final = 256
"""gzip members or zstd frames in one body; each costs a copy of all that follows it."""
_SLICE_BYTES: Final = 1 << 10
"""zstd is fed so little at a time: a block of 128 KiB fits into four bytes, and each call decodes all it was fed."""
_ZSTD_WINDOW_BYTES: Final = 64 << 20
_TOO_MANY: Final = f"it has more than {_MAX_PARTS} parts"


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """A body after its codings were undone."""

    text_bytes: bytes
    """The content; where there is a problem, the bytes as they stand before the coding that could not be undone."""
    encodings: tuple[str, ...]
    """The codings that the request names, lower-case, in the order in which they were applied."""
    problem: str | None
    """Why a coding could not be undone."""


class _ProblemError(Exception):
    """Why a coding cannot be undone; never leaves this module."""


def decode_body(request: Request, *, max_bytes: int = MAX_DECODED_BYTES) -> DecodedBody:
    """Undo the content codings of a request's body, and transfer codings below `chunked`.

    A body that decodes to more than `max_bytes` is a problem, and so are bytes after the end of the coded data.
    """
    encodings = _codings(request)
    data = request.body
    if len(encodings) > MAX_CODINGS:
        return DecodedBody(data, encodings, f"not decoded: {len(encodings)} codings")
    if not data:
        return DecodedBody(data, encodings, None)
    for coding in reversed(encodings):
        decode = _DECODERS.get(coding)
        if decode is None:
            return DecodedBody(data, encodings, f"not decoded: {coding}")
        try:
            data = decode(data, max_bytes)
        except (_ProblemError, zlib.error, zstandard.ZstdError) as problem:
            return DecodedBody(data, encodings, f"not decoded: {coding}: {problem}")
    return DecodedBody(data, encodings, None)


def _codings(request: Request) -> tuple[str, ...]:
    found: list[str] = []
    for wanted in (b"content-encoding", b"transfer-encoding"):
        values = (value for name, value in request.headers if name.lower() == wanted)
        items = (item.strip().lower() for value in values for item in value.decode("latin-1").split(","))
        found.extend(item for item in items if item not in ("", "identity", "chunked"))
    return tuple(found)


def _gzip(data: bytes, limit: int) -> bytes:
    """RFC 1952: one member or more."""
    return _inflate_members(data, 31, limit)


def _deflate(data: bytes, limit: int) -> bytes:
    """RFC 9110, 8.4.1.2: zlib data; some senders leave its header out, so the raw form is tried next."""
    try:
        return _inflate_members(data, 15, limit)
    except zlib.error:
        return _inflate_members(data, -15, limit)


def _inflate_members(data: bytes, window_bits: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    for _ in range(_MAX_PARTS):
        member = zlib.decompressobj(window_bits)
        pieces.append(member.decompress(data, limit + 1))
        limit -= len(pieces[-1])
        _check(limit)
        if not member.eof:
            raise _ProblemError("the data is cut off")
        data = member.unused_data
        if not data:
            return b"".join(pieces)
        if window_bits != 31 or data[:2] != b"\x1f\x8b":
            raise _ProblemError(f"{len(data)} bytes follow the end of the data")
    raise _ProblemError(_TOO_MANY)


def _zstd(data: bytes, limit: int) -> bytes:
    """RFC 8878: one frame or more."""
    context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    pieces: list[bytes] = []
    for _ in range(_MAX_PARTS):
        frame = context.decompressobj()
        at = 0
        while not frame.eof:
            if at >= len(data):
                raise _ProblemError("the data is cut off")
            pieces.append(frame.decompress(data[at : at + _SLICE_BYTES]))
            at += _SLICE_BYTES
            limit -= len(pieces[-1])
            _check(limit)
        data = frame.unused_data + data[at:]
        if not data:
            return b"".join(pieces)
    raise _ProblemError(_TOO_MANY)


def _check(left: int) -> None:
    if left < 0:
        raise _ProblemError("it decodes to more than this reader takes")


_DECODERS: Mapping[str, Callable[[bytes, int], bytes]] = MappingProxyType(
    {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "zstd": _zstd}
)
