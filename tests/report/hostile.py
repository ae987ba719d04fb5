"""Documents in which every string that an agent or a file could have chosen carries a payload."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

D = TypeVar("D", bound=Struct)

OURS = frozenset({"schema", "verdict", "effect", "unit", "per"})
"""Members whose values are words of the format itself and no enum."""

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


def poisoned(document: D, payload: str) -> D:
    """Put the payload into every free string, keys of mappings included; references between them still hold."""
    changes = {
        field: value if field in OURS else _poison(value, payload)
        for field in document.__struct_fields__
        for value in (getattr(document, field),)
    }
    return msgspec.structs.replace(document, **changes)


def _poison(value: Any, payload: str) -> Any:
    if isinstance(value, Struct):
        return poisoned(value, payload)
    if isinstance(value, str) and not isinstance(value, Enum):
        return value[:6] + payload + value[6:]
    if isinstance(value, dict):
        return {_poison(key, payload): _poison(item, payload) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_poison(item, payload) for item in value)
    return value


_SGR = re.compile(r"\x1b\[[0-9;]*m")


def unprintable(text: str, *, colours: bool = False) -> set[str]:
    """Return the characters that must not reach a screen: all but printable ones and the line feed."""
    text = _SGR.sub("", text) if colours else text
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"}
    return {c for c in set(text) - {"\n"} if unicodedata.category(c) in hidden or (c.isspace() and c != " ")}
