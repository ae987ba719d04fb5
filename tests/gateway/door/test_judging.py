"""Which model a request asks for, what it may take, and whose key goes upstream: nothing of it escapes the policy."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.gateway.door.harness import MESSAGE, Client, Response, ScriptedUpstream, door, post, run, upstream_at, whole
from wiretell.gateway.config.values import Route
from wiretell.gateway.door import planning
from wiretell.gateway.door.draft import Draft
from wiretell.gateway.edits.pins import Checked, PinDifference
from wiretell.gateway.log.interface import LogState
from wiretell.gateway.log.redaction import Redactor
from wiretell.model.exchange import Row

_BAN = '[[rule]]\nid = "r"\neffect = "ban"\nmodel = "claude-*"\n'
_CHAT = "/v1/chat/completions"
_RESPONSES = "/v1/responses"


def _budget(limit: str, more: str = "") -> str:
    return f'[[budget]]\nwho = "org"\n{limit}\nper = "month"\n{more}'


def _ask(
    folder: Path, policy: str, *asked: tuple[str, dict[str, Any]], answer: bytes = b"{}", **more: Any
) -> tuple[list[Response], list[bytes], list[Row]]:
    """Return the answers, the heads that upstreams got, and the rows."""
    path = folder / "wiretell-policy.toml"
    path.write_text("schema = 1\n" + policy)

    async def work() -> tuple[list[Response], list[bytes], list[Row]]:
        async with ScriptedUpstream(whole(answer)) as up:
            hosts = [upstream_at(up.port, name) for name in ("anthropic-messages", "openai-chat", "gemini")]
            hosts.append(upstream_at(up.port, "openai-responses", "responses"))
            async with door(folder, *hosts, policy=path, **more) as gateway, Client(gateway.port) as client:
                answers = [await client.ask(post(json.dumps(body).encode(), path)) for path, body in asked]
                return answers, [seen.head for seen in up.seen], gateway.recorder.rows

    return run(work())


@pytest.mark.parametrize("policy", [_BAN, _budget("requests = 9", 'models = ["claude-*"]')])
@pytest.mark.parametrize(
    ("path", "body"),
    [(_RESPONSES, {"prompt": {"id": "pmpt_1"}}), (_CHAT, {"messages": []}), ("/v1/messages", {"messages": []})],
)
def test_who_names_no_model_does_not_escape_what_is_said_of_models(
    tmp_path: Path, policy: str, path: str, body: dict[str, Any]
) -> None:
    (answer,), sent, (row,) = _ask(tmp_path, policy, (path, body))
    assert answer.status == 400
    assert "names no model" in json.loads(answer.body)["error"]["message"]
    assert not sent
    assert row.decision == "refused:bad-request"


def test_without_such_a_policy_no_model_need_be_named(tmp_path: Path) -> None:
    policy = '[[rule]]\nid = "r"\neffect = "ban"\nproduct = "nothing"\n' + _budget("requests = 9")
    (answer,), sent, _ = _ask(tmp_path, policy, (_RESPONSES, {"prompt": {"id": "pmpt_1"}}))
    assert answer.status == 200
    assert len(sent) == 1


def test_each_model_that_may_answer_instead_is_decided_on(tmp_path: Path) -> None:
    bodies = [{"model": "gpt-5", "models": models} for models in (["gpt-4"], ["gpt-4", "claude-opus-4-6"])]
    (passed, banned), sent, _ = _ask(tmp_path, _BAN, *((_CHAT, body) for body in bodies))
    assert (passed.status, banned.status) == (200, 451)
    assert "claude-opus-4-6" in json.loads(banned.body)["error"]["message"]
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("budget", "status"),
    [(_budget("usd = 100"), 400), (_budget("requests = 9", 'models = ["gpt-*"]'), 400), (_budget("requests = 9"), 200)],
)
def test_a_budget_must_know_which_model_answers(tmp_path: Path, budget: str, status: int) -> None:
    (answer,), _, _ = _ask(tmp_path, budget, (_CHAT, {"model": "gpt-5", "models": ["gpt-4"]}))
    assert answer.status == status


@pytest.mark.parametrize(
    ("path", "one", "many"),
    [
        (_CHAT, {"model": "gpt-5", "max_tokens": 100}, {"model": "gpt-5", "max_tokens": 100, "n": 50}),
        (
            "/v1beta/models/gemini-2.5-pro:generateContent",
            {"generationConfig": {"maxOutputTokens": 100}},
            {"generationConfig": {"maxOutputTokens": 100, "candidateCount": 50}},
        ),
    ],
)
def test_as_much_is_reserved_as_all_answers_may_take(
    tmp_path: Path, path: str, one: dict[str, Any], many: dict[str, Any]
) -> None:
    (first, second), sent, _ = _ask(tmp_path, _budget("tokens = 2_000"), (path, one), (path, many))
    assert (first.status, second.status) == (200, 429)
    assert len(sent) == 1


def test_a_spent_budget_refuses_to_count_tokens_too(tmp_path: Path) -> None:
    body = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": []}
    count = ("/v1/messages/count_tokens", body)
    policy = _budget("requests = 1")
    answers, sent, rows = _ask(tmp_path, policy, count, count, ("/v1/messages", body), count)
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert "it begins anew on" in json.loads(answers[-1].body)["error"]["message"]
    assert len(sent) == 3
    assert rows[-1].decision is not None
    assert rows[-1].decision.startswith("budget:")


@pytest.mark.parametrize("name", ["gemini-pro", "gemini-%70ro"])
def test_a_route_puts_its_model_into_the_target_however_that_was_spelled(tmp_path: Path, name: str) -> None:
    path = f"/v1beta/models/{name}:streamGenerateContent?alt=sse"
    (answer,), (head,), (row,) = _ask(tmp_path, "", (path, {}), routes=(Route("gemini/gemini-flash", "gemini-pro"),))
    assert answer.status == 200
    assert head.startswith(b"POST /v1beta/models/gemini-flash:streamGenerateContent?alt=sse HTTP/1.1\r\n")
    assert row.model == "gemini-pro"


def test_nothing_is_sent_while_the_log_cannot_be_written(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            ScriptedUpstream(whole(b"{}")) as up,
            door(tmp_path, upstream_at(up.port)) as gateway,
            Client(gateway.port) as client,
        ):
            gateway.recorder.state = lambda: LogState(failing="no space left")  # type: ignore[method-assign]  # a fake
            answer = await client.ask(post(MESSAGE))
            assert answer.status == 507
            assert b"no space left" in answer.body
            assert b"x-should-retry: false" in answer.head.lower()
            assert not up.seen
            (row,) = await gateway.closed(1)
            assert (row.status, row.upstream, row.decision) == (507, None, "refused:log")

    run(work())


def test_what_left_a_template_is_said_in_few_words_and_without_secrets() -> None:
    key = "sk-ant-api03-" + "A" * 60
    gone = [PinDifference(f"/system/{n}/text", "", "", f"now {n} {key} " + "x" * 400, "was" * n) for n in range(6)]
    pins = SimpleNamespace(examine=lambda *_: Checked(tuple(gone), ("A remark.",)))
    request: Any = SimpleNamespace(
        asks_model=True, plain=b"", asked=SimpleNamespace(client=None), protocol=SimpleNamespace(name="")
    )
    parts: Any = SimpleNamespace(pins=pins, redactor=Redactor())
    draft = Draft("x")
    planning.pin(parts, request, draft)
    row = draft.row()
    assert row.pins == tuple(f"/system/{n}/text" for n in range(6))
    assert len(row.warnings) == 5
    assert row.warnings[0].startswith('Left the pinned template at /system/0/text: "now 0 ')
    assert row.warnings[2].endswith('" instead of "waswas"')
    assert " instead of " not in row.warnings[0]
    assert row.warnings[4] == "A remark."
    assert all(len(warning) <= 300 for warning in row.warnings)
    assert "AAAA" not in str(row.warnings)
