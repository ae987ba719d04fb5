"""What the door holds of an exchange until the writer says that it is written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from wiretell.gateway.log.interface import Closing
from wiretell.gateway.log.pipe import EndMeta, Message
from wiretell.gateway.log.records import edit_from, row_values

_UNRECORDED: Final = 507
_REFUSED: Final = "The log could not be written when this exchange ended, and its client was told so."
_PIECES_LOST: Final = "Pieces of the response were not recorded: the log's writer did not keep up."


@dataclass(slots=True)
class Held:
    """An exchange that is open, or not durable yet."""

    begun: bool
    messages: dict[int, Message] = field(default_factory=dict)
    """Not yet written, by sequence number."""
    failed: bool = False
    """Whether some of them came back."""
    opening: int = 0
    """Sequence number of its opening; 0 where none was handed over."""
    written: asyncio.Future[None] | None = None
    """Of who waits until the opening is written."""
    sent: int = 0
    """Bytes of the response so far."""
    lost: bool = False
    """Whether pieces of the response were dropped: the writer did not keep up."""
    end: int = 0
    """Sequence number of its end."""
    future: asyncio.Future[None] | None = None
    waits: bool = False
    """Whether its end failed and its client was told so; it is written as soon as the writer can."""
    is_sent: bool = False
    """Whether the writer has what waits, and said nothing of it yet."""

    def refuse(self, closing: Closing) -> None:
        """Let the row that waits say what the client was told, in place of the upstream's answer.

        Of a stream that had begun the client has the upstream's status.
        """
        row = closing.row
        warnings = (*row.warnings, _REFUSED, *((_PIECES_LOST,) if self.lost else ()))
        status = row.status if self.sent and row.streamed else _UNRECORDED
        meta = end_meta(replace(closing, row=replace(row, status=status, warnings=warnings)), self)
        message = self.messages[self.end]
        self.messages[self.end] = Message(message.say, message.seq, msgspec.msgpack.encode(meta), message.blobs)
        self.future, self.waits = None, True


def end_meta(closing: Closing, held: Held) -> EndMeta:
    """Return what is told of an end beside its blobs."""
    edits = [edit_from(entry) for entry in closing.edits]
    has_sent, has_upstream = closing.sent_body is not None, closing.upstream_body is not None
    return EndMeta(row_values(closing.row), held.begun, edits, has_sent, has_upstream)


def end_blobs(closing: Closing) -> tuple[bytes, bytes, bytes, bytes]:
    """Return an end's blobs, in the order of `EndMeta`."""
    return closing.response_head, closing.sent_head, closing.sent_body or b"", closing.upstream_body or b""
