"""Errors of an upstream in the client's form. The upstream's own words stay in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wiretell.errors import FormatError
from wiretell.gateway.translate.jsons import decoded, encoded, mapping
from wiretell.model.exchange import WireFormat

MAX_WORDS: Final = 16_384
"""Characters of an error that is no JSON."""

_BY_STATUS: Final[Mapping[int, str]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    529: "overloaded_error",
}
"""Of Messages, and near enough of OpenAI's protocols."""

_TOO_LONG: Final = ("prompt is too long", "context length", "context window", "context_length")
_MESSAGES_SAYS: Final = "prompt is too long"
"""Claude Code shortens a conversation where an error says so."""

_OPENAI_SAYS: Final = "context_length_exceeded"
"""Codex and others do where an error has this code."""


def client_error(client: WireFormat, status: int, body: bytes) -> bytes:
    """Put an upstream's error body into the client's form; a body that is no JSON is taken as words."""
    message, kind, code = _words(status, body)
    if client == "anthropic-messages":
        return encoded(messages_error(message, _BY_STATUS.get(status, "api_error")))
    return encoded(openai_error(message, kind or _BY_STATUS.get(status, "server_error"), code))


def messages_error(message: str, kind: str) -> dict[str, Any]:
    """Return an error of Messages."""
    if is_too_long(message, kind) and _MESSAGES_SAYS not in message:
        message = f"{_MESSAGES_SAYS}: {message}"
    known = kind if kind in {*_BY_STATUS.values(), "api_error", "timeout_error"} else "api_error"
    return {"type": "error", "error": {"type": known, "message": message}}


def openai_error(message: str, kind: str, code: str | None = None) -> dict[str, Any]:
    """Return an error of Chat and Responses."""
    if is_too_long(message, kind):
        code = _OPENAI_SAYS
    return {"error": {"message": message, "type": kind or "server_error", "param": None, "code": code}}


def is_too_long(message: str, kind: str) -> bool:
    """Tell whether an error says that the conversation does not fit the model."""
    said = f"{kind} {message}".lower()
    return any(words in said for words in _TOO_LONG)


def _words(status: int, body: bytes) -> tuple[str, str, str | None]:
    """Return message, type and code."""
    try:
        value = decoded(body, "error")
    except FormatError:
        value = {}
    error = value.get("error", value)
    if isinstance(error, str):
        return error, "", None
    error = mapping(error)
    message = next((error[name] for name in ("message", "detail") if isinstance(error.get(name), str)), "")
    kind, code = (error.get(name) if isinstance(error.get(name), str) else None for name in ("type", "code"))
    said = message or body[:MAX_WORDS].decode(errors="replace").strip()
    return said or f"The upstream answered with status {status} and no words.", kind or "", code
