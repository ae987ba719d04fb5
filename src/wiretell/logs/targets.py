"""What a report may show of a request's target: its path, and of its query the names. Pure.

Keys travel in URLs: in userinfo (RFC 3986, section 3.2.1), in queries (`?key=...`), in fragments. A report goes to more
people than a log does, so userinfo and fragment are dropped, and values of a query stand as `***`, but for a few that
say how an interface is used. A text that does not look like a target gives nothing.
"""

from __future__ import annotations

import re
from typing import Final

_MASK: Final = "***"
_MOST_CHARACTERS: Final = 200
_SHOWN: Final = frozenset({"alt", "api-version", "beta"})
"""Parameters whose value is shown."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")
"""What such a value looks like."""
_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9._$\[\]-]{0,39}")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=/)/*")
_AUTHORITY: Final = re.compile(r"[^/?]*")
_BROKEN_USER: Final = re.compile(r"[^/?:@]*:(?!\d*(?:[/?]|$)).*@")
"""User and password where the password holds a `/`: what follows the colon is no port."""
_HOST: Final = re.compile(
    r"(?:[^@]*@)?(?:localhost|\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)(?::\d+)?", re.I
)
_DOTTED: Final = re.compile(r"@|\.|:\d|localhost", re.I)
"""What tells a host from the first folder of a relative path."""
_USER_IN_PATH: Final = re.compile(r"[^/]*:[^/@]*@")


def target_of(value: object) -> str:
    """Return path and masked query of a request target or URL, at most 200 characters; empty where it is neither.

    Of `host:443`, the target of CONNECT, the host is returned.
    """
    text = value.strip() if isinstance(value, str) else ""
    if not text or not text.isprintable() or " " in text:
        return ""
    text = text.partition("#")[0]
    rest = _behind_host(text)
    if rest is None:
        return _authority(text)
    path, mark, query = rest.partition("?")
    shown = _USER_IN_PATH.sub("", path or "/") + (f"?{_query(query)}" if mark else "")
    return shown[:_MOST_CHARACTERS]


def _behind_host(text: str) -> str | None:
    """Return path and query; None of a text without any."""
    if text == "*":  # OPTIONS for a whole server
        return text
    if scheme := _SCHEME.match(text):
        return _without_authority(text[scheme.end() :])
    if text.startswith("/"):
        has_user = text.startswith("//") and "@" in text.partition("?")[0]
        return _without_authority(text[2:]) if has_user else text
    first = text[: _end(text)]
    if len(first) < len(text) and _DOTTED.search(first) and (_HOST.fullmatch(first) or "@" in text or ":" in first):
        return _without_authority(text)
    return None


def _without_authority(text: str) -> str:
    user = _BROKEN_USER.match(text)
    text = text[user.end() :] if user else text
    return text[_end(text) :]


def _end(text: str) -> int:
    found = _AUTHORITY.match(text)
    return found.end() if found else 0


def _authority(text: str) -> str:
    host = text.rpartition("@")[2]
    return host[:_MOST_CHARACTERS] if re.search(r":\d+$", host) and _HOST.fullmatch(host) else ""


def _query(query: str) -> str:
    return "&".join(map(_parameter, query.split("&")))


def _parameter(text: str) -> str:
    name, mark, value = text.partition("=")
    shown = name if _NAME.fullmatch(name) or not name else _MASK
    if not mark:
        return shown
    return f"{shown}={value if name.lower() in _SHOWN and _PLAIN.fullmatch(value) else _MASK}"
