r"""A text as bytes, plain or JSON, and in which string of it an offset stands.

A mark has to be reported by its JSON pointer and edited in place, so offsets always lead back to the bytes as given,
through escapes (`\u2019`) and through JSON in strings of JSON (`\\u2019`). Reading goes no further than the last offset
that is asked for: in a request of 200 KB, what a user sees of the date line stands in the first tenth.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, get_args

import msgspec

from wiretell.errors import UsageError
from wiretell.marks.candidates import Candidates, candidates
from wiretell.marks.escapes import Unescaped
from wiretell.marks.pointers import MOST_CHARACTERS, MOST_LEVELS, Span, strings
from wiretell.marks.survey import Seen, survey
from wiretell.marks.survey.by_primitives import date_lines
from wiretell.model.findings import NotExamined

Form = Literal["auto", "json", "text"]

_FORMS: Final = get_args(Form)

_BOM: Final = b"\xef\xbb\xbf"
_JSON_SPACE: Final = b" \t\r\n"
_MAX_NESTING: Final = 8
"""JSON in strings of JSON, so deep; each level is unescaped anew."""

_NO_NAME: Final = "(no name)"
"""In place of the pointer of a string that has none; no pointer begins so (RFC 6901)."""
_UNNAMED: Final = NotExamined(
    what="the JSON pointers of some strings",
    why=f"they are longer than {MOST_CHARACTERS} characters, or deeper than {MOST_LEVELS} levels; what stands there "
    "was read without its place, and taken as out of the place where a scheme writes",
)
_NESTED: Final = NotExamined(
    what="JSON in strings of JSON in more layers than are unescaped",
    why=f"strings are unescaped {_MAX_NESTING} times; what is deeper was read with its escapes as they stand",
)

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
    is_unnamed: bool = False
    """Whether it is a JSON string, and one around it or itself has a pointer too long to tell; `path` is then None."""

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
        """Take a text; :raises UsageError: for a form that is none, TypeError for what is no bytes."""
        if form not in _FORMS:
            raise UsageError(f"There is no form {form!r}; there are {', '.join(_FORMS)}.")
        if not isinstance(data, bytes):
            raise TypeError(f"A body is bytes, not {type(data).__name__}; pass bytes(...) of it.")
        self.data = data
        self._line = (0, 1)
        self.remarks: dict[NotExamined, None] = {}
        """What could not be told of the texts gone through so far; `read` and `strip` pass it on."""
        self.is_json = form == "json" or (form == "auto" and begins_as_json(data))

    def line(self, offset: int) -> int:
        """Return the 1-based line of an offset; quickest for offsets that rise."""
        at, line = self._line if self._line[0] <= offset else (0, 1)
        self._line = (offset, line + self.data.count(b"\n", at, offset))
        return self._line[1]

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
        for span in strings(self.data, offsets):
            if not span.is_string:
                yield self._between(span.start, span.end), span.offsets
                continue
            for text, held in _innermost(self.data, (), (), span, span.offsets):
                self._remark(text)
                yield text, held

    @cached_property
    def seen(self) -> Seen:
        """What a look over it saw: for all schemes and detectors at once."""
        return survey(self.data)

    @cached_property
    def candidates(self) -> Candidates:
        """Where it could hold what a detector looks for."""
        return candidates(self.data, self.seen)

    @property
    def date_lines(self) -> Iterable[int]:
        """Rising offsets of what every date line holds: as seen before, or searched for alone, which is quick."""
        return self.seen.date_lines if "seen" in self.__dict__ else date_lines(self.data)

    @property
    def may_have_escapes(self) -> bool:
        r"""Whether escapes of four digits (`\u200b`) may stand in it: False only where a look over it saw none."""
        return "seen" not in self.__dict__ or self.seen.escapes

    @cached_property
    def whole(self) -> Text:
        """All of it as one plain text."""
        return self._between(0, len(self.data))

    def _remark(self, text: Text) -> None:
        if text.is_unnamed:
            self.remarks[_UNNAMED] = None
        if len(text.layers) == _MAX_NESTING and not text.is_key and _is_document(text.plain):
            self.remarks[_NESTED] = None

    def _between(self, start: int, end: int) -> Text:
        return Text(None, (), False, b"", (), self.data[start:end], start)


def begins_as_json(data: bytes) -> bool:
    """Whether a text begins like a JSON object or array."""
    head = data[:64].removeprefix(_BOM).lstrip(_JSON_SPACE)
    return head[:1] in (b"{", b"[") or (not head and data[:4096].lstrip(_JSON_SPACE)[:1] in (b"{", b"["))


def _innermost(
    document: bytes, within: tuple[str, ...], layers: tuple[Layer, ...], span: Span, offsets: Sequence[int]
) -> Iterator[tuple[Text, tuple[int, ...]]]:
    """Follow offsets of the body into the JSON that stands in a string, as deep as it goes."""
    layers = (*layers, (span.start, Unescaped(document[span.start : span.end])))
    plain = layers[-1][1].data
    named = span.path is not None and not (within and within[-1] == _NO_NAME)
    if not span.is_string or span.is_key or len(layers) == _MAX_NESTING or not _is_document(plain):
        is_unnamed = span.is_string and not named
        path, within = (None, ()) if is_unnamed else (span.path, within)
        yield Text(path, within, span.is_key, document, layers, plain, is_unnamed=is_unnamed), tuple(offsets)
        return
    outer: dict[int, list[int]] = {}
    for offset in offsets:
        outer.setdefault(_inward(layers, offset), []).append(offset)
    way = (*within, span.path) if named and span.path is not None else (_NO_NAME,)
    for inner in strings(plain, sorted(outer)):
        held = [offset for at in inner.offsets for offset in outer[at]]
        yield from _innermost(plain, way, layers, inner, held)


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
        return _is_document_for_json(data)
    return True


def _is_document_for_json(data: bytes) -> bool:
    """The same for what `msgspec` refuses and RFC 8259 allows: half surrogates."""
    try:
        json.loads(data.decode("utf-8", "surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return False
    return True
