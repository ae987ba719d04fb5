"""Which message of a request is the user's first, without decoding more than the roles.

Clients that load tools on demand put a message of their own before it, of the role `user` too, that holds nothing but
`<available-deferred-tools>`: seen in 2.1.90 and 2.1.91 where the base URL is the vendor's. It is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from wiretell.marks.body import Text

_BOM: Final = b"\xef\xbb\xbf"
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
r"""Of escaped surrogates. JavaScript sends `\ud83d` alone where it cuts an emoji in two, and msgspec refuses that."""
_NO_CONTROLS: Final = bytes(max(byte, 0x20) for byte in range(256))
"""Control characters in a string are no JSON (RFC 8259, section 7), and lenient readers take them."""


_TOOLS: Final = re.compile(r"\s*<available-deferred-tools>.*</available-deferred-tools>\s*", re.DOTALL)
_TOOLS_NAME: Final = b"available-deferred-tools>"


class _Message(msgspec.Struct):
    role: object = None
    content: msgspec.Raw = msgspec.Raw(b"null")


class _Block(msgspec.Struct):
    text: str = ""


_NOBODY: Final = -1


class Conversations:
    """Which message is the user's first, of each list that is asked for: a document is decoded once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[bytes, int | None]] = {}
        """By identity of the document, which is kept for that."""

    def first_user(self, text: Text, pointer: str) -> int | None:
        """Return the index of the first message of the role `user` in a list; None where the document is not whole."""
        key = (id(text.document), pointer)
        if key not in self._known:
            self._known[key] = (text.document, _first_user(text, pointer))
        return self._known[key][1]


def _first_user(text: Text, pointer: str) -> int | None:
    document = text.document.removeprefix(_BOM).lstrip()
    messages = _decoded(document, pointer)
    if messages is None:
        messages = _decoded(_HALF.sub(rb"\\u00", document.translate(_NO_CONTROLS)), pointer)
    if messages is None:
        return None
    # Gemini: in `contents`, a missing role means `user`.
    missing = "user" if "".join((*text.within[-1:], pointer)).endswith("/contents") else None
    said = (
        nth for nth, message in enumerate(messages) if (message.role or missing) == "user" and not _names_tools(message)
    )
    return next(said, _NOBODY)


def _names_tools(message: _Message) -> bool:
    """Whether a message is the client's own list of tools."""
    if _TOOLS_NAME not in bytes(memoryview(message.content)[:200]):
        return False
    try:
        content = msgspec.json.decode(message.content, type=str | list[_Block])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    texts = [content] if isinstance(content, str) else [block.text for block in content]
    return len(texts) == 1 and _TOOLS.fullmatch(texts[0]) is not None


def _decoded(document: bytes, pointer: str) -> list[_Message] | None:
    try:
        return _messages(document, pointer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, LookupError):
        return None


def _messages(document: bytes, pointer: str) -> list[_Message]:
    """Decode the roles of the list at a JSON pointer (RFC 6901), and skip the rest of the document.

    :raises msgspec.DecodeError: where the document is not whole; LookupError where nothing stands there.
    """
    parts = tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    items = _items_on(parts)
    value: Any = _decoder(parts[items:]).decode(_at(document, parts[:items]))
    for _ in parts[items:]:
        value = value.inner
    if value is None:
        raise LookupError(pointer)
    messages: list[_Message] = value
    return messages


def _items_on(parts: Sequence[str]) -> int:
    """Return how many parts lead through the last array: what is behind them is members alone."""
    return max((nth for nth, part in enumerate(parts, 1) if part.isdecimal()), default=0)


def _at(value: bytes | msgspec.Raw, parts: Sequence[str]) -> bytes | msgspec.Raw:
    """Return what stands at the end of a way through arrays and members."""
    for part in parts:
        if bytes(memoryview(value)[:64]).lstrip()[:1] == b"[":
            value = msgspec.json.decode(value, type=list[msgspec.Raw])[int(part)]
        else:
            value = msgspec.json.decode(value, type=dict[str, msgspec.Raw])[part]
    return value


@lru_cache(maxsize=64)
def _decoder(members: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """Return what decodes the list at the end of a way through members, in one pass: a log has one such way."""
    form: Any = list[_Message]
    for name in reversed(members):
        form = msgspec.defstruct("_Wrapper", [("inner", form | None, None)], rename={"inner": name})
    return msgspec.json.Decoder(form)
