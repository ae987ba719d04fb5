"""Following a response: as a stream of events, or as one JSON document. Pure; each protocol has its own file."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Final

from wiretell.gateway.protocols.decoding import MAX_COUNT
from wiretell.gateway.protocols.interface import UsageReader
from wiretell.gateway.protocols.sse import MAX_EVENT_BYTES, EventSplitter
from wiretell.model.exchange import Usage

MAX_DOCUMENT_BYTES: Final = 32 << 20
"""Of a response that is one JSON document; of a larger one nothing is read, and its text is estimated as nothing."""
BYTES_A_TOKEN: Final = 4
"""For an estimate where nothing is reported: English text and code come to three to four."""

_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


class Follower(UsageReader):
    """The part that all protocols share. A body that begins as JSON is read as one document, at the first question.

    Errors come as a document where a stream was asked for, and Gemini streams a JSON array unless asked for events.
    """

    def __init__(self, *, streamed: bool) -> None:
        self._splitter = EventSplitter(MAX_EVENT_BYTES)
        self._document: bytearray | None = None if streamed else bytearray()
        self._sniffed = not streamed
        self._read_at = 0
        self._whole = False
        self._too_large = False
        self._last_event_seen = False
        self._text_bytes = 0
        """Of text in the response, as JSON spells it."""
        self._said: Usage | None = None
        """Of usage, by the upstream; `reported` where that is final."""
        self._model: str | None = None
        self._tool_calls = 0

    def feed(self, data: bytes) -> None:
        """Look at more of the body."""
        if not self._sniffed:
            self._sniff(data)
        if self._document is None:
            for payload in self._splitter.feed(data):
                self.event(payload)
        elif len(self._document) + len(data) <= MAX_DOCUMENT_BYTES:
            self._document += data
        else:
            self._document.clear()
            self._too_large = True

    @abstractmethod
    def event(self, payload: bytes) -> None:
        """Look at the data of one event, or one message of a WebSocket."""

    @abstractmethod
    def _read_document(self, document: bytes) -> bool:
        """Look at a whole document; return whether it is one. It may be asked again once there is more of it."""

    @property
    def usage(self) -> Usage:
        """What is known by now."""
        self._settle()
        said = self._said
        if said is not None and said.reported:
            return said
        estimate = min((self._text_bytes + BYTES_A_TOKEN - 1) // BYTES_A_TOKEN, MAX_COUNT)
        said = said or Usage()
        return replace(said, output_tokens=max(said.output_tokens, estimate))

    @property
    def ended(self) -> bool:
        """Whether the protocol's own last event has come, or the document is whole (of one too large, taken for so)."""
        self._settle()
        return self._whole or self._last_event_seen or self._too_large

    @property
    def model_served(self) -> str | None:
        """The model that the response names."""
        self._settle()
        return self._model

    @property
    def tool_calls(self) -> int:
        """Tool calls in the response so far."""
        self._settle()
        return self._tool_calls

    def _sniff(self, data: bytes) -> None:
        begin = data.removeprefix(_BOM).lstrip(_BLANK)
        if begin:
            self._sniffed = True
            if begin[:1] in (b"{", b"["):
                self._document = bytearray()

    def _settle(self) -> None:
        """Read the document, if more of it has come since it was last read."""
        document = self._document
        if document is None or self._whole or self._too_large or len(document) == self._read_at:
            return
        self._read_at = len(document)
        if document.rstrip(_BLANK).endswith((b"}", b"]")):
            self._whole = self._read_document(bytes(document).removeprefix(_BOM))
