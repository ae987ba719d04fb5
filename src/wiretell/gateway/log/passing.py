"""Exchanges on their way through the writer, and what is made of their bodies and rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from wiretell.errors import FormatError
from wiretell.gateway.log import coding
from wiretell.gateway.log.frames import Kind
from wiretell.gateway.log.interface import LogError
from wiretell.gateway.log.keys import Keyring, UserKey
from wiretell.gateway.log.records import COLUMN, Payload
from wiretell.gateway.log.recovery import StillOpen
from wiretell.gateway.tables.interface import Derived


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


class Pending(msgspec.Struct, frozen=True):
    """A frame to be written."""

    kind: Kind
    payload: Payload
    seqs: tuple[int, ...]
    row: list[Any] | None = None
    """Columns of an end."""
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


_OF_OPENING: Final = tuple(
    COLUMN[name] for name in ("system_hash", "prefix_blocks", "template", "prompt", "tool_results")
)
_MARKS: Final = COLUMN["marks"]
_WARNINGS: Final = COLUMN["warnings"]
_REQUEST_SHA256: Final = COLUMN["request_sha256"]
_SENT_SHA256: Final = COLUMN["sent_sha256"]
_SESSION: Final = tuple(COLUMN[name] for name in ("session", "agent_id", "protocol"))


def derive(values: list[Any], found: Derived) -> None:
    """Put what the request's body told into a row's values."""
    values[COLUMN["system_hash"]] = found.system_hash
    values[COLUMN["prefix_blocks"]] = list(found.prefix_blocks)
    values[COLUMN["template"]] = list(found.template)
    values[COLUMN["prompt"]] = found.prompt
    values[COLUMN["tool_results"]] = found.tool_results
    values[_MARKS] = list(dict.fromkeys((*values[_MARKS], *found.marks)))
    for sentence in found.warnings:
        warn(values, sentence)


def complete(values: list[Any], opened: list[Any]) -> None:
    """Put into the values of an end what was found when the request came, and the hashes that the door leaves to us."""
    if opened:
        for number in _OF_OPENING:
            values[number] = opened[number]
        values[_MARKS] = list(dict.fromkeys((*values[_MARKS], *opened[_MARKS])))
        values[_WARNINGS] = list(dict.fromkeys((*values[_WARNINGS], *opened[_WARNINGS])))
        values[_REQUEST_SHA256] = values[_REQUEST_SHA256] or opened[_REQUEST_SHA256]
    if values[_SENT_SHA256] == "":
        values[_SENT_SHA256] = values[_REQUEST_SHA256]


def warn(values: list[Any], sentence: str) -> None:
    """Add a warning to a row's values."""
    values[_WARNINGS] = list(dict.fromkeys((*values[_WARNINGS], sentence)))


def session(values: list[Any]) -> str:
    """Return whose requests begin alike."""
    return "\0".join([values[number] or "" for number in _SESSION])


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


def reopened(found: StillOpen, keys: Keyring) -> Open:
    """Return an exchange that a start found without its end. :raises LogError: where its key is gone."""
    key = keys.get(found.payload.scope)
    if key is None:
        raise LogError("an open exchange of an erased user was given back.")
    stored, part = found.stored, found.part
    record = found.record
    return Open(found.payload.exchange, key, record.row, record.head, found.day, part, stored, safe=(part, stored))


def reason(error: Exception) -> str:
    """Return why nothing can be written, as one sentence."""
    if isinstance(error, OSError):
        return f"the log cannot be written: {error.strerror or error}."
    return f"the log's index cannot be written: {error}."
