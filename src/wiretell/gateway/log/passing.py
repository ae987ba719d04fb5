"""Exchanges on their way through the writer, and what is made of their bodies and rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wiretell.errors import FormatError
from wiretell.gateway.log import coding
from wiretell.gateway.log.frames import Kind
from wiretell.gateway.log.keys import UserKey
from wiretell.gateway.log.records import Payload, row_from
from wiretell.model.exchange import Row


@dataclass(slots=True)
class Open:
    """An exchange without its end."""

    exchange: bytes
    key: UserKey
    row: list[Any]
    """Columns of its opening."""
    head: bytes
    """Of its request, redacted."""
    day: str
    """Of its opening."""
    part: int = 0
    """Number of the last part that was written or is about to be."""
    stored: int = 0
    """Bytes of the response in those parts."""
    buffer: bytearray = field(default_factory=bytearray)
    """What came after them."""
    seqs: list[tuple[int, int]] = field(default_factory=list)
    """Messages in `buffer`: sequence number, and where in the response it ends."""
    since: float = 0.0
    """When `buffer` got its first byte; monotonic seconds."""
    safe: tuple[int, int] = (0, 0)
    """`part` and `stored` as of the last commit."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A frame to be written."""

    kind: Kind
    payload: Payload
    seqs: tuple[int, ...]
    row: Row | None = None
    """Of an end."""
    edits: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a commit did."""

    written: list[int]
    """Sequence numbers of messages that need not be sent again."""
    failed: list[int]
    reason: str = ""


def plain(body: bytes, name: str) -> tuple[bytes, str, bool]:
    """Return a body without its content coding, how it is made again, and whether the coding could not be undone."""
    if not name:
        return body, "", False
    try:
        plain = coding.decoded(body, name)
    except FormatError:
        return body, "", True
    return plain, coding.recoder(body, name, plain) or "wire", False


def with_derived(row: Row, opened: list[Any]) -> Row:
    """Return a row with the columns that were derived of the request when it came."""
    if not opened:
        return row
    before = row_from(opened)
    return replace(
        row,
        system_hash=before.system_hash,
        prefix_blocks=before.prefix_blocks,
        template=before.template,
        prompt=before.prompt,
        tool_results=before.tool_results,
        marks=tuple(dict.fromkeys((*row.marks, *before.marks))),
    )


def session(row: Row) -> str:
    """Return whose requests begin alike."""
    return f"{row.session or ''}\0{row.agent_id or ''}\0{row.protocol}"


def coding_of(head: bytes) -> str:
    """Return the content coding that a response's head names."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-encoding":
            text = value.strip().decode("latin-1").lower()
            return "" if text == "identity" else text
    return ""


def is_text(found: Open) -> bool:
    """Whether a response may be written in parts: what has a content coding can only be searched whole."""
    return found.stored > 0 or bytes(found.buffer[:16]).isascii()
