"""Heads of messages: what goes on to the other side, and what is between two neighbours only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from wiretell.gateway.protocols.interface import Headers

OWN_KEY: Final = b"x-wiretell-key"
"""Header with the gateway's own key, where the others hold the upstream's. Never sent on."""
WARNING: Final = b"x-wiretell-warning"
_BETWEEN_NEIGHBOURS: Final = frozenset(
    (b"connection", b"proxy-connection", b"keep-alive", b"te", b"upgrade", b"trailer", b"proxy-authorization")
)
"""RFC 9110 section 7.6.1. `transfer-encoding` stays where it stands: both sides are framed alike."""
_NOT_SENT: Final = _BETWEEN_NEIGHBOURS | {OWN_KEY, b"expect"}
_FORWARDED: Final = frozenset((b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded"))


Fields = dict[bytes, bytes]
"""The first value of each header, by its name in lower case: for many questions to one head."""


def fields_of(headers: Headers) -> Fields:
    """Return a head's fields, for `text_of`."""
    return {name.lower(): value for name, value in reversed(headers)}


def value_of(headers: Headers | Fields, name: bytes) -> bytes | None:
    """Return the first value of a header; `name` in lower case."""
    if isinstance(headers, dict):
        return headers.get(name)
    for found, value in headers:
        if len(found) == len(name) and found.lower() == name:
            return value
    return None


def text_of(headers: Headers | Fields, name: bytes) -> str:
    """Return the first value of a header as text, empty where there is none; odd bytes become marks of themselves."""
    value = value_of(headers, name)
    return value.decode("utf-8", "backslashreplace") if value else ""


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    value = value_of(headers, b"connection")
    if value is None:
        return frozenset()
    return frozenset(token.strip().lower() for token in value.split(b",")) - {b"host", b"content-length"}


def to_upstream(headers: Headers, host: bytes, length: int | None = None, *, forwarded: bool = True) -> Headers:
    """Return a request's headers as the upstream gets them: the client's, in order and case, with the upstream's host.

    `length` is given where the body was edited: its coding is undone, and its length is this. `forwarded` says whether
    headers of a proxy before the gateway are kept.
    """
    left_out = _NOT_SENT | _named_by_connection(headers)
    if not forwarded:
        left_out |= _FORWARDED
    if length is not None:
        left_out |= {b"content-encoding"}
    sent = []
    for name, value in headers:
        lower = name.lower()
        if lower in left_out:
            continue
        if lower == b"host":
            value = host
        elif lower == b"content-length" and length is not None:
            value = b"%d" % length
        sent.append((name, value))
    return sent


def to_client(headers: Headers, warning: str = "") -> Headers:
    """Return a response's headers as the client gets them."""
    left_out = _BETWEEN_NEIGHBOURS | _named_by_connection(headers)
    sent = [(name, value) for name, value in headers if name.lower() not in left_out]
    if warning:
        sent.append((WARNING, header_safe(warning)))
    return sent


def header_safe(text: str) -> bytes:
    """Return a text as a header's value: as it is where it is one line of printable ASCII, else as RFC 8187 has it."""
    if text.isascii() and text.isprintable():
        return text.encode("ascii")
    return b"UTF-8''" + quote(text, safe="!#$&+-.^_`|~", errors="replace").encode("ascii")


def is_chunked(headers: Headers) -> bool:
    """Whether a request's body came in chunks."""
    return value_of(headers, b"transfer-encoding") is not None


def without_entity(headers: Headers) -> Headers:
    """Return a response's headers without those that speak of its body, which will be another."""
    spoken = (b"content-", b"transfer-encoding", b"etag")
    return [(name, value) for name, value in headers if not name.lower().startswith(spoken)]


def head(first_line: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a head as bytes: CRLF lines, without the empty one."""
    return b"\r\n".join((first_line, *[b"%s: %s" % pair for pair in headers], b""))
