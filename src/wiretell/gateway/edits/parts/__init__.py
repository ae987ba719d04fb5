"""Whose value is whose in a request body: one file a protocol."""

from __future__ import annotations

from typing import Final

from wiretell.gateway.edits.parts.anthropic import Anthropic
from wiretell.gateway.edits.parts.chat import Chat
from wiretell.gateway.edits.parts.gemini import Gemini
from wiretell.gateway.edits.parts.interface import ATTRIBUTION, Kind, Message, Part, Parts, is_client_text
from wiretell.gateway.edits.parts.responses import Responses
from wiretell.gateway.edits.spans import Located
from wiretell.model.exchange import WireFormat

__all__ = [
    "ATTRIBUTION",
    "PARTS",
    "Kind",
    "Message",
    "Part",
    "Parts",
    "guessed",
    "is_client_text",
]

PARTS: Final[dict[WireFormat, Parts]] = {each.name: each for each in (Anthropic(), Chat(), Responses(), Gemini())}


def guessed(body: Located) -> WireFormat:
    """Say what protocol a stored request most likely is of, by its members; of messages alone, Anthropic's."""
    if "contents" in body.top:
        return "gemini"
    if "input" in body.top or "instructions" in body.top:
        return "openai-responses"
    if "system" in body.top:
        return "anthropic-messages"
    messages = PARTS["openai-chat"].messages(body)
    roles = {body.string(body.members(each.span).get("role")) for each in messages}
    return "openai-chat" if roles & {"system", "developer", "tool"} else "anthropic-messages"
