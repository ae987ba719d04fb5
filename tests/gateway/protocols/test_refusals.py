from __future__ import annotations

import json

import pytest

from wiretell.gateway import protocols
from wiretell.gateway.protocols import gemini, openai_responses
from wiretell.gateway.protocols.interface import Protocol
from wiretell.model.exchange import WireFormat

SENTENCE = 'Banned since 2026-07-10: “hidden channel”.\nUse "x" instead.'
FORMS: dict[WireFormat, dict[str, object]] = {
    "anthropic-messages": {"type": "error", "error": {"type": "permission_error", "message": SENTENCE}},
    "openai-chat": {
        "error": {"message": SENTENCE, "type": "invalid_request_error", "param": None, "code": "policy_ban"}
    },
    "gemini": {"error": {"code": 451, "message": SENTENCE, "status": "FAILED_PRECONDITION"}},
}
FORMS["openai-responses"] = FORMS["openai-chat"]
STATUSES = [
    (451, "ban"),
    (429, "budget"),
    (401, "auth"),
    (403, "auth"),
    (400, "bad-request"),
    (413, "too-large"),
    (404, "not-found"),
    (507, "log"),
    (502, "upstream"),
    (504, "upstream"),
]


@pytest.mark.parametrize("protocol", protocols.ALL, ids=lambda each: each.name)
def test_a_ban_has_the_protocol_s_form(protocol: Protocol) -> None:
    assert json.loads(protocol.refusal(451, "ban", SENTENCE).body) == FORMS[protocol.name]


@pytest.mark.parametrize("protocol", protocols.ALL, ids=lambda each: each.name)
@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_only_what_may_pass_is_worth_another_try(protocol: Protocol, status: int, kind: str) -> None:
    refusal = protocol.refusal(status, kind, SENTENCE)
    headers = dict(refusal.headers)
    assert refusal.status == status
    assert headers[b"content-type"] == b"application/json"
    assert int(headers[b"content-length"]) == len(refusal.body)
    assert headers.get(b"x-should-retry") == (None if kind == "upstream" else b"false")
    assert SENTENCE in str(json.loads(refusal.body)["error"]["message"])


def test_a_spent_budget_is_said_where_codex_shows_it() -> None:
    headers = dict(openai_responses.PROTOCOL.refusal(429, "budget", "All is spent.").headers)
    assert headers[b"x-codex-promo-message"] == b"All is spent"
    for text in ("Alles ist verbraucht für heute.", "two\r\nlines", ""):
        headers = dict(openai_responses.PROTOCOL.refusal(429, "budget", text).headers)
        assert headers.get(b"x-codex-promo-message", b"") == b""
    assert b"x-codex-promo-message" not in dict(openai_responses.PROTOCOL.refusal(451, "ban", "No.").headers)


def test_a_spent_budget_is_none_to_try_again_soon() -> None:
    """Gemini CLI goes on for minutes else."""
    refusal = gemini.PROTOCOL.refusal(429, "budget", SENTENCE)
    (detail,) = json.loads(refusal.body)["error"]["details"]
    assert detail == {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3600s"}
    assert "details" not in json.loads(gemini.PROTOCOL.refusal(451, "ban", SENTENCE).body)["error"]
    failing = gemini.PROTOCOL.refusal(507, "log", SENTENCE)
    error = json.loads(failing.body)["error"]
    assert (failing.status, error["code"], error["status"]) == (507, 503, "UNAVAILABLE")
    assert error["details"] == [detail]


def test_a_refusal_on_a_websocket() -> None:
    message = json.loads(openai_responses.PROTOCOL.websocket_refusal(429, "budget", SENTENCE))
    assert message == {
        "type": "error",
        "status": 429,
        "error": {"message": SENTENCE, "type": "usage_limit_reached", "param": None, "code": "insufficient_quota"},
        "headers": {"x-should-retry": "false"},
    }
    # Codex shows of a 429 this header alone; a text that no header holds is left out
    message = json.loads(openai_responses.PROTOCOL.websocket_refusal(429, "budget", "All is spent."))
    assert message["headers"]["x-codex-promo-message"] == "All is spent"
    # 451 or 507 there, and Codex tries again by WebSocket and then by POST
    for status, kind in ((451, "ban"), (507, "log")):
        message = json.loads(openai_responses.PROTOCOL.websocket_refusal(status, kind, SENTENCE))
        assert (message["status"], message["error"]["message"]) == (400, SENTENCE)
    assert json.loads(openai_responses.PROTOCOL.websocket_refusal(502, "upstream", SENTENCE))["status"] == 502
    assert b"retry" not in openai_responses.PROTOCOL.websocket_refusal(502, "upstream", SENTENCE)
