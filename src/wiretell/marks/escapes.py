"""The content of a JSON string and what it stands for, with the way between the two (RFC 8259, section 7)."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Final

_ESCAPE: Final = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.?))", re.DOTALL
)
_SHORT: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}


class Unescaped:
    """The bytes that a JSON string's content stands for, and the way between the two.

    `data` is UTF-8, lone surrogates included (`surrogatepass`); bytes that were broken stay broken. The way is worked
    out only as far as offsets are asked for.
    """

    __slots__ = ("_at", "_ends", "_found", "_shifts", "data", "spelled")

    def __init__(self, spelled: bytes) -> None:
        self.spelled = spelled
        self.data = unescaped(spelled)
        self._ends: list[int] = []
        """Offsets in `data` after each escape that was passed, rising."""
        self._shifts: list[int] = []
        """Bytes that the spelling was longer, up to there."""
        self._found = _ESCAPE.finditer(spelled)
        self._at = 0
        """How far the spelling was followed."""

    def before(self, offset: int) -> int:
        """Return the offset in the spelling of an offset in `data`."""
        while self._at - self._shift() <= offset and self._follow():
            pass
        at = bisect_right(self._ends, offset)
        return offset + (self._shifts[at - 1] if at else 0)

    def after(self, offset: int) -> int:
        """Return the offset in `data` of an offset in the spelling; inside an escape, where its character begins."""
        while self._at <= offset and self._follow():
            pass
        nth = bisect_right(range(len(self._ends)), offset, key=lambda n: self._ends[n] + self._shifts[n])
        plain = offset - (self._shifts[nth - 1] if nth else 0)
        if nth == len(self._ends):
            return min(plain, len(self.data))
        return min(plain, _begin_of_last(self.data, self._ends[nth]))

    def _shift(self) -> int:
        return self._shifts[-1] if self._shifts else 0

    def _follow(self) -> bool:
        """Pass one more escape; return whether there was one."""
        found = next(self._found, None)
        if found is None:
            self._at = len(self.spelled)
            return False
        shift = self._shift() + len(found[0]) - len(_character(found))
        self._at = found.end()
        self._ends.append(self._at - shift)
        self._shifts.append(shift)
        return True


def _begin_of_last(data: bytes, end: int) -> int:
    """Where the character that ends at `end` begins."""
    at = end - 1
    while at > 0 and data[at] & 0xC0 == 0x80:
        at -= 1
    return at


def unescaped(spelled: bytes) -> bytes:
    """Undo the escapes of a JSON string's content (RFC 8259, section 7); what is no escape stays as it is."""
    if b"\\" not in spelled:
        return spelled
    try:
        quoted = (b'"%b"' % spelled).decode()  # to characters here, or json would guess at UTF-16
        plain: str = json.loads(quoted, strict=False)  # in C, for all but broken bytes and odd escapes
    except ValueError:
        return _ESCAPE.sub(_character, spelled)
    return plain.encode("utf-8", "surrogatepass")


def _character(found: re.Match[bytes]) -> bytes:
    high, low, unit, short = found.groups()
    if high is not None:
        point = 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)
        return chr(point).encode()
    if unit is not None:
        return chr(int(unit, 16)).encode("utf-8", "surrogatepass")
    return _SHORT.get(short, short)
