"""Partial decoding of JSON: what is asked for is decoded, the rest is skipped, no text of a message is kept. Pure.

`msgspec` takes neither half a surrogate pair (agents cut texts in the middle of an emoji, and `JSON.stringify` writes
the half as an escape) nor UTF-16, a byte order mark or NaN. The first is let through here, the others are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from msgspec import Raw

from wiretell.errors import FormatError

T = TypeVar("T")

EMPTY: Final = Raw(b"")
MAX_COUNT: Final = 2**31 - 1
"""Of tokens: the exchange log's columns are int32."""

_BLANK: Final = b" \t\r\n"
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_TOP = msgspec.json.Decoder(dict[str, Raw])
_TEXT = msgspec.json.Decoder(str)
_NUMBER = msgspec.json.Decoder(int | float)
_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def lenient(decode: Callable[[bytes], T], data: bytes) -> T | None:
    """Decode with halves of surrogate pairs let through, as spaces; None where it is not JSON of that form."""
    try:
        return decode(data)
    except _ERRORS:
        blanked = _SURROGATE_ESCAPE.sub(rb"\\u0020", data)
    try:
        return decode(blanked) if blanked != data else None
    except _ERRORS:
        return None


def top_level(body: bytes) -> dict[str, Raw]:
    """Return the members of a JSON object, undecoded.

    A repeated name is refused: which of the two counts differs between servers, so a policy might judge another model
    than the one that answers. For the same reason so is a name that is like `model` but for its case.

    :raises FormatError: where it is no JSON object in UTF-8 without a byte order mark, or is ambiguous.
    """
    members = lenient(_TOP.decode, body)
    if members is None:
        raise FormatError("The request's body is not a JSON object in UTF-8; send one.")
    if _compact_size(members) != len(body.strip(_BLANK)):
        _refuse_repeated(body)
    for name in members:
        if name != "model" and name.casefold() == "model":
            raise FormatError("The request's body spells the name of 'model' in another case; write 'model'.")
    return members


def text_of(member: Raw) -> str | None:
    """Return a member that is a string, else None."""
    return lenient(_TEXT.decode, bytes(member))


def count_of(member: Raw) -> int | None:
    """Return a member that is a whole number from 0 up, at most `MAX_COUNT`, else None."""
    number = lenient(_NUMBER.decode, bytes(member))
    if number is None or number < 0 or number != number // 1:
        return None
    return int(min(number, MAX_COUNT))


def clamped(count: int | None) -> int:
    """Return a reported count within 0 and `MAX_COUNT`."""
    return min(max(count or 0, 0), MAX_COUNT)


def size_of_text(raw: Raw) -> int:
    """Return the bytes of a string as JSON spells it, without its quotes; 0 for any other value."""
    text = memoryview(raw)
    return len(text) - 2 if len(text) >= 2 and text[0] == ord('"') else 0


def _compact_size(members: dict[str, Raw]) -> int:
    """Return how long the object is if written without spaces, escapes in names and repeated names: never too long."""
    names = sum(len(name.encode("utf-8", "surrogatepass")) for name in members)
    return names + sum(len(memoryview(value)) for value in members.values()) + 4 * len(members) + 1


def _refuse_repeated(body: bytes) -> None:
    """Decode a body that has spaces, escapes or repeated names wholly, and refuse the last."""
    outermost: list[str] = []

    def note(pairs: list[tuple[str, object]]) -> None:
        outermost[:] = [name for name, _ in pairs]

    try:
        json.loads(body.decode("utf-8", "surrogateescape"), object_pairs_hook=note, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        raise FormatError("The request's body is not a JSON object in UTF-8; send one.") from None
    if len(outermost) > len(set(outermost)):
        raise FormatError(
            "The request's body names a member twice, so servers may read it differently; name each once."
        )
