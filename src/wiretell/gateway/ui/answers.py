"""Answers of the page, over ASGI: status, headers that a browser holds it to, body."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from wiretell.gateway.ui.interface import Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Content-Security-Policy: nothing but the page's own files; no script can turn a text into elements."""
_HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
MAX_FORM_BYTES: Final = 8 << 10

Pair = tuple[bytes, bytes]


def head(content_type: str, *more: Pair) -> list[Pair]:
    """Return the headers of an answer."""
    return [(b"content-type", content_type.encode()), *_HEADERS, *more]


async def answer(send: Send, status: int, content_type: str, body: bytes, *more: Pair) -> None:
    """Send a whole answer."""
    headers = [*head(content_type, *more), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def page(send: Send, html: str, status: int = 200, *more: Pair) -> None:
    """Send a page."""
    await answer(send, status, "text/html; charset=utf-8", html.encode("utf-8", "backslashreplace"), *more)


async def elsewhere(send: Send, path: str, *more: Pair) -> None:
    """Send the browser to another page of ours, by GET."""
    await answer(send, 303, "text/plain; charset=utf-8", b"", (b"location", path.encode()), *more)


def header(scope: Scope, name: bytes) -> str:
    """Return a request header's first value; empty: there is none."""
    for each, value in scope["headers"]:
        if each.lower() == name:
            return str(value.decode("latin-1"))
    return ""


def cookie(scope: Scope, name: str) -> str:
    """Return a cookie's value; empty: there is none."""
    for part in header(scope, b"cookie").split(";"):
        given, _, value = part.strip().partition("=")
        if given == name:
            return value
    return ""


async def form(receive: Receive) -> dict[str, str] | None:
    """Return the fields of a posted form; None where it is too long or is none."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_FORM_BYTES:
            return None
        if not message.get("more_body"):
            break
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        return None
    return {name: values[0] for name, values in fields.items()}
