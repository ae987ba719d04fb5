"""Look for a token in every byte below a folder, through the encodings that a store may use."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

DEPTH = 3
"""Encodings inside each other: base64 in JSON in zstd."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")


def files_with(folder: Path, token: str) -> list[Path]:
    """Return the files below `folder` whose name or bytes hold `token` (ASCII), also below zstd, gzip or base64."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if token in path.name or (path.is_file() and holds(path.read_bytes(), token))
    ]


def holds(data: bytes, token: str) -> bool:
    """Return whether any layer of `data` holds `token`."""
    return any(token.encode("ascii") in layer for layer in layers(data))


def layers(data: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """Yield `data` and what can be decoded from it."""
    yield data
    if depth:
        for inner in _inner(data):
            yield from layers(inner, depth - 1)


def _inner(data: bytes) -> Iterator[bytes]:
    try:
        if data.startswith(b"\x28\xb5\x2f\xfd"):
            yield zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
        elif data.startswith(b"\x1f\x8b"):
            yield gzip.decompress(data)
    except (zstandard.ZstdError, OSError, EOFError, zlib.error):
        return
    for match in _BASE64.finditer(data):
        text = match.group().rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        try:
            yield base64.b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error:
            continue
