"""What the gateway must know of a protocol: where it is served, what a request asks for, what a response used, how an
error looks. Pure: bytes in, values out. Unknown fields and headers are open lists and never an error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wiretell.model.exchange import Usage, WireFormat

Operation = Literal["generate", "count_tokens", "models", "probe", "other"]
Headers = Sequence[tuple[bytes, bytes]]
"""Names as received; compare lower-cased."""


@dataclass(frozen=True, slots=True)
class Served:
    """A request target that a protocol serves."""

    operation: Operation
    below: str
    """The target below the upstream's `base_url`, with its query, still percent-encoded: `/v1/messages?beta=true`."""
    model: str = ""
    """Where the target names it (Gemini)."""
    stream: bool = False
    """Where the target says so (Gemini)."""


@dataclass(frozen=True, slots=True)
class Peek:
    """What a request asks for, by a partial decoding."""

    model: str = ""
    stream: bool = False
    max_tokens: int | None = None
    session: str | None = None
    """From the body, where it names one."""
    choices: int = 1
    """Answers that are asked for, each of which may be as long as the limit."""
    fallbacks: tuple[str, ...] = ()
    """Further models that may answer instead: the list `models` that routers of models take."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of the gateway's own, in the form that the protocol's clients show to their users."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class UsageReader(ABC):
    """Follows one response as it passes. Takes bytes cut anywhere; never fails, never keeps more than an event."""

    @abstractmethod
    def feed(self, data: bytes) -> None:
        """Look at more of the body (content coding undone)."""

    @property
    @abstractmethod
    def usage(self) -> Usage:
        """What is known by now; where the upstream said nothing, output is estimated from the bytes of text seen."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether the protocol's own last event has come (`message_stop`, `[DONE]`, `response.completed` ...)."""

    @property
    @abstractmethod
    def model_served(self) -> str | None:
        """The model that the response names."""

    @property
    @abstractmethod
    def tool_calls(self) -> int:
        """Tool calls in the response so far."""


class Protocol(ABC):
    """One wire protocol."""

    name: WireFormat

    @abstractmethod
    def serves(self, method: str, target: str) -> Served | None:
        """Return what a request target (path and query) is to this protocol; None if it is not its."""

    @abstractmethod
    def peek(self, body: bytes, served: Served) -> Peek:
        """Decode what is needed of a JSON body. :raises FormatError: where it is no JSON object."""

    @abstractmethod
    def reader(self, *, streamed: bool) -> UsageReader:
        """Return a follower of one response."""

    @abstractmethod
    def refusal(self, status: int, kind: str, message: str) -> Refusal:
        """Return an error. `kind`: `ban`, `budget`, `auth`, `bad-request`, `too-large`, `not-found`, `log`, `upstream`.

        Statuses that must not be tried again (401, 403, 413, 429, 451, 507) carry `x-should-retry: false`.
        """

    @abstractmethod
    def keys(self, headers: Headers, target: str) -> tuple[str, ...]:
        """Return the distinct credentials in a request: bearer, `x-api-key`, `x-goog-api-key`, `?key=`."""

    @abstractmethod
    def with_key(self, headers: Headers, target: str, key: str) -> tuple[list[tuple[bytes, bytes]], str]:
        """Return headers and target with the client's credentials replaced by `key`, in the protocol's own place."""
