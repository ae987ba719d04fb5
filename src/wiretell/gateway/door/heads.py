"""Heads of messages: what goes on to the other side, and what is between two neighbours only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from wiretell.gateway.protocols.interface import Headers

OWN_KEY: Final = b"x-wiretell-key"
"""Header with the gateway's own key, where the others hold the upstream's. Never sent on."""
WARNING: Final = b"x-wiretell-warning"
_BETWEEN_NEIGHBOURS: Final = frozenset(
    (b"connection", b"proxy-connection", b"keep-alive", b"te", b"upgrade", b"trailer", b"proxy-authorization")
)
"""RFC 9110 section 7.6.1. Of `transfer-encoding` see `framed`, and `Cycle.prepare` for responses."""
_NOT_SENT: Final = _BETWEEN_NEIGHBOURS | {OWN_KEY, b"expect"}
_FORWARDED: Final = frozenset((b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded"))
_FRAMING: Final = frozenset((b"content-length", b"transfer-encoding"))
_NOT_BETWEEN: Final = _FRAMING | {
    OWN_KEY, b"authorization", b"proxy-authorization", b"x-api-key", b"x-goog-api-key", b"cookie", b"host", b"origin",
    b"user-agent", b"expect", b"content-encoding", b"content-type", b"content-range",
}  # fmt: skip
"""What `Connection` must not name: left out on the way, the upstream would read another request than the gateway."""
_ONCE: Final = frozenset((b"host", b"user-agent", b"content-encoding"))
"""What is decided by, of which one server takes the first and another the last."""
OWN_COOKIES: Final = frozenset((b"wiretell", b"__Host-wiretell"))
"""By which `/ui` knows who signed in: secrets of this gateway's."""


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


def _named_by_connection(headers: Headers) -> Iterator[bytes]:
    """Yield what all `Connection` headers name, in lower case."""
    for name, value in headers:
        if len(name) == 10 and name.lower() == b"connection":
            for token in value.split(b","):
                yield token.strip().lower()


def fault_of(target: bytes, headers: Headers) -> str:
    """Return why a request's head could mean one thing to the gateway and another to an upstream; empty: it cannot."""
    if not target.startswith(b"/"):
        return "A request's target must be a path that begins with a slash."
    if named := _NOT_BETWEEN.intersection(_named_by_connection(headers)):
        return f"The Connection header must not name {min(named).decode('ascii')}."
    once = [lower for name, _ in headers if (lower := name.lower()) in _ONCE]
    if len(once) > len(set(once)):
        return f"The request has several {max(once, key=once.count).decode('ascii')} headers; send one."
    return ""


def to_upstream(headers: Headers, host: bytes, *, recoded: bool = False, forwarded: bool = True) -> Headers:
    """Return a request's headers as the upstream gets them: the client's, in order and case, with the upstream's host.

    `recoded`: the body was edited, and its content coding is undone. `forwarded`: headers of a proxy before the gateway
    are kept. How the body is framed, `framed` says in the end.
    """
    left_out = _NOT_SENT.union(_named_by_connection(headers)) - _FRAMING
    if not forwarded:
        left_out |= _FORWARDED
    if recoded:
        left_out |= {b"content-encoding"}
    sent = []
    for name, value in headers:
        lower = name.lower()
        if lower in left_out:
            continue
        if lower == b"host":
            value = host
        elif lower == b"cookie" and b"wiretell" in value:
            value = _without_own(value)
            if not value:
                continue
        sent.append((name, value))
    return sent


def _without_own(cookies: bytes) -> bytes:
    """Return a Cookie header's value without the gateway's own cookies."""
    kept = [pair for pair in cookies.split(b";") if pair.partition(b"=")[0].strip() not in OWN_COOKIES]
    return b";".join(kept).strip()


def framed(headers: Headers, length: int) -> Headers:
    """Return a request's headers with one framing: the length of the body, where one was told, or has to be."""
    sent: list[tuple[bytes, bytes]] = []
    place: int | None = None
    for name, value in headers:
        if name.lower() not in _FRAMING:
            sent.append((name, value))
        elif place is None:
            place = len(sent)
            sent.append((name if len(name) == 14 else b"Content-Length", b"%d" % length))
    if place is None and length:
        sent.append((b"Content-Length", b"%d" % length))
    return sent


def to_client(headers: Headers, warning: str = "") -> Headers:
    """Return a response's headers as the client gets them."""
    left_out = _BETWEEN_NEIGHBOURS.union(_named_by_connection(headers)) - {b"host", b"content-length"}
    sent = [(name, value) for name, value in headers if name.lower() not in left_out]
    if warning:
        sent.append((WARNING, header_safe(warning)))
    return sent


def header_safe(text: str) -> bytes:
    """Return a text as a header's value: as it is where it is one line of printable ASCII, else as RFC 8187 has it."""
    if text.isascii() and text.isprintable():
        return text.encode("ascii")
    return b"UTF-8''" + quote(text, safe="!#$&+-.^_`|~", errors="replace").encode("ascii")


def without_entity(headers: Headers) -> Headers:
    """Return a response's headers without those that speak of its body, which will be another."""
    spoken = (b"content-", b"transfer-encoding", b"etag")
    return [(name, value) for name, value in headers if not name.lower().startswith(spoken)]


def head(first_line: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a head as bytes: CRLF lines, without the empty one."""
    return b"\r\n".join((first_line, *[b"%s: %s" % pair for pair in headers], b""))
