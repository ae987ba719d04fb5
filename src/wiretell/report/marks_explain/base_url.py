"""A base URL as it may be shown: nothing of it that may hold a key.

What is shown is put together from what the WHATWG URL standard makes of it, as the agent's `new URL()` does. A reader
with rules of its own would take other parts for the host: `https:me:secret@host.example` has a host, and a password.
"""

from __future__ import annotations

import re
from typing import Final

from ada_url import URL

HIDDEN: Final = "***"
_SPECIAL: Final = frozenset({"http:", "https:", "ws:", "wss:", "ftp:", "file:"})
"""Schemes whose URLs have a host by the standard (https://url.spec.whatwg.org/#special-scheme)."""

_NO_HOST_NAME: Final = re.compile(r"[^\w.:\[\]-].*", re.ASCII | re.DOTALL)
"""What the standard takes for a host and no name of one holds: the rest of `host.example;key`."""


def shown_base_url(base_url: str | None) -> str | None:
    """Return scheme, host and port; `***` stands for a user with password, a path, a query. None where none is set.

    Of a URL without a host by the standard the scheme alone is shown, and that not where a user may stand in its place
    (`key:@host.example`). Of what is no URL nothing is shown. Pure.
    """
    if not base_url:
        return None
    try:
        url = URL(base_url)
    except ValueError:
        return HIDDEN
    if url.protocol not in _SPECIAL:
        return HIDDEN if "@" in base_url else f"{url.protocol}{HIDDEN}"
    user = f"{HIDDEN}@" if url.username or url.password else ""
    path = "" if url.pathname in ("", "/") else f"/{HIDDEN}"
    query = f"?{HIDDEN}" if url.search else ""
    return f"{url.protocol}//{user}{_shown_host(url.host)}{path}{query}"


def with_shown_host(text: str, base_url: str | None) -> str:
    """Return a text that may name the host of a base URL, with that as it may be shown. Pure."""
    try:
        hosts = (URL(base_url).host, URL(base_url).hostname.lower()) if base_url else ()
    except ValueError:
        return text
    for host in filter(None, hosts):
        text = text.replace(host, _shown_host(host))
    return text


def _shown_host(host: str) -> str:
    return _NO_HOST_NAME.sub(HIDDEN, host)
