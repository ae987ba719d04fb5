r"""A text as bytes, plain or JSON, and in which string of it an offset stands.

A mark has to be reported by its JSON pointer and edited in place, so offsets always lead back to the bytes as given,
through escapes (`\u2019`) and through JSON in strings of JSON (`\\u2019`). Reading goes no further than the last offset
that is asked for: in a request of 200 KB, what a user sees of the date line stands in the first tenth.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import msgspec

Form = Literal["auto", "json", "text"]

_TOKEN: Final = re.compile(rb'"((?:[^"\\]++|\\.)*+)"?|[{}\[\],]', re.DOTALL)
_ESCAPE: Final = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.?))", re.DOTALL
)
_SHORT: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}
_BOM: Final = b"\xef\xbb\xbf"
_JSON_SPACE: Final = b" \t\r\n"
_MAX_NESTING: Final = 8
"""JSON in strings of JSON, so deep; each level is unescaped anew."""


class Unescaped:
    """The bytes that a JSON string's content stands for, and the way between the two.

    `data` is UTF-8, lone surrogates included (`surrogatepass`); bytes that were broken stay broken. The way is worked
    out only as far as offsets are asked for.
    """

    __slots__ = ("_at", "_ends", "_found", "_shifts", "data", "spelled")

    def __init__(self, spelled: bytes) -> None:
        self.spelled = spelled
        self.data = _unescaped(spelled)
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


def _unescaped(spelled: bytes) -> bytes:
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


Layer = tuple[int, Unescaped]
"""Where a string's content begins in the document around it, and that content."""


@dataclass(frozen=True)
class Text:
    """One text of a body: what one JSON string stands for, or a plain text whole."""

    path: str | None
    """JSON pointer in the innermost document; None in plain text, and between the strings of a document."""
    within: tuple[str, ...]
    """Pointers of the strings in which that document stands, outermost first."""
    is_key: bool
    """Whether it is the name of a member; `path` is then the member's."""
    document: bytes
    """The innermost document, unescaped; empty for plain text."""
    layers: tuple[Layer, ...]
    """From outermost to innermost."""
    plain: bytes
    """What it says: UTF-8, lone surrogates included; broken bytes stay broken."""
    base: int = 0
    """Of a text that is no JSON string: where it begins in the body."""

    @property
    def start(self) -> int:
        """Offset in the body of its first byte; of a JSON string, after the quote."""
        return self.offset(0)

    @property
    def end(self) -> int:
        """Offset in the body after its last byte; of a JSON string, of the closing quote."""
        if not self.layers:
            return self.base + len(self.plain)
        *around, (start, content) = self.layers
        return _outward(around, start + len(content.spelled))

    def offset(self, at: int) -> int:
        """Return the offset in the body of an offset in `plain`."""
        return _outward(self.layers, at) if self.layers else self.base + at

    def offset_in_plain(self, at: int) -> int:
        """Return the offset in `plain` of an offset in the body."""
        if not self.layers:
            return at - self.base
        return _inward(self.layers, at)

    @cached_property
    def string(self) -> str:
        """What it says, as characters; bytes that are no UTF-8, half surrogates too, stand as U+DC80..U+DCFF."""
        return self.plain.decode("utf-8", "surrogateescape")

    def offsets(self, indexes: Iterable[int]) -> list[int]:
        """Return the offsets in the body of rising indexes of `string` (the length of `string` is allowed)."""
        found: list[int] = []
        at = size = 0
        for index in indexes:
            size += len(self.string[at:index].encode("utf-8", "surrogateescape"))
            at = index
            found.append(self.offset(size))
        return found


class Body:
    """A text as bytes, read on demand. `form` says what it is; `auto`: JSON if it begins like an object or array."""

    def __init__(self, data: bytes, form: Form = "auto") -> None:
        self.data = data
        self.is_json = form == "json" or (form == "auto" and begins_as_json(data))

    def line(self, offset: int) -> int:
        """Return the 1-based line of an offset."""
        return self.data.count(b"\n", 0, offset) + 1

    def text_at(self, offset: int) -> Text:
        """Return the text in which a byte stands."""
        return next(self.texts((offset,)))[0]

    def texts(self, offsets: Sequence[int]) -> Iterator[tuple[Text, tuple[int, ...]]]:
        """Go through the texts that hold rising offsets, each once, with the offsets that it holds."""
        if not offsets:
            return
        if not self.is_json:
            yield self.whole, tuple(offsets)
            return
        for start, end, path, is_key, inside in _strings(self.data, offsets):
            if path is None:
                yield self._between(start, end), inside
            else:
                content = Unescaped(self.data[start:end])
                yield from _innermost(self.data, (), (), start, content, path, is_key, inside)

    @cached_property
    def whole(self) -> Text:
        """All of it as one plain text."""
        return self._between(0, len(self.data))

    def _between(self, start: int, end: int) -> Text:
        return Text(None, (), False, b"", (), self.data[start:end], start)


