"""An incremental, lossless reader of HTTP/1 requests, for live sockets and for stored bytes alike.

Every byte fed comes out again, in order: as `Request.raw`, as `Unparsed.raw`, or from `take_surplus`. The framing is
that of RFC 9112, section 6. h11 is not used: it refuses a head with a line that has no name, and does not hand out the
bytes of what it accepts; the tests hold this reader against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from wiretell.capture.wire.chunked import ChunkedReader
from wiretell.capture.wire.head import Head, first_line_start, oddities, parse_request_line, split_head
from wiretell.errors import InternalError
from wiretell.model.capture import Request

MAX_HEAD_BYTES: Final = 256 << 10
"""Four times what nginx takes, so that a head that is refused is no accident."""
MAX_BODY_BYTES: Final = 64 << 20
"""Twice the limit that model APIs publish."""

_NOT_TOKEN = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")
_HEAD_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_MAX_METHOD_BYTES: Final = 64
_NO_HTTP: Final = "the connection does not begin like an HTTP request"
_CUT: Final = "the connection ended inside the {} of a request"
_TUNNEL: Final = "bytes after CONNECT belong to the tunnel"


@dataclass(frozen=True, slots=True)
class NeedData:
    """Nothing more can be told until more is fed; after `feed_eof`, nothing more at all."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A head is complete; its body may still be on the way. `Request` or `Unparsed` follows."""

    protocol: str
    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    """As in `Request`; a line without a name has the name `b""`."""
    raw_head: bytes
    content_length: int | None
    """Bytes of body to come; None for a chunked one, and where the framing cannot be told."""
    chunked: bool
    oddities: tuple[str, ...]
    """What is not as RFC 9112 wants it, in words."""

    def header(self, name: str) -> bytes | None:
        """Return the first value of a header, its name compared without case, or None."""
        return self.as_request().header(name)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the comma-separated items of all headers of that name, lower-case and in order."""
        return _items(self.headers, name)

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for `100 Continue` before it sends its body (RFC 9110, 10.1.1)."""
        return self.protocol != "HTTP/1.0" and "100-continue" in self.values("expect")

    @property
    def keep_alive(self) -> bool:
        """Whether the client keeps the connection open after the response (RFC 9112, 9.3)."""
        options = self.values("connection")
        return "close" not in options and (self.protocol != "HTTP/1.0" or "keep-alive" in options)

    @property
    def upgrade(self) -> tuple[str, ...]:
        """The protocols that the client offers to change to, lower-case: `websocket`, `h2c` (RFC 9110, 7.8)."""
        return self.values("upgrade") if "upgrade" in self.values("connection") else ()

    def as_request(self, body: bytes = b"", raw_body: bytes = b"", frames: tuple[int, ...] = ()) -> Request:
        """Return the request that has this head."""
        return Request(
            self.protocol, self.method, self.target, self.headers, body, self.raw_head, raw_body, frames
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unparsed:
    """Bytes that are no request, or not a whole one. Once given, all later bytes come out as `Unparsed` too."""

    raw: bytes
    """From the first byte of the request on."""
    reason: str
    request: Request | None = None
    """As far as it was understood, if its head was complete; `request.raw` is then where `raw` begins."""


Event: TypeAlias = NeedData | RequestHead | Request | Unparsed

NEED_DATA: Final = NeedData()


class RequestReader:
    """Turns the bytes of one connection into requests.

    Feed what arrives, then take events until `NeedData`. After a CONNECT, and whenever the caller switches protocols
    (101 Switching Protocols), `take_surplus` gives what arrived beyond the last request; after a CONNECT that was
    refused, `resume` reads on.
    """

    def __init__(self, *, max_head_bytes: int = MAX_HEAD_BYTES, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._max_head = max_head_bytes
        self._max_body = max_body_bytes
        self._buffer = bytearray()
        self._start = self._line_end = self._seen = 0
        """Places in the buffer: start and end of the first line (0: not there yet), and end of what was searched."""
        self._head: RequestHead | None = None
        self._chunks: ChunkedReader | None = None
        self._wrong_framing: str | None = None
        self._failed: str | None = None
        self._paused = False
        self._eof = False

    @property
    def idle(self) -> bool:
        """Whether no byte is held: the next byte fed is the first of a request."""
        return not self._buffer and self._head is None

    def feed(self, data: bytes) -> None:
        """Add bytes that arrived."""
        if self._eof:
            raise InternalError("bytes were fed to an HTTP reader after the end")
        self._buffer += data

    def feed_eof(self) -> None:
        """Say that no more will arrive; what stands unfinished comes out as `Unparsed`."""
        self._eof = True

    def take_surplus(self) -> bytes:
        """Take the bytes that no request claimed so far; never those of a request whose head was given already."""
        if self._head is not None:
            raise InternalError("an HTTP request was taken for surplus before its body was read")
        surplus = bytes(self._buffer)
        self._reset()
        return surplus

    def resume(self) -> None:
        """Read on after a CONNECT as if it had been any other request."""
        self._paused = False

    def next_event(self) -> Event:
        """Return what can be told next. Raises nothing."""
        if self._failed is not None:
            return self._rest(self._failed)
        if self._paused:
            return self._rest(_TUNNEL) if self._eof else NEED_DATA
        return self._read_head() if self._head is None else self._read_body(self._head)

    def _rest(self, reason: str) -> Event:
        raw = bytes(self._buffer)
        self._buffer.clear()
        return Unparsed(raw, reason) if raw else NEED_DATA

    def _reset(self) -> None:
        self._buffer.clear()
        self._start = self._line_end = self._seen = 0

    def _fail(self, reason: str) -> Event:
        """Give up on the connection; all that is held comes out."""
        self._failed = reason
        raw = bytes(self._buffer)
        request = None if self._head is None else self._partial(self._head)
        self._reset()
        self._head = self._chunks = None
        return Unparsed(raw, reason, request) if raw else NEED_DATA

    def _partial(self, head: RequestHead) -> Request:
        """Return the request with as much of its body as is there."""
        at = len(head.raw_head)
        if self._chunks is not None:
            return head.as_request(self._chunks.body(self._buffer, at), bytes(self._buffer[at:]), self._chunks.frames)
        return head.as_request(bytes(self._buffer[at : at + (head.content_length or 0)]))

    # --- head

    def _read_head(self) -> Event:
        """Read a head. The checks come in the order of the bytes, so that no split of the stream changes a reason."""
        if (wrong := self._read_first_line()) is not None:
            return self._fail(wrong)
        found = None
        if self._line_end:
            found = _HEAD_END.search(self._buffer, max(self._start, self._seen - 2), self._max_head)
        if found is not None:
            return self._take_head(bytes(self._buffer[: found.end()]))
        self._seen = len(self._buffer)
        if self._seen >= self._max_head:
            return self._fail(f"the head of the request is longer than {self._max_head} bytes")
        if self._eof and self._buffer:
            only_blank = self._start == self._seen
            return self._fail("blank lines and no request" if only_blank else _CUT.format("head"))
        return NEED_DATA

    def _read_first_line(self) -> str | None:
        """Say at the earliest byte that this is not HTTP/1, so that a client of another protocol need not wait."""
        if self._line_end:
            return None
        self._start = first_line_start(self._buffer, self._start)
        limit = min(self._start + _MAX_METHOD_BYTES, self._max_head)
        strange = _NOT_TOKEN.search(self._buffer, self._start, limit)
        if strange is None:
            too_long = len(self._buffer) >= self._start + _MAX_METHOD_BYTES and limit < self._max_head
            return _NO_HTTP if too_long else None
        if strange[0] not in b" \t" or strange.start() == self._start:
            return _NO_HTTP
        self._line_end = self._buffer.find(b"\n", max(self._start, self._seen), self._max_head) + 1
        if self._line_end and parse_request_line(self._buffer[self._start : self._line_end]) is None:
            return "the first line is not that of an HTTP/1 request"
        return None

    def _take_head(self, raw: bytes) -> Event:
        parts = split_head(raw)
        first = parse_request_line(parts.start[first_line_start(parts.start) :])
        assert first is not None  # _read_first_line looked at the same bytes
        length, chunked, wrong = _framing(parts, first.method)
        head = RequestHead(
            first.protocol, first.method, first.target, parts.headers, raw, length, chunked, oddities(parts)
        )  # fmt: skip
        if length is not None and length > self._max_body:
            wrong = f"the body of the request is longer than {self._max_body} bytes"
        self._head = head
        self._chunks = ChunkedReader(self._max_body, self._max_head) if chunked else None
        self._wrong_framing = wrong
        return head

    # --- body

    def _read_body(self, head: RequestHead) -> Event:
        if self._wrong_framing is not None:
            return self._fail(self._wrong_framing)
        at = len(head.raw_head)
        if self._chunks is not None:
            return self._read_chunks(head, self._chunks, at)
        end = at + (head.content_length or 0)
        if len(self._buffer) >= end:
            return self._finish(head.as_request(bytes(self._buffer[at:end])), end)
        return self._unfinished()

    def _read_chunks(self, head: RequestHead, chunks: ChunkedReader, at: int) -> Event:
        chunks.read(self._buffer, at)
        if chunks.wrong is not None:
            return self._fail(chunks.wrong)
        if chunks.trailers is None:
            return self._unfinished()
        end = at + chunks.trailers[1]
        return self._finish(
            head.as_request(chunks.body(self._buffer, at), bytes(self._buffer[at:end]), chunks.frames), end
        )  # fmt: skip

    def _unfinished(self) -> Event:
        return self._fail(_CUT.format("body")) if self._eof else NEED_DATA

    def _finish(self, request: Request, end: int) -> Request:
        del self._buffer[:end]
        self._start = self._line_end = self._seen = 0
        self._head = self._chunks = None
        self._paused = request.method == "CONNECT"
        return request


def read_requests(data: bytes) -> tuple[Request | Unparsed, ...]:
    """Read all of one connection's bytes; the `raw` of the results, joined, is `data`."""
    reader = RequestReader()
    reader.feed(data)
    reader.feed_eof()
    found: list[Request | Unparsed] = []
    while not isinstance(event := reader.next_event(), NeedData):
        if not isinstance(event, RequestHead):
            found.append(event)
    return tuple(found)


def _items(headers: tuple[tuple[bytes, bytes], ...], name: str) -> tuple[str, ...]:
    wanted = name.lower().encode("latin-1")
    values = (value.decode("latin-1").lower() for key, value in headers if key.lower() == wanted)
    return tuple(item for value in values for part in value.split(",") if (item := part.strip()))


def _framing(head: Head, method: str) -> tuple[int | None, bool, str | None]:
    """Tell how the body is delimited (RFC 9112, 6.3): (content length, chunked, why it cannot be told)."""
    if method == "CONNECT":  # what follows belongs to the tunnel, whatever the headers say (RFC 9110, 9.3.6)
        return 0, False, None
    codings = [item.split(";")[0].strip() for item in _items(head.headers, "transfer-encoding")]
    codings = [coding for coding in codings if coding != "identity"]
    if codings:
        if codings[-1] == "chunked" and "chunked" not in codings[:-1]:
            return None, True, None
        return None, False, "the transfer coding does not tell where the body ends"
    lengths = {item.encode("latin-1") for item in _items(head.headers, "content-length")}
    numbers = {int(length) for length in lengths if _LENGTH.fullmatch(length)}
    if not lengths:
        return 0, False, None
    if len(numbers) != 1 or not all(_LENGTH.fullmatch(length) for length in lengths):
        return None, False, "the content length is no single number"
    return numbers.pop(), False, None
