"""What the door hands to the log, and what it may expect.

The door calls `begin` once a request is known well enough to be recorded, `part` as the response comes, and awaits
`end` before the client gets its last byte: what `end` returned for is durable. Everything behind it (the writer
process, its files, keys, redaction) is the log's own business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from wiretell.errors import WiretellError
from wiretell.model.exchange import LedgerEntry, Row


class LogError(WiretellError):
    """An exchange could not be made durable: disk full, folder gone, writer gone."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A request as it came."""

    row: Row
    """As far as it is known; `protocol` says how the body is cut into blocks."""
    head: bytes
    """Request line and headers as received, CRLF lines, without the empty line. Credentials still in it: the log
    redacts."""
    body: bytes
    """As it came over the wire, its content coding still on it."""
    content_encoding: str = ""
    """`zstd`, `gzip` ...; empty: none."""


@dataclass(frozen=True, slots=True)
class Closing:
    """An exchange at its end."""

    row: Row
    """Whole, but for the columns that the log's writer derives from the bodies."""
    response_head: bytes = b""
    """Status line and headers as the client got them, CRLF lines."""
    edits: tuple[LedgerEntry, ...] = ()
    """Applied to the request's body in order of offset they give the body that was sent (`row.sent_sha256`)."""
    sent_head: bytes = b""
    """As sent upstream; empty: nothing was sent."""
    sent_body: bytes | None = None
    """Only where it was made anew (a translation) and is not the request with its edits."""
    upstream_body: bytes | None = None
    """Only where the client got another body than the upstream sent (a translation)."""


@dataclass(frozen=True, slots=True)
class LogState:
    """How the log is doing, for `/ui`, metrics and tests."""

    queued: int = 0
    """Exchanges handed over and not yet durable."""
    queued_bytes: int = 0
    spilled: int = 0
    """Exchanges that went to the spill file since the start."""
    dropped: int = 0
    """Exchanges that were lost since the start. With `on_log_failure = "refuse"` only those that were under way when
    the log failed, and for which there was room nowhere until the stop."""
    failing: str = ""
    """Why nothing can be written now; empty while it can."""
    head: str = ""
    """The chain's last hash, 64 hex digits."""
    recorded: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    """Anything further worth showing."""


class Recorder(ABC):
    """The door's side of the log."""

    @abstractmethod
    async def start(self) -> None:
        """Start the writer and wait until it can write. :raises LogError: if it cannot. UsageError: log in use."""

    @abstractmethod
    def begin(self, opening: Opening) -> None:
        """Hand over a request. Returns at once. :raises LogError: where nothing can be written now."""

    async def begun(self, exchange_id: str) -> None:  # noqa: B027 - a log that keeps nothing has nothing to do
        """Wait until the request is written, so that an exchange of which a client saw a byte leaves a trace even if
        the gateway is killed. Does not fail: a log that cannot be written says so by `end`.
        """

    @abstractmethod
    def part(self, exchange_id: str, data: bytes) -> None:
        """Hand over a piece of the response body, as it goes to the client. Returns at once and does not fail."""

    @abstractmethod
    async def end(self, closing: Closing) -> None:
        """Make an exchange durable; `begin` need not have been called for it (a refusal).

        :raises LogError: where it is not durable; what was sent is kept, and recorded as soon as that can be. A refusal
            of which nothing was sent may be kept so without an error. With `on_log_failure = "pass"` there is none: it
            is spilled, or counted as dropped.
        """

    @abstractmethod
    def state(self) -> LogState:
        """Return how the log is doing."""

    @abstractmethod
    async def stop(self) -> None:
        """Write all that waits, Parquet too, and end the writer."""
