"""The gate and the two lists: what the scheme makes of the host in `ANTHROPIC_BASE_URL`.

The URL is read by the WHATWG URL standard, as JavaScript's `new URL()` does. The gate compares `host` (with the port,
a scheme's default port dropped), the lists compare `hostname` (without it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
from ada_url import URL

from wiretell.errors import UsageError

OFFICIAL_HOST: Final = "api.anthropic.com"


@dataclass(frozen=True, slots=True)
class Host:
    """Where a base URL leads."""

    host: str
    """With the port, unless it is the scheme's default. Empty where the URL has no host (`localhost:4000`)."""
    hostname: str
    """Without the port, in lower case; an IPv6 address in brackets, an internationalised name in Punycode."""

    @property
    def is_official(self) -> bool:
        """Whether it is exactly the vendor's: no other port, no dot at the end."""
        return self.host == OFFICIAL_HOST


@dataclass(frozen=True, slots=True)
class Match:
    """An entry of a list that a host name matches."""

    entry: str
    rule: str
    """`exact`, `suffix` or `substring`."""


class HostList(msgspec.Struct, frozen=True):
    """One of the vendor's lists, as decoded from the package."""

    rule: str
    """How the program compares: `suffix` (equal, or behind a dot at the end) or `substring` (anywhere)."""
    sha256: str
    """Of the entries joined by commas."""
    entries: tuple[str, ...]
    """In the order of the original."""


class HostLists(msgspec.Struct, frozen=True):
    """Both lists and where they are from."""

    package: str
    sha256: str
    """Of the package's tarball."""
    lists: Mapping[str, HostList]
    """By the signal: `known`, `labKw`."""


@cache
def host_lists() -> HostLists:
    """Return the vendor's lists, a data file that a script makes out of the published package."""
    raw = files("wiretell.marks.date_line").joinpath("data/lists.json").read_bytes()
    return msgspec.json.decode(raw, type=HostLists)


def parse_host(base_url: str | None) -> Host | None:
    """Return where a base URL leads; None where it is not set, or empty.

    :raises UsageError: for what is no URL by the WHATWG standard. It is not repeated: a base URL may hold a secret.
    """
    if not base_url:
        return None
    try:
        url = URL(base_url)
    except ValueError as error:
        hint = "write scheme and host, as in https://gateway.example:8443/v1"
        raise UsageError(f"The base URL is no URL by the WHATWG URL standard: {hint}.") from error
    return Host(url.host, url.hostname.lower())


def gate_is_open(host: Host | None) -> bool:
    """Whether the scheme looks at all: a base URL is set, and to another host than the vendor's."""
    return host is not None and not host.is_official


def matches(hostname: str, name: str) -> tuple[Match, ...]:
    """Return the entries of the list `known` or `labKw` that a host name matches, in the list's order."""
    if not hostname:
        return ()
    chosen = host_lists().lists[name]
    found = _anywhere(hostname, chosen.entries) if chosen.rule == "substring" else _at_end(hostname, chosen.entries)
    return tuple(found)


def _at_end(hostname: str, entries: tuple[str, ...]) -> Iterator[Match]:
    for entry in entries:
        if hostname == entry:
            yield Match(entry, "exact")
        elif hostname.endswith(f".{entry}"):
            yield Match(entry, "suffix")


def _anywhere(hostname: str, entries: tuple[str, ...]) -> Iterator[Match]:
    return (Match(entry, "substring") for entry in entries if entry in hostname)
