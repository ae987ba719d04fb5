"""Errors of the gateway's own, as each protocol's clients expect them. Pure.

`x-should-retry: false` makes clients show the reason at once; without it they ask again for half a minute (measured
with two clients). Only an upstream's failure is worth another try, so only that one is sent without.
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
    "budget": ("insufficient_quota", "insufficient_quota"),
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
    "log": "INTERNAL",
    "upstream": "UNAVAILABLE",
}
"""kind -> `error.status`, the names of google.rpc.Code."""

_NO_RETRY: Final = (b"x-should-retry", b"false")


def anthropic(status: int, kind: str, message: str) -> Refusal:
    """Return `{"type": "error", "error": {"type": ..., "message": ...}}`."""
    error = "permission_error" if (status, kind) == (403, "auth") else ANTHROPIC[kind]
    return _refusal(status, kind, {"type": "error", "error": {"type": error, "message": message}})


def openai(status: int, kind: str, message: str) -> Refusal:
    """Return `{"error": {"message": ..., "type": ..., "param": null, "code": ...}}`."""
    return _refusal(status, kind, {"error": _openai_error(kind, message)})


def google(status: int, kind: str, message: str) -> Refusal:
    """Return `{"error": {"code": ..., "message": ..., "status": ...}}`."""
    name = "PERMISSION_DENIED" if (status, kind) == (403, "auth") else GOOGLE[kind]
    return _refusal(status, kind, {"error": {"code": status, "message": message, "status": name}})


def openai_message(status: int, kind: str, message: str) -> bytes:
    """Return the same as `openai`, as a message on a WebSocket."""
    headers = {} if kind == "upstream" else {_NO_RETRY[0].decode(): _NO_RETRY[1].decode()}
    event = {"type": "error", "status": status, "error": _openai_error(kind, message), "headers": headers}
    return msgspec.json.encode(event)


def _openai_error(kind: str, message: str) -> dict[str, str | None]:
    error, code = OPENAI[kind]
    return {"message": message, "type": error, "param": None, "code": code}


def _refusal(status: int, kind: str, document: object) -> Refusal:
    body = msgspec.json.encode(document)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if kind != "upstream":
        headers.append(_NO_RETRY)
    return Refusal(status, tuple(headers), body)
