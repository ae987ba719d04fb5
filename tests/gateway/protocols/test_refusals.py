from __future__ import annotations

import json

import pytest

from wiretell.gateway import protocols
from wiretell.gateway.protocols import openai_responses
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


def test_a_refusal_on_a_websocket() -> None:
    message = json.loads(openai_responses.PROTOCOL.websocket_refusal(429, "budget", SENTENCE))
    assert message == {
        "type": "error",
        "status": 429,
        "error": {"message": SENTENCE, "type": "insufficient_quota", "param": None, "code": "insufficient_quota"},
        "headers": {"x-should-retry": "false"},
    }
    assert b"retry" not in openai_responses.PROTOCOL.websocket_refusal(502, "upstream", SENTENCE)
