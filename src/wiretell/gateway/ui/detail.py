"""One exchange in full: heads and bodies as stored, what was marked and what was changed in them. Pure, but slow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wiretell import marks
from wiretell.errors import WiretellError
from wiretell.gateway.door.coding import Reading
from wiretell.gateway.log.reader import Stored
from wiretell.gateway.ui.view import core
from wiretell.model.exchange import LedgerEntry, Row
from wiretell.report.glyphs import codepoint, codepoint_name, draw, draw_marked, visible

SHOWN_BYTES: Final = 128 << 10
"""Of a body on the page; the rest is one click away."""
_READ_BYTES: Final = 64 << 20
_AROUND: Final = 48
"""Bytes shown before and after a place that was changed."""
_CELLS: Final = 24
"""Characters drawn one by one, with their code points; of a longer text, so many of its beginning."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a body."""

    text: str
    """Drawn; line ends and tabs are kept."""
    kind: str = ""
    """`edit`, `mark`, or empty."""
    told: str = ""
    """What a pointer over it is told."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One character of an edit."""

    drawn: str
    point: str
    """`U+02BC`"""
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """One edit, before and after."""

    rule: str
    path: str
    offset: int
    ahead: str
    """What stands before it in the body, drawn."""
    behind: str
    before: tuple[Cell, ...]
    before_more: int
    """Characters beyond those in `before`."""
    after: tuple[Cell, ...]
    after_more: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A head and its body."""

    head: str
    segments: tuple[Segment, ...]
    size: int
    """Bytes of the body, content coding undone."""
    cut: int
    """Bytes beyond those shown."""
    fault: str = ""
    """Why the body could not be read to its end."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the page of one exchange shows."""

    row: Row
    changes: tuple[Change, ...]
    request: Shown
    sent: Shown | None
    """What went upstream, where it is not the request as it came."""
    response: Shown
    redacted: int
    """Places at which a secret stood."""


def detail(stored: Stored) -> Detail:
    """Return one exchange as the page shows it."""
    body = stored.request_text
    edits = sorted(stored.edits, key=lambda edit: edit.offset)
    spans = [*_edited(edits), *_marked(body, stored.row.marks)]
    return Detail(
        row=stored.row,
        changes=tuple(_change(edit, body) for edit in edits),
        request=_shown(stored.request_head, body, spans),
        sent=_sent(stored),
        response=_shown(stored.response_head, stored.response_text, ()),
        redacted=len(stored.redacted),
    )


def plain(head: bytes, body: bytes) -> tuple[bytes, str]:
    """Return a body with the content coding undone that its head names, and why that stopped early, if it did."""
    pieces: list[bytes] = []
    reading = Reading(content_coding(head), pieces.append, _READ_BYTES)
    reading.feed(body)
    return (b"".join(pieces), reading.fault) if pieces or not reading.fault else (body, reading.fault)


def content_coding(head: bytes) -> str:
    """Return the content coding that a head names; empty: none."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-encoding":
            return value.decode("latin-1").strip()
    return ""


def _sent(stored: Stored) -> Shown | None:
    if stored.sent_body is None or stored.sent_body == stored.request_body:
        return None
    body, fault = plain(stored.sent_head, stored.sent_body)
    return _shown(stored.sent_head, body, (), fault)


_Span = tuple[int, int, str, str]
"""Begin and end in bytes, kind, what is told."""


def _edited(edits: Iterable[LedgerEntry]) -> list[_Span]:
    return [
        (edit.offset, edit.offset + len(edit.before.encode("utf-8", "surrogateescape")), "edit", edit.rule)
        for edit in edits
    ]


def _marked(body: bytes, found: Sequence[str]) -> list[_Span]:
    schemes = sorted({mark.partition(":")[0] for mark in found})
    if not schemes:
        return []
    try:
        reading = marks.read(body, schemes=schemes)
    except WiretellError:  # a scheme of another version of wiretell
        return []
    return [
        (mark.offset, mark.offset + mark.length, "mark", f"{mark.scheme}:{mark.state} {', '.join(mark.codepoints)}")
        for mark in reading.marks
    ]


def _shown(head: bytes, body: bytes, spans: Sequence[_Span], fault: str = "") -> Shown:
    window = body[:SHOWN_BYTES]
    return Shown(
        head=drawn_lines(head.decode("utf-8", "surrogateescape")),
        segments=tuple(_segments(window, spans)),
        size=len(body),
        cut=len(body) - len(window),
        fault=visible(fault),
    )


def _segments(body: bytes, spans: Sequence[_Span]) -> Iterable[Segment]:
    """Cut a body at its spans; one that begins within another is left to that one. Edits come before marks."""
    at = 0
    for begin, end, kind, told in sorted(spans, key=lambda span: (span[0], span[2])):
        if begin < at or begin >= len(body):
            continue
        yield Segment(_drawn(body[at:begin]))
        yield Segment(_drawn(body[begin:end]), kind, visible(told))
        at = end
    yield Segment(_drawn(body[at:]))


def _drawn(data: bytes) -> str:
    return drawn_lines(data.decode("utf-8", "surrogateescape"))


def drawn_lines(text: str) -> str:
    """Return a text as it may be shown, with its line ends and tabs."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in lines)


def _change(edit: LedgerEntry, body: bytes) -> Change:
    before, after = core(edit.before, edit.after)
    # where the changed part itself begins, within what the rule replaced
    same = len(edit.before[: edit.before.index(before)].encode("utf-8", "surrogateescape")) if before else 0
    begin = edit.offset + same
    end = begin + len(before.encode("utf-8", "surrogateescape"))
    return Change(
        rule=visible(edit.rule),
        path=visible(edit.path or ""),
        offset=edit.offset,
        ahead=_around(body[max(0, begin - _AROUND) : begin]),
        behind=_around(body[end : end + _AROUND]),
        before=_cells(before),
        before_more=max(0, len(before) - _CELLS),
        after=_cells(after),
        after_more=max(0, len(after) - _CELLS),
    )


def _around(data: bytes) -> str:
    # cut in the middle of a character, a byte or three are no text: left out
    return visible(data.decode("utf-8", "ignore"))


def _cells(text: str) -> tuple[Cell, ...]:
    return tuple(_cell(char) for char in text[:_CELLS])


def _cell(char: str) -> Cell:
    shown = draw_marked(char)
    return Cell(shown if len(shown) == 1 and draw(char) == char else "·", codepoint(char), codepoint_name(char))
