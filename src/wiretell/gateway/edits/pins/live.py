"""The texts of a live request that a template can pin: system prompt, tools, and what the client itself wrote around
the user's first words. The user's own words are nobody's template.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from wiretell.gateway.edits.parts import ATTRIBUTION, PARTS, Message, is_client_text
from wiretell.gateway.edits.spans import Located, Span
from wiretell.model.exchange import WireFormat

Group = Literal["system", "tools", "messages"]

_SHORTEST: Final = 24
"""Characters from which an audit takes a string for a text."""
_SYSTEM: Final = ("system", "instructions", "systemInstruction", "system_instruction")
_MESSAGES: Final = ("messages", "input", "contents")
_OWN_TOOL: Final = "__"
"""In the name of a tool that a server of the user's offers: `mcp__server__tool`, `server__tool`."""
_OWN_NOTES: Final = re.compile(r"(?<=\n)# claudeMd\n.*\n(?=# currentDate\n)", re.DOTALL)
"""The user's own notes, in the client's reminder."""
_OWN_STATUS: Final = re.compile(r"\n*^gitStatus: .*\Z", re.DOTALL | re.MULTILINE)
"""The state of the user's repository, at the end of a system prompt."""


@dataclass(frozen=True, slots=True)
class Live:
    """A text of a live request."""

    path: str
    text: str
    group: Group

    @property
    def variants(self) -> tuple[str, ...]:
        """As it stands, and without what the client quotes of the user's own."""
        without = (self.text, _OWN_NOTES.sub("", self.text), _OWN_STATUS.sub("", self.text))
        return tuple(dict.fromkeys(without))


def group_of(path: str) -> Group | None:
    """Say to what part of a request a path belongs; None for what is no text of the client's: model, metadata."""
    top = path.split("/")[1] if path else ""
    if top == "tools":
        return "tools"
    return "system" if top in _SYSTEM else "messages" if top in _MESSAGES else None


class Beginning:
    """The part of a request that stays the same from turn to turn."""

    def __init__(self, body: Located, protocol: WireFormat) -> None:
        """Find it. The messages of it end with the user's first turn."""
        self._body = body
        self._spans = {name: body.top[name] for name in (*_SYSTEM, "tools") if name in body.top}
        self._messages = list(_first(body, protocol))

    def digest(self) -> bytes:
        """Return what it is known by: one hash over its bytes."""
        hashed = hashlib.sha256()
        for span in (*self._spans.values(), *(message.span for message in self._messages)):
            hashed.update(memoryview(self._body.data)[span[0] : span[1]])
            hashed.update(b"\0")
        return hashed.digest()

    def texts(self) -> Iterator[Live]:
        """Go through its texts that can be pinned."""
        for name, span in self._spans.items():
            if name == "tools":
                yield from self._tools(span)
            else:
                yield from (Live(path, text, "system") for path, text in self._strings(span, f"/{name}"))
        for message in self._messages:
            yield from self._said(message)

    def _tools(self, span: Span) -> Iterator[Live]:
        for nth, item in enumerate(self._body.items(span)):
            texts = list(self._strings(item, f"/tools/{nth}"))
            members = self._body.members(item)
            function = self._body.members(members["function"]) if "function" in members else members
            if _OWN_TOOL not in (self._body.string(function.get("name")) or ""):
                yield from (Live(path, text, "tools") for path, text in texts)

    def _said(self, message: Message) -> Iterator[Live]:
        role = self._body.string(self._body.members(message.span).get("role"))
        for path, text in self._strings(message.span, message.path):
            if role in ("system", "developer") or is_client_text(text):
                yield Live(path, text, "messages")

    def _strings(self, span: Span, path: str) -> Iterator[tuple[str, str]]:
        value = json.loads(self._body.raw(span).decode("utf-8", "surrogateescape"), strict=False)
        for way, text in _walked(value, path):
            if len(text) >= _SHORTEST and not text.startswith(ATTRIBUTION):
                yield way, text


def _first(body: Located, protocol: WireFormat) -> Iterator[Message]:
    layout = PARTS[protocol]
    for message in layout.messages(body):
        yield message
        if layout.begins_turn(body, message):
            return


def _walked(value: Any, path: str) -> Iterator[tuple[str, str]]:
    waiting = [(path, value)]
    while waiting:
        way, here = waiting.pop()
        if isinstance(here, str):
            yield way, here
        elif isinstance(here, dict):
            inner = [(f"{way}/{name.replace('~', '~0').replace('/', '~1')}", each) for name, each in here.items()]
            waiting.extend(reversed(inner))
        elif isinstance(here, list):
            waiting.extend(reversed([(f"{way}/{nth}", each) for nth, each in enumerate(here)]))
