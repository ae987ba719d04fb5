r"""Where in a JSON body values stand, so that bytes can be replaced and nothing is written anew.

Values are taken apart by msgspec, which skips what is not asked for; where each stands follows from the lengths of what
it returned. Of members of one name the last counts, as for parsers. Offsets are in bytes of the body as given.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeAlias

import msgspec

from wiretell.errors import FormatError
from wiretell.marks.escapes import unescaped

Span: TypeAlias = tuple[int, int]
"""[start, end) in the body; of a string with its quotes."""

_BOM: Final = b"\xef\xbb\xbf"
_STRING: Final = rb'"((?:[^"\\]++|\\.)*+)"'
_KEY: Final = re.compile(rb"[ \t\r\n,]*+" + _STRING + rb"[ \t\r\n]*+:[ \t\r\n]*+", re.DOTALL)
_GAP: Final = re.compile(rb"[ \t\r\n,]*+")
_TOKEN: Final = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)
_PLAIN_VALUE: Final = re.compile(rb"[^ \t\r\n,\]}]++")
_AFTER_VALUE: Final = (b",", b"}", b" ", b"\n", b"\r", b"\t")
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
r"""Of escaped surrogates: JavaScript sends `\ud83d` alone where it cuts an emoji in two, and msgspec refuses that."""
_NO_CONTROLS: Final = bytes(max(byte, 0x20) for byte in range(256))
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_NO_OBJECT: Final = "the body is no JSON object in UTF-8; nothing in it can be edited."
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Role(msgspec.Struct):
    role: str | None = None


class Located:
    """A body that is a JSON object. `data` are its bytes as given."""

    __slots__ = ("_given", "_read", "data", "root", "top")

    def __init__(self, data: bytes) -> None:
        """Take a body. :raises FormatError: where it is no JSON object."""
        self.data = data
        self.root: Span = (len(_BOM) if data.startswith(_BOM) else 0, len(data))
        self._given = data
        """What msgspec is given: `data`, or as many bytes that it takes."""
        self._read = memoryview(data)
        try:
            self.top = self._members(self.root)
        except _UNREADABLE:
            self._given = _mended(data)
            self._read = memoryview(self._given)
            try:
                self.top = self._members(self.root)
            except _UNREADABLE:
                raise FormatError(_NO_OBJECT) from None

    def members(self, span: Span) -> dict[str, Span]:
        """Return the members of an object: name -> where its value stands. Empty for what is no object.

        :raises FormatError: for names that are no UTF-8, which the body as a whole may have.
        """
        try:
            return self._members(span) if self._opened(span, b"{") >= 0 else {}
        except _UNREADABLE:
            raise FormatError(_NO_OBJECT) from None

    def _members(self, span: Span) -> dict[str, Span]:
        raws = _MEMBERS.decode(self._read[span[0] : span[1]])
        data, end = self._given, span[1]
        at = self._opened(span, b"{")
        found: dict[str, Span] = {}
        while (key := _KEY.match(data, at, end)) is not None:
            start, spelled = key.end(), key[1]
            name = spelled.decode() if b"\\" not in spelled else json.loads(b'"%b"' % spelled)
            at = self._end(start, raws.get(name))
            found[name] = (start, at)
        return found

    def items(self, span: Span) -> list[Span]:
        """Return where the items of an array stand. Empty for what is no array."""
        at = self._opened(span, b"[")
        if at < 0:
            return []
        found: list[Span] = []
        for raw in _ITEMS.decode(self._read[span[0] : span[1]]):
            gap = _GAP.match(self.data, at)
            assert gap is not None
            at = gap.end() + len(memoryview(raw))
            found.append((gap.end(), at))
        return found

    def string(self, span: Span | None) -> str | None:
        """Return what a string says; None for what is none. Half surrogates stay, broken bytes are U+DC80..U+DCFF."""
        if span is None or self.data[span[0]] != 0x22:
            return None
        said = unescaped(self.data[span[0] + 1 : span[1] - 1])
        try:
            return said.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return said.decode("utf-8", "surrogateescape")

    def starts(self, span: Span, size: int = 256) -> str:
        """Return what a string says at its beginning, from so many of its bytes."""
        start, end = span[0] + 1, span[1] - 1
        return unescaped(self.data[start : min(end, start + size)]).decode("utf-8", "replace")

    def is_string(self, span: Span | None) -> bool:
        """Whether a value is a string."""
        return span is not None and self.data[span[0]] == 0x22

    def role(self, span: Span) -> str | None:
        """Return the member `role` of an object, without taking the object apart."""
        try:
            said: str | None = self.decoded(span, _Role).role
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return said

    def raw(self, span: Span) -> bytes:
        """Return a value's bytes."""
        return self.data[span[0] : span[1]]

    def decoded(self, span: Span, form: Any) -> Any:
        """Decode a value with msgspec. :raises msgspec.ValidationError: where it is of another form."""
        return msgspec.json.decode(self._read[span[0] : span[1]], type=form)

    def _opened(self, span: Span, bracket: bytes) -> int:
        gap = _GAP.match(self.data, span[0])
        assert gap is not None
        at = gap.end()
        return at + 1 if self.data.startswith(bracket, at) and at < span[1] else -1

    def _end(self, start: int, raw: msgspec.Raw | None) -> int:
        """Return the end of a member's value; `raw` is the last value of that name."""
        if raw is not None:
            end = start + len(memoryview(raw))
            if self.data[end : end + 1] in _AFTER_VALUE and self._given.startswith(bytes(raw), start):
                return end
        return _skipped(self.data, start)  # a member of the same name follows, and is another value


def _mended(data: bytes) -> bytes:
    """Return as many bytes, with halves of surrogate pairs and control characters made something that msgspec takes."""
    return _HALF.sub(rb"\\u00", data.translate(_NO_CONTROLS))


def _skipped(data: bytes, start: int) -> int:
    """Return the end of the value that begins at an offset."""
    depth, at = 0, start
    while (token := _TOKEN.match(data, at) if depth == 0 else _TOKEN.search(data, at)) is not None:
        at = token.end()
        if token[0] in (b"{", b"["):
            depth += 1
        elif token[0] in (b"}", b"]"):
            depth -= 1
        if depth == 0:
            return at
    plain = _PLAIN_VALUE.match(data, start)
    return plain.end() if plain is not None else start
