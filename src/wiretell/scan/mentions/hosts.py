"""Which literals name a host: those with a URL in them, and those that are a host name with a plausible ending."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Final

_GENERIC: Final = frozenset(
    (
        *("com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "pro", "mobi", "arpa", "dev", "app", "cloud"),
        *("tech", "xyz", "top", "site", "online", "shop", "club", "vip", "live", "link", "fun", "space", "icu", "work"),
        *("run", "tools", "chat", "world", "website", "store", "art", "zone", "team", "agency", "systems", "network"),
        *("digital", "company", "group", "plus", "wiki", "blog", "page", "design", "codes", "community", "foundation"),
        *("ltd", "wang", "ren", "ink", "beer", "one", "ninja", "guru", "rocks", "google", "microsoft", "aws", "onion"),
        *("local", "internal", "localhost", "test", "example", "invalid", "corp", "lan"),
    )
)
"""Endings of general use, and reserved ones. Not all there are: `name`, `host`, `id` and the like end members of
objects and files far more often than hosts."""
_AMBIGUOUS: Final = frozenset(
    (
        *("py", "md", "rs", "sh", "so", "pl", "ps", "cc", "st", "mm", "ms", "vb", "pm", "la", "hm", "gz", "sc", "sr"),
        *("id", "to", "is", "in", "as", "at", "by", "no", "do", "it", "my", "me", "us", "tf", "am", "ml", "mp", "km"),
        *("pub", "pt", "mk", "ts", "st", "ac", "gl", "gt", "ne", "va", "bar", "re", "im", "lc", "tt", "td", "tr", "th"),
    )
)
"""Country codes that also end names of files and members; with two labels they do not count, unless in a URL."""
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"\.?((?:{_LABEL}\.)+([a-z][a-z0-9-]{{1,22}}))\.?\Z")
_URL: Final = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]{{1,9}}://(?:[^\s/@\"'`<>\\]{{1,80}}@)?((?:{_LABEL}\.)+[a-z][a-z0-9-]{{1,22}}|localhost)",
    re.IGNORECASE,
)
_LONGEST: Final = 253
_DOCUMENTARY: Final = (
    *("example", "example.com", "example.org", "example.net", "test", "invalid", "localhost", "w3.org", "schema.org"),
    *("json-schema.org", "xmlsoap.org", "openxmlformats.org", "ietf.org", "mozilla.org", "whatwg.org", "ecma.org"),
    *("github.com", "nodejs.org", "npmjs.com", "mdn.io", "stackoverflow.com", "wikipedia.org", "apache.org"),
    *("schemas.microsoft.com", "purl.org", "adobe.com", "opengis.net", "tc39.es", "unicode.org", "reactjs.org"),
)
"""Hosts that are named in documentation, schemas and messages, hardly ever to be asked; listed last."""


def in_urls(text: str) -> Iterator[tuple[str, int]]:
    """Yield hosts named in URLs, in lower case, with their offset in characters."""
    for match in _URL.finditer(text):
        yield match[1].lower(), match.start(1)


def whole(text: str) -> str:
    """Return the host that a literal wholly is (a leading or trailing dot aside), in lower case, or nothing."""
    if "." not in text or len(text) > _LONGEST:
        return ""
    match = _HOST.match(text.lower())
    if match is None or not plausible(match[1]):
        return ""
    return match[1] if text.islower() else ""


def plausible(host: str) -> bool:
    """Whether a name may well be one of a host, by its ending."""
    labels = host.split(".")
    ending = labels[-1]
    if ending in _AMBIGUOUS:
        return len(labels) > 2 and ending in countries()
    return ending in _GENERIC or ending in countries()


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """Return the country endings, by ISO 3166 as the tzdata package has it, with the three that ISO does not have."""
    text = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    codes = (line.split("\t")[0].lower() for line in text.splitlines() if line and not line.startswith("#"))
    return frozenset((*codes, "uk", "eu", "su"))


def documentary(host: str) -> bool:
    """Whether a host is named for documentation or as a schema, as far as its name tells."""
    return any(host == known or host.endswith("." + known) for known in _DOCUMENTARY)
