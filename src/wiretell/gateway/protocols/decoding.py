"""Partial decoding of JSON: what is asked for is decoded, the rest is skipped, no text of a message is kept. Pure.

`msgspec` takes neither half a surrogate pair (agents cut texts in the middle of an emoji, and `JSON.stringify` writes
the half as an escape) nor UTF-16, a byte order mark or NaN. The first is let through here, the others are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import msgspec
from msgspec import Raw

from wiretell.errors import FormatError

T = TypeVar("T")

EMPTY: Final = Raw(b"")
MAX_COUNT: Final = 2**31 - 1
"""Of tokens: the exchange log's columns are int32."""

MAX_MEMBERS: Final = 4096
"""Of a request's outermost object; the largest that is known has a few dozen."""

_NO_OBJECT: Final = "The request's body is not a JSON object in UTF-8; send one."
_CONTENTS: Final = frozenset(
    (
        *("messages", "system", "tools", "input", "instructions", "prompt", "previous_response_id", "conversation"),
        *("contents", "systemInstruction", "system_instruction", "generateContentRequest"),
    )
)
"""What edits, pins and the log's columns are made of, in any protocol."""
_BLANK: Final = b" \t\r\n"
_SPACE = re.compile(rb"[ \t\r\n]*+")
_FOLLOWS = re.compile(r"trailing characters \(byte (\d+)\)")
_MOST_MENDED: Final = 8 << 20
"""Bytes, some 0.2 s of work: larger ones with halves of surrogate pairs are not read."""
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_ANY = msgspec.json.Decoder(Raw)
_LIST = msgspec.json.Decoder(list[Raw])
_TEXT = msgspec.json.Decoder(str)
_NUMBER = msgspec.json.Decoder(int | float)
_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def lenient(decode: Callable[[bytes], T], data: bytes) -> T | None:
    """Decode with halves of surrogate pairs let through, as spaces; None where it is not JSON of that form.

    None as well where there are such halves in more than 8 MiB.
    """
    try:
        return decode(data)
    except _ERRORS:
        if len(data) > _MOST_MENDED:
            return None
        blanked = _SURROGATE_ESCAPE.sub(rb"\\u0020", data)
    try:
        return decode(blanked) if blanked != data else None
    except _ERRORS:
        return None


def top_level(body: bytes, read: frozenset[str]) -> dict[str, Raw]:
    """Return those members of a JSON object that are named in `read`, undecoded. The others are skipped.

    One that is read, or holds contents that rules are for, may stand there once: which of two counts differs between
    servers, so a policy might judge another model than the one that answers. For the same reason a name that is like
    `model` but for its case is refused. Any other member may come as often as it likes. Takes time in proportion to the
    body, and memory for what is read.

    :raises FormatError: where it is no JSON object in UTF-8 without a byte order mark, or is ambiguous.
    """
    members: dict[str, Raw] = {}
    seen: set[str] = set()
    for name, start, end in _walked(body):
        if name != "model" and name.casefold() == "model":
            raise FormatError("The request's body spells the name of 'model' in another case; write 'model'.")
        if name in seen:
            raise FormatError(f"The request's body names '{name}' twice, so servers may read it differently.")
        if name in read or name in _CONTENTS:
            seen.add(name)
        if name in read:
            members[name] = Raw(body[start:end].strip(_BLANK))
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


def listed(member: Raw) -> list[Raw] | None:
    """Return the items of a list, undecoded; None for any other value."""
    return lenient(_LIST.decode, bytes(member))


def size_of_text(raw: Raw) -> int:
    """Return the bytes of a string as JSON spells it, without its quotes; 0 for any other value."""
    text = memoryview(raw)
    return len(text) - 2 if len(text) >= 2 and text[0] == ord('"') else 0


def _walked(body: bytes) -> list[tuple[str, int, int]]:
    """Return name, start and end of the value for each member of an object. :raises FormatError: as `top_level`."""
    try:
        return list(_members(body, memoryview(body)))
    except _ERRORS:
        skipped = body.replace(b"\\ud", b"\\u0").replace(b"\\uD", b"\\u0")  # as long as it was: to be skipped, not read
    try:
        return list(_members(body, memoryview(skipped)))
    except _ERRORS:
        raise FormatError(_NO_OBJECT) from None


def _members(body: bytes, skipped: memoryview) -> Iterator[tuple[str, int, int]]:
    """Go from one member to the next. `skipped`: the body, with what msgspec does not skip written otherwise."""
    at = _mark(body, _space(body, 0), b"{")
    if body[at : at + 1] == b"}":
        _last(body, at)
        return
    for _ in range(MAX_MEMBERS):
        _mark(body, at, b'"')
        colon = _end(skipped, at)
        name = lenient(_TEXT.decode, body[at:colon])
        if name is None:
            raise FormatError(_NO_OBJECT)
        start = _mark(body, colon, b":")
        end = _end(skipped, start)
        yield name, start, end
        if body[end : end + 1] == b"}":
            _last(body, end)
            return
        at = _mark(body, end, b",")
    raise FormatError(f"The request's body has more than {MAX_MEMBERS} members; no server reads as many.")


def _end(skipped: memoryview, start: int) -> int:
    """Return where the value that begins at `start` has ended, and the space after it.

    msgspec skips a value without keeping any of it, in bounded depth, and then finds that something follows: the
    `trailing characters` of its message have been read to the first of them.

    :raises msgspec.MsgspecError: RecursionError: where it is no value.
    """
    try:
        _ANY.decode(skipped[start:])
    except msgspec.DecodeError as error:
        found = _FOLLOWS.search(str(error))
        if found is None:
            raise
        return start + int(found[1]) - 1
    raise FormatError(_NO_OBJECT)  # it was the last of the body, which is thus not closed


def _space(body: bytes, at: int) -> int:
    found = _SPACE.match(body, at)
    return found.end() if found else at


def _mark(body: bytes, at: int, wanted: bytes) -> int:
    """Return where it goes on after a mark. :raises FormatError: where another one stands."""
    if body[at : at + 1] != wanted:
        raise FormatError(_NO_OBJECT)
    return _space(body, at + 1)


def _last(body: bytes, at: int) -> None:
    if _mark(body, at, b"}") != len(body):
        raise FormatError(_NO_OBJECT)