def begins_as_json(data: bytes) -> bool:
    """Whether a text begins like a JSON object or array."""
    head = data[:64].removeprefix(_BOM).lstrip(_JSON_SPACE)
    return head[:1] in (b"{", b"[") or (not head and data[:4096].lstrip(_JSON_SPACE)[:1] in (b"{", b"["))


def _innermost(
    document: bytes,
    within: tuple[str, ...],
    layers: tuple[Layer, ...],
    start: int,
    content: Unescaped,
    path: str,
    is_key: bool,
    offsets: tuple[int, ...],
) -> Iterator[tuple[Text, tuple[int, ...]]]:
    """Follow offsets into JSON that stands in a string, as deep as it goes. `offsets` are in the outermost document."""
    layers = (*layers, (start, content))
    if not is_key and len(layers) < _MAX_NESTING and _is_document(content.data):
        inner = {_inward(layers, offset): offset for offset in reversed(offsets)}
        way = (*within, path)
        for start_, end_, path_, is_key_, inside in _strings(content.data, sorted(inner)):
            outer = tuple(inner[at] for at in inside)
            if path_ is None:
                span = Unescaped(content.data[start_:end_])
                yield _text(content.data, way, (*layers, (start_, span)), "", False), outer
            else:
                deeper = Unescaped(content.data[start_:end_])
                yield from _innermost(content.data, way, layers, start_, deeper, path_, is_key_, outer)
        return
    yield _text(document, within, layers, path, is_key), offsets


def _text(document: bytes, within: tuple[str, ...], layers: tuple[Layer, ...], path: str, is_key: bool) -> Text:
    return Text(path, within, is_key, document, layers, layers[-1][1].data)


def _inward(layers: Iterable[Layer], offset: int) -> int:
    """Follow an offset of the body through the layers, to the innermost text."""
    for start, content in layers:
        offset = content.after(offset - start)
    return offset


def _outward(layers: Sequence[Layer], offset: int) -> int:
    """Follow an offset in the innermost text back to the body."""
    for start, content in reversed(layers):
        offset = start + content.before(offset)
    return offset


def _is_document(data: bytes) -> bool:
    """Whether a string's content is itself a JSON object or array."""
    if not begins_as_json(data) or data.rstrip(_JSON_SPACE)[-1:] not in (b"}", b"]"):
        return False
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _strings(data: bytes, offsets: Sequence[int]) -> Iterator[tuple[int, int, str | None, bool, tuple[int, ...]]]:
    """Go through the strings of a document that hold rising offsets: start, end, path, is it a key, the offsets.

    What stands between strings has the path None. A document that is not whole is read as far as it goes.
    """
    reader = _Reader()
    at, done = 0, 0
    wanted = offsets[0]
    for token in _TOKEN.finditer(data):
        if token.start() > wanted:
            taken = _taken(offsets, done, token.start())
            yield at, token.start(), None, False, taken
            done += len(taken)
        at = token.end()
        if token.lastindex is None:
            reader.step(token[0])
        else:
            start, end = token.span(1)
            is_key = reader.string(token)
            if done < len(offsets) and offsets[done] < at:
                taken = _taken(offsets, done, at)
                yield start, end, reader.path(), is_key, taken
                done += len(taken)
        if done == len(offsets):
            return
        wanted = offsets[done]
    yield at, len(data), None, False, tuple(offsets[done:])


def _taken(offsets: Sequence[int], first: int, end: int) -> tuple[int, ...]:
    last = first
    while last < len(offsets) and offsets[last] < end:
        last += 1
    return tuple(offsets[first:last])


class _Reader:
    """Where in a document the reading is. Lenient: brackets that do not fit are passed over."""

    __slots__ = ("keys", "names")

    def __init__(self) -> None:
        self.names: list[bytes | int] = []
        """Of each open container: the spelled key of the member, or the index of the item, that is being read."""
        self.keys: list[bool] = []
        """Of each open container: whether a key comes next. Of an array never."""

    def step(self, sign: bytes) -> None:
        if sign == b"{":
            self.names.append(b"")
            self.keys.append(True)
        elif sign == b"[":
            self.names.append(0)
            self.keys.append(False)
        elif sign == b",":
            self._next()
        elif self.names:
            self.names.pop()
            self.keys.pop()

    def string(self, token: re.Match[bytes]) -> bool:
        """Take a string; return whether it is a key."""
        if not (self.keys and self.keys[-1]):
            return False
        self.names[-1] = token[1]
        self.keys[-1] = False
        return True

    def path(self) -> str:
        """JSON pointer of what is being read (RFC 6901)."""
        return "".join(f"/{name if isinstance(name, int) else _pointer_part(name)}" for name in self.names)

    def _next(self) -> None:
        if not self.names:
            return
        name = self.names[-1]
        if isinstance(name, int):
            self.names[-1] = name + 1
        else:
            self.keys[-1] = True


def _pointer_part(spelled: bytes) -> str:
    name = _unescaped(spelled).decode("utf-8", "surrogateescape")
    return name.replace("~", "~0").replace("/", "~1")
