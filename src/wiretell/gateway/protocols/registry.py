"""Every protocol by its name, and which one a request speaks."""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import Final

from wiretell.gateway.protocols import anthropic_messages, gemini, openai_chat, openai_responses
from wiretell.gateway.protocols.interface import Headers, Operation, Protocol, Served
from wiretell.model.exchange import WireFormat

ALL: Final[tuple[Protocol, ...]] = (
    anthropic_messages.PROTOCOL,
    openai_responses.PROTOCOL,
    openai_chat.PROTOCOL,
    gemini.PROTOCOL,
)
_BY_NAME: Final[Mapping[WireFormat, Protocol]] = MappingProxyType({each.name: each for each in ALL})
_ANTHROPIC: Final = frozenset({b"x-api-key", b"anthropic-version", b"anthropic-beta"})


def by_name(name: WireFormat) -> Protocol:
    """Return a protocol by its name."""
    return _BY_NAME[name]


def find(
    method: str, target: str, headers: Headers = (), among: Container[WireFormat] | None = None
) -> tuple[Protocol, Served] | None:
    """Return the protocol that serves a request target, and what the target is to it; None if no protocol does.

    Listings of models and probes are told apart by the headers. `among`, where given, are the protocols that upstreams
    speak; the others are left out.
    """
    speakers = [each for each in ALL if among is None or each.name in among]
    found = [(each, served) for each in speakers if (served := each.serves(method, target)) is not None]
    if len(found) > 1:
        spoken = _speaks(headers, found[0][1].operation)
        found.sort(key=lambda pair: not pair[0].name.startswith(spoken))
    return found[0] if found else None


def _speaks(headers: Headers, operation: Operation) -> str:
    """Return how the name of the protocol begins that the headers belong to.

    What says nothing is taken for OpenAI's; a probe that says nothing for Anthropic's, whose clients do probe.
    """
    names = {name.lower() for name, _ in headers}
    if names & _ANTHROPIC:
        return "anthropic"
    if b"x-goog-api-key" in names:
        return "gemini"
    return "anthropic" if operation == "probe" and b"authorization" not in names else "openai"
