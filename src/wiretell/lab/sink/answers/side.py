"""Everything that asks no model: answered at once, and so that agents do not try again."""

from __future__ import annotations

from wiretell.lab.sink.answers.interface import Answer, dumps, headers
from wiretell.model.capture import Request

_NOT_FOUND = dumps({"error": {"type": "not_found_error", "message": "Not Found"}})


def answer(request: Request) -> Answer:
    """Answer 404: `{}` to what sends something (telemetry reads no error text), an error object to the rest.

    404 and not 200, because an agent takes an empty object for settings, and not 5xx or 429, which it tries again.
    """
    body = b"{}" if request.method in ("POST", "PUT", "PATCH") else _NOT_FOUND
    return Answer(404, headers({"content-type": "application/json"}), (body,), "side")


def reachable() -> Answer:
    """Answer `HEAD /` of a model host, by which agents see whether it is there."""
    return Answer(200, headers({"content-type": "application/json"}), (b"",), "model-aux")


def websocket_refused() -> Answer:
    """Answer an upgrade to a WebSocket on a path that has none."""
    return Answer(404, headers({"content-type": "application/json"}), (_NOT_FOUND,), "websocket")


def tunnel_refused() -> Answer:
    """Answer a CONNECT whose target names no host and port."""
    return Answer(400, headers({"content-type": "application/json"}), (b"{}",), "connect")
