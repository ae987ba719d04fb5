"""Documents in which every string that an agent or a file could have chosen carries a payload."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import msgspec
from hypothesis import strategies as st

from wiretell.report.document_v1 import Document

OURS = frozenset({"schema", "verdict", "class", "carrier"})
"""Members whose values are words of the format itself."""

NASTY = (
    "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://example.com\x1b\\",
    "\r\n\x08\x7f\x9b31m",
    "\u202e\u2066\u200b\u200d\ufeff\u2028\u00ad\u3164",
    "\U000e0041\ufe0f\u0301\u034f",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "--></style><!--",
    "{{ 7 * 7 }}{% raw %}",
    "[bold red]x[/] :smile: [U+200B] ␣",
    "x" * 700,
    "漢字" * 60,
)

payloads = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=12),
    st.text(st.sampled_from("\x00\x1b[]\r\n\t\x85\u061c\u202e\u2069\u200b<>&\"'`={}%;:"), min_size=1, max_size=12),
)


def poisoned(document: Document, payload: str) -> Document:
    """Put the payload into every free string, keys included; references between them still hold."""
    return msgspec.convert(_poison(msgspec.to_builtins(document), payload), Document)


def _poison(value: Any, payload: str, key: str = "") -> Any:
    if isinstance(value, str):
        return value if key in OURS else value[:6] + payload + value[6:]
    if isinstance(value, dict):
        members = _MEMBERS if value.keys() <= _MEMBERS else frozenset[str]()
        return {k if k in members else _poison(k, payload): _poison(v, payload, k) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_poison(item, payload, key) for item in value]
    return value


def _members() -> frozenset[str]:
    return frozenset(
        name
        for definition in msgspec.json.schema(Document)["$defs"].values()
        for name in definition.get("properties", {})
    )


_MEMBERS = _members()

_SGR = re.compile(r"\x1b\[[0-9;]*m")


def unprintable(text: str, *, colours: bool = False) -> set[str]:
    """Return the characters that must not reach a screen: all but printable ones and the line feed."""
    text = _SGR.sub("", text) if colours else text
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"}
    return {c for c in set(text) - {"\n"} if unicodedata.category(c) in hidden or (c.isspace() and c != " ")}
