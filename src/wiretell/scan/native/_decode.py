"""Survivors, decoded for good: all of their bytes, and what was undone in words."""

from __future__ import annotations

import base64
import binascii
import codecs
import re

from wiretell.scan.interface import Buffer, Candidate
from wiretell.scan.native import _shapes
from wiretell.scan.native._escapes import AT, LENGTH, WIDE, unescape

LONGEST = 16 << 20
"""Bytes of an encoded string that are decoded; what goes beyond is not examined."""

Decoded = tuple[tuple[str, ...], tuple[bytes, ...]]
_NAMES = {
    _shapes.AS_BASE64: "base64",
    _shapes.AS_BASE64_URL: "base64url",
    _shapes.AS_BASE32: "base32",
    _shapes.AS_HEX: "hex",
}
_PIECE = re.compile(rb"([\"'`])([^\"'`]*)\1")
_BREAK = re.compile(rb"[\r\n]|\\[nr]")
_NUMBER = re.compile(rb"0[xX][0-9a-fA-F]+|[0-9]+")
_STANDARD = bytes.maketrans(b"-_", b"+/")


class Decoder:
    """Decodes survivors of one piece; the same encoded bytes share what they decode to."""

    def __init__(self, data: Buffer) -> None:
        self._data = data
        self._known: dict[tuple[int, bytes], Decoded] = {}

    def candidate(self, record: tuple[int, int, int]) -> Candidate:
        """Return the survivor with its bytes."""
        start, end, code = record
        text = bytes(self._data[start : min(end, start + LONGEST)])
        known = self._known.get((code, text))
        if known is None:
            known = self._known[code, text] = _decode(text, code)
        return Candidate(start, end, *known)


def _decode(text: bytes, code: int) -> Decoded:
    if code == _shapes.CODES:
        return ("codes",), (bytes(_value(number) for number in _NUMBER.findall(text)),)
    if code == _shapes.ESCAPES:
        return ("escapes",), (_unescaped(text),)
    if code == _shapes.TURNED:
        return ("reversed",), (text[::-1],)
    if code == _shapes.ROTATED:
        return ("rot13",), (codecs.encode(text.decode("ascii"), "rot13").encode("ascii"),)
    name = _NAMES[code & 3]
    if code & _shapes.ITEMS:
        items = tuple(_letters(match[2], code & 3) for match in _PIECE.finditer(text))
        return ("items", name), items
    steps: tuple[str, ...] = ("reversed", name) if code & _shapes.REVERSED else (name,)
    if code & _shapes.LINES:
        text = _BREAK.sub(b"", text)
    if code & _shapes.SPLIT:
        text = b"".join(match[2] for match in _PIECE.finditer(text))
        steps = ("split", *steps)
    return steps, (_letters(text[::-1] if code & _shapes.REVERSED else text, code & 3),)


def _value(number: bytes) -> int:
    return int(number, 16 if number[:2] in (b"0x", b"0X") else 10)


def _unescaped(text: bytes) -> bytes:
    """Decode a literal with its quotes; code units are bytes unless one of them is above 255."""
    buf = [0] * (4 * len(text))
    work = [0] * _shapes.WORK
    unescape(text, 0, len(text), 0, len(buf), buf, work)
    if work[AT + WIDE]:
        unescape(text, 0, len(text), 1, len(buf), buf, work)
    return bytes(buf[: work[AT + LENGTH]])


def _letters(text: bytes, code: int) -> bytes:
    """Decode letters; bits that make no whole byte are left out."""
    text = text.strip(b"=")
    if code == _shapes.AS_HEX:
        return binascii.unhexlify(text[: len(text) // 2 * 2])
    if code == _shapes.AS_BASE32:
        return _base32(text.upper())
    whole = text[: len(text) - (len(text) % 4 == 1)].translate(_STANDARD)
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _base32(text: bytes) -> bytes:
    """Decode digits of base32; fill the last group with zeros, and cut."""
    size = len(text) * 5 // 8
    return base64.b32decode(text + b"A" * (-len(text) % 8))[:size]
