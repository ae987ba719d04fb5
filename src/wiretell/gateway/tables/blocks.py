"""A request's body as blocks: its system part, its tools, its messages. Pure; a partial decoding in one pass.

Two spellings that agents give one block from turn to turn are taken as one: a `cache_control` marker, which moves to
the last message, and a text that stands alone in a list, which it does where the marker is. The vendor's attribution
block in `system` (`x-anthropic-billing-header`), which changes with every request, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import msgspec

from wiretell.gateway.tables.few import is_few

UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises for a body that is not what its protocol says (broken UTF-8 is a ValueError)."""

_NOTHING: Final = msgspec.Raw(b"")
_MARKER: Final = re.compile(rb'"cache_control"\s*+:\s*+\{[^{}]*+\}')
"""Outside strings only: in one, its quotes would be escaped."""
_SPACE: Final = b" \t\r\n"
_ALONE: Final = re.compile(
    rb'(\{"role":"[a-z]+","content":)\[\{"type":"text","text":("[^"\\]*+(?:\\.[^"\\]*+)*+")\}\](\})', re.DOTALL
)
_ATTRIBUTION: Final = b'"x-anthropic-billing-header'
_ATTRIBUTION_WITHIN: Final = 64
"""Bytes of a block in which the attribution's text begins, if it is that."""
_SYSTEM_ROLES: Final = frozenset({"system", "developer"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request in blocks, each as it is spelled."""

    list_name: str
    """The member that holds the messages: `messages`, `input`, `contents`."""
    system: tuple[bytes, ...] = ()
    tools: bytes = b""
    messages: tuple[bytes, ...] = ()
    """Of OpenAI Responses items; where `input` is a string, that string alone."""
    system_name: str = "system"
    """The member that holds the system part; where it is `messages`, the first messages are, by their role."""
    is_bare: bool = False
    """Whether the system part, where the protocol allows a list, or the messages are no list."""


class _Anthropic(msgspec.Struct):
    system: msgspec.Raw = _NOTHING
    tools: msgspec.Raw = _NOTHING
    messages: list[msgspec.Raw] = msgspec.field(default_factory=list)


class _Chat(msgspec.Struct):
    tools: msgspec.Raw = _NOTHING
    messages: list[msgspec.Raw] = msgspec.field(default_factory=list)


class _Responses(msgspec.Struct):
    instructions: msgspec.Raw = _NOTHING
    tools: msgspec.Raw = _NOTHING
    input: msgspec.Raw = _NOTHING


class _Gemini(msgspec.Struct):
    system: msgspec.Raw = msgspec.field(name="systemInstruction", default=_NOTHING)
    system_snake: msgspec.Raw = msgspec.field(name="system_instruction", default=_NOTHING)
    tools: msgspec.Raw = _NOTHING
    contents: list[msgspec.Raw] = msgspec.field(default_factory=list)


class _Item(msgspec.Struct):
    role: Any = None
    type: Any = None


_ANTHROPIC: Final = msgspec.json.Decoder(_Anthropic)
_CHAT: Final = msgspec.json.Decoder(_Chat)
_RESPONSES: Final = msgspec.json.Decoder(_Responses)
_GEMINI: Final = msgspec.json.Decoder(_Gemini)
_ITEM: Final = msgspec.json.Decoder(_Item)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


def request_of(protocol: str, body: bytes) -> Request | None:
    """Take a body apart; None for a protocol that is not known, or a body that is not of it."""
    parse = _PARSERS.get(protocol)
    if parse is None:
        return None
    try:
        return parse(body)
    except UNREADABLE:
        return None


def _anthropic(body: bytes) -> Request:
    found = _ANTHROPIC.decode(body)
    system = bytes(found.system)
    is_bare = not system.startswith(b"[")
    return Request("messages", _system_blocks(system), _given(found.tools), _each(found.messages), "system", is_bare)


def _chat(body: bytes) -> Request:
    found = _CHAT.decode(body)
    return Request("messages", (), _given(found.tools), _each(found.messages), "messages")


def _responses(body: bytes) -> Request:
    found = _RESPONSES.decode(body)
    given = _given(found.input)
    items = (given,) if given.startswith(b'"') else _each(_LIST.decode(given)) if given else ()
    instructions = _given(found.instructions)
    system = (instructions,) if instructions else ()
    return Request("input", system, _given(found.tools), items, "instructions", given.startswith(b'"'))


def _gemini(body: bytes) -> Request:
    found = _GEMINI.decode(body)
    system = _given(found.system) or _given(found.system_snake)
    return Request(
        "contents", (system,) if system else (), _given(found.tools), _each(found.contents), "systemInstruction"
    )


_PARSERS: Final[Mapping[str, Callable[[bytes], Request]]] = MappingProxyType(
    {"anthropic-messages": _anthropic, "openai-chat": _chat, "openai-responses": _responses, "gemini": _gemini}
)


def _each(items: list[msgspec.Raw]) -> tuple[bytes, ...]:
    return tuple(map(bytes, items))


def _given(value: msgspec.Raw) -> bytes:
    data = bytes(value)
    return b"" if data == b"null" else data


def _system_blocks(data: bytes) -> tuple[bytes, ...]:
    if not data.startswith(b"["):
        return () if data in (b"", b"null", b'""') else (data,)
    return tuple(each for each in _each(_LIST.decode(data)) if not is_attribution(each))


def is_attribution(block: bytes) -> bool:
    """Whether a system block is the vendor's attribution block."""
    return _ATTRIBUTION in block[:_ATTRIBUTION_WITHIN]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a message is."""

    is_users: bool = False
    is_system: bool = False
    is_result: bool = False
    """Of a tool, as a message of its own (OpenAI's protocols)."""


@cache
def _kind(is_users: bool, is_system: bool, is_result: bool) -> Kind:
    """Return one and the same value for all that are equal: thousands are remembered."""
    return Kind(is_users, is_system, is_result)


def kind_of(message: bytes) -> Kind:
    """Return what a message is, by its role and type; a text that is no object is the user's."""
    if message.startswith(b'"'):
        return _kind(True, False, False)
    try:
        item = _ITEM.decode(message)
    except UNREADABLE:
        return _kind(False, False, False)
    role = item.role if isinstance(item.role, str) else ""
    is_result = role == "tool" or (isinstance(item.type, str) and item.type.endswith("_output"))
    return _kind(role == "user", role in _SYSTEM_ROLES, is_result)


def plain(block: bytes) -> bytes:
    """Return a block in the one spelling that its hash is made of."""
    if b'"cache_control"' in block:
        block = _unmarked(block)
    alone = _ALONE.fullmatch(block) if block.endswith(b"}]}") else None
    return b"".join(alone.groups()) if alone else block


def _unmarked(block: bytes) -> bytes:
    """Take out markers, each with the comma before it."""
    pieces: list[bytes] = []
    at = 0
    for match in _MARKER.finditer(block):
        before = block[at : match.start()].rstrip(_SPACE)
        pieces.append(before.removesuffix(b","))
        at = match.end()
    return b"".join((*pieces, block[at:]))


@dataclass(frozen=True, slots=True)
class LastMessage:
    """What the end of a request holds."""

    texts: tuple[str, ...] = ()
    """Text parts of the last message, where it is the user's."""
    tool_results: int = 0


def last_message(protocol: str, message: bytes) -> LastMessage:
    """Read the last message of a request; no texts where it is not the user's, or has too many values."""
    if not is_few(message):
        return LastMessage()
    try:
        value = msgspec.json.decode(message)
    except UNREADABLE:
        return LastMessage()
    if isinstance(value, str):
        return LastMessage((value,))
    if not isinstance(value, dict) or value.get("role", "user" if protocol == "gemini" else "") != "user":
        return LastMessage()
    content = value.get("parts" if protocol == "gemini" else "content")
    parts = [content] if isinstance(content, str) else content if isinstance(content, list) else []
    texts = tuple(text for part in parts if (text := _text(part)))
    return LastMessage(texts, sum(map(_is_result, parts)))


def _text(part: object) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text") if isinstance(part, dict) and not part.get("thought") else None
    return text if isinstance(text, str) else ""


def _is_result(part: object) -> bool:
    return isinstance(part, dict) and (part.get("type") == "tool_result" or "functionResponse" in part)
