"""Sending what speaks one protocol to an upstream that speaks another. Same-format traffic never comes here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from wiretell.model.exchange import WireFormat


@dataclass(frozen=True, slots=True)
class Loss:
    """A field that a translation cannot carry over."""

    path: str
    """JSON pointer with `*` for any index: `/messages/*/content/*/cache_control`."""
    count: int
    effect: str
    """One sentence: what that means for the user."""


@dataclass(frozen=True, slots=True)
class TranslatedRequest:
    """A request in the upstream's protocol."""

    path: str
    """Of the request target, below the upstream's `base_url`, with query: `/responses`, `/v1/messages`."""
    body: bytes
    losses: tuple[Loss, ...]


class StreamTranslator(ABC):
    """Turns a response stream into the client's protocol, event by event. Events may be cut anywhere."""

    @abstractmethod
    def feed(self, data: bytes) -> bytes:
        """Return what can be given to the client after these bytes; may be empty."""

    @abstractmethod
    def close(self) -> bytes:
        """Return what remains at the end of the upstream's stream; one that was cut ends in the client's error form."""


class Translator(ABC):
    """One pair of protocols, both ways."""

    client: WireFormat
    upstream: WireFormat

    @abstractmethod
    def request(self, body: bytes, model: str) -> TranslatedRequest:
        """Translate a request's JSON body.

        :raises FormatError: where it is none, or holds what cannot be sent there.
        """

    @abstractmethod
    def response(self, body: bytes, request_body: bytes = b"") -> bytes:
        """Translate a whole successful response to this request: it knows which tools went over as something else.

        :raises FormatError: where it is no response of the upstream's protocol, or ends in an error: answer 502 then.
        """

    @abstractmethod
    def stream(self, request_body: bytes) -> StreamTranslator:
        """Return a translator for one streamed response to this request."""

    @abstractmethod
    def error(self, status: int, body: bytes) -> bytes:
        """Put an upstream's error body into the client's form; the upstream's own words stay in it."""
