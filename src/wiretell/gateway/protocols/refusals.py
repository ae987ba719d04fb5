"""Errors of the gateway's own, as each protocol's clients expect them. Pure.

`x-should-retry: false` makes Claude Code show the reason at once; without it, it asks again for half a minute. Only an
upstream's failure is worth another try, so only that one is sent without. Codex and Gemini CLI do not heed it: where
their vendor's own words have the same effect, these stand beside it. Measured by tests/through, 2026-11-21. What is
left, by POST: Codex 0.169 asks 6 times in 7 s after 451 and 30 times in 25 s after 503 and 507, then shows the reason.
"""

from __future__ import annotations

from typing import Final

import msgspec

from wiretell.gateway.protocols.interface import Refusal

ANTHROPIC: Final = {
    "ban": "permission_error",
    "budget": "billing_error",
    "auth": "authentication_error",
    "bad-request": "invalid_request_error",
    "too-large": "request_too_large",
    "not-found": "not_found_error",
    "log": "api_error",
    "upstream": "api_error",
}
"""kind -> `error.type`."""

OPENAI: Final = {
    "ban": ("invalid_request_error", "policy_ban"),
    "budget": ("usage_limit_reached", "insufficient_quota"),
    "auth": ("invalid_request_error", "invalid_api_key"),
    "bad-request": ("invalid_request_error", "bad_request"),
    "too-large": ("invalid_request_error", "request_too_large"),
    "not-found": ("invalid_request_error", "not_found"),
    "log": ("server_error", "log_failure"),
    "upstream": ("server_error", "upstream_failure"),
}
"""kind -> `error.type`, `error.code`."""

GOOGLE: Final = {
    "ban": "FAILED_PRECONDITION",
    "budget": "RESOURCE_EXHAUSTED",
    "auth": "UNAUTHENTICATED",
    "bad-request": "INVALID_ARGUMENT",
    "too-large": "INVALID_ARGUMENT",
    "not-found": "NOT_FOUND",
    "log": "UNAVAILABLE",
    "upstream": "UNAVAILABLE",
}
"""kind -> `error.status`, the names of google.rpc.Code."""

_NO_RETRY: Final = (b"x-should-retry", b"false")
_SHOWN: Final = b"x-codex-promo-message"
"""Codex 0.169 shows nothing of a 429's body: "Quota exceeded" where `type` is `insufficient_quota`, "exceeded retry
limit" where it does not know it. With `usage_limit_reached` it shows "You've hit your usage limit." and this text."""
_MOST_SHOWN: Final = 600
_BAD_REQUEST: Final = 400
_TRIED_AGAIN: Final = frozenset({403, 451, 503, 507})
"""By Codex, whatever stands in the body."""
_UNAVAILABLE: Final = 503
_NOT_SOON: Final = frozenset({"budget", "log"})
_LATER: Final = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3600s"}
"""Gemini CLI 0.61 tries a 429 or 503 again for minutes, unless this asks it to wait for more than five (it heeds no
`x-should-retry`); then it ends at once and shows the message. How long it takes is said there."""


def anthropic(status: int, kind: str, message: str) -> Refusal:
    """Return `{"type": "error", "error": {"type": ..., "message": ...}}`."""
    error = "permission_error" if (status, kind) == (403, "auth") else ANTHROPIC[kind]
    return _refusal(status, kind, {"type": "error", "error": {"type": error, "message": message}})


def openai(status: int, kind: str, message: str) -> Refusal:
    """Return `{"error": {"message": ..., "type": ..., "param": null, "code": ...}}`."""
    return _refusal(status, kind, {"error": _openai_error(kind, message)}, _shown(kind, message))


def google(status: int, kind: str, message: str) -> Refusal:
    """Return `{"error": {"code": ..., "message": ..., "status": ...}}`."""
    name = "PERMISSION_DENIED" if (status, kind) == (403, "auth") else GOOGLE[kind]
    # 507 is none of Google's codes, and of them 503 alone can be held back from being tried again
    code = _UNAVAILABLE if kind == "log" else status
    error = {"code": code, "message": message, "status": name}
    return _refusal(status, kind, {"error": error | ({"details": [_LATER]} if kind in _NOT_SOON else {})})


def openai_message(status: int, kind: str, message: str) -> bytes:
    """Return the same as `openai`, as a message on a WebSocket. Its `status` is no status of HTTP, but a word to Codex.

    Of a refusal that it would try again, here and then by POST (13 times after 451, 36 times after 507), it says 400.
    """
    status = _BAD_REQUEST if kind != "upstream" and status in _TRIED_AGAIN else status
    given = (*(() if kind == "upstream" else (_NO_RETRY,)), *_shown(kind, message))
    headers = {name.decode(): value.decode() for name, value in given}
    event = {"type": "error", "status": status, "error": _openai_error(kind, message), "headers": headers}
    return msgspec.json.encode(event)


def _openai_error(kind: str, message: str) -> dict[str, str | None]:
    error, code = OPENAI[kind]
    return {"message": message, "type": error, "param": None, "code": code}


def _shown(kind: str, message: str) -> tuple[tuple[bytes, bytes], ...]:
    """Return the header by which a client shows why; a text that a header cannot hold stands in the body alone."""
    text = message.rstrip(".")[:_MOST_SHOWN]
    return ((_SHOWN, text.encode()),) if kind == "budget" and text and text.isascii() and text.isprintable() else ()


def _refusal(status: int, kind: str, document: object, further: tuple[tuple[bytes, bytes], ...] = ()) -> Refusal:
    body = msgspec.json.encode(document)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *further]
    if kind != "upstream":
        headers.append(_NO_RETRY)
    return Refusal(status, tuple(headers), body)
