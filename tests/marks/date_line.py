"""Requests as the client of the case sends them, for the tests of the date line."""

from __future__ import annotations

import json
from typing import Any

BEFORE = "As you answer the user's questions, you can use the following context:\n"
AFTER = "\n\n      IMPORTANT: this context may or may not be relevant to your tasks.\n"
PLAIN = "Today's date is 2026-11-21."


def reminder(sentence: str = PLAIN, notes: str = "") -> str:
    """The text block that holds the date line; `notes` are the user's own, from CLAUDE.md."""
    memory = f"# claudeMd\n{notes}\n" if notes else ""
    return f"<system-reminder>\n{BEFORE}{memory}# currentDate\n{sentence}{AFTER}</system-reminder>\n\n"


def block(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def user(*texts: str) -> dict[str, Any]:
    return {"role": "user", "content": [block(text) for text in texts]}


def request(*texts: str, later: tuple[dict[str, Any], ...] = (), system: str = "You help.") -> dict[str, Any]:
    """A request with one user message and what follows it, keys in the client's order."""
    messages = [user("<system-reminder>\nSkills.\n</system-reminder>\n", *texts, "hi"), *later]
    return {"model": "claude-x", "messages": messages, "system": [block(system)], "max_tokens": 32000, "stream": True}


def spelled(value: Any, *, escaped: bool = False) -> bytes:
    return json.dumps(value, ensure_ascii=escaped, separators=(",", ":")).encode("utf-8", "surrogatepass")


def nested(value: Any, depth: int, *, escaped: bool = False) -> bytes:
    """The request in JSON in strings of JSON, `depth` layers around it."""
    for layer in range(depth):
        inner = json.dumps(value, ensure_ascii=escaped)
        value = {"at": layer, "request": {"body": inner}}
    return spelled(value, escaped=escaped)
