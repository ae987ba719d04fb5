"""Requests: what each upstream gets of what the clients send."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.translate.samples import CHAT, MESSAGES, PAIRS, PNG, RESPONSES, RICH
from wiretell.errors import FormatError
from wiretell.gateway import translate
from wiretell.model.exchange import WireFormat

MODEL = "claude-opus-4-6"


def sent(client: WireFormat, upstream: WireFormat, body: Any, model: str = MODEL) -> dict[str, Any]:
    """Return what the upstream gets."""
    request = translate.translator(client, upstream).request(json.dumps(body).encode(), model)
    value: dict[str, Any] = json.loads(request.body)
    return value


def test_paths_and_models() -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "hi"}], "model": "asked-for"}).encode()
    request = translate.translator(MESSAGES, CHAT).request(body, "routed-to")
    assert (request.path, json.loads(request.body)["model"]) == ("/chat/completions", "routed-to")
    assert translate.translator(MESSAGES, RESPONSES).request(body, "m").path == "/responses"
    assert translate.translator(CHAT, MESSAGES).request(body, "m").path == "/v1/messages"


@pytest.mark.parametrize("upstream", [CHAT, RESPONSES])
def test_the_attribution_block_goes_to_no_other_vendor(upstream: WireFormat) -> None:
    request = translate.translator(MESSAGES, upstream).request(json.dumps(RICH[MESSAGES]).encode(), MODEL)
    assert b"x-anthropic-billing" not in request.body
    assert b"user_abc" not in request.body
    assert "/system/*" in [loss.path for loss in request.losses]


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_no_notes_of_the_library_s_go_out(client: WireFormat, upstream: WireFormat) -> None:
    text = json.dumps(sent(client, upstream, RICH[client]))
    for note in ("_provider_metadata", '"caller"', "tool-content", "[Refusal]", "No output available"):
        assert note not in text


@pytest.mark.parametrize("upstream", [CHAT, RESPONSES])
def test_calls_and_results_of_a_conversation_with_images(upstream: WireFormat) -> None:
    body = sent(MESSAGES, upstream, RICH[MESSAGES])
    if upstream == CHAT:
        roles = [message["role"] for message in body["messages"]]
        assert roles == ["system", "user", "assistant", "tool", "tool", "user", "assistant", "user"]
        assert body["messages"][3] == {"role": "tool", "tool_call_id": "toolu_1", "content": "Error: boom"}
        kinds = [part["type"] for part in body["messages"][5]["content"]]
        assert kinds == ["text", "image_url", "text", "image_url", "image_url", "text"]
        assert body["messages"][5]["content"][1]["image_url"]["url"].endswith(PNG)
    else:
        kinds = [item["type"] for item in body["input"]]
        assert kinds == ["message", "message", *["function_call"] * 2, *["function_call_output"] * 2, *["message"] * 3]
        assert [part["type"] for part in body["input"][5]["output"]] == ["input_text", "input_image"]


@pytest.mark.parametrize("client", [CHAT, RESPONSES])
def test_messages_alternate_and_results_follow_their_calls(client: WireFormat) -> None:
    messages = sent(client, MESSAGES, RICH[client])["messages"]
    roles = [message["role"] for message in messages]
    assert all(a != b for a, b in pairwise(roles))
    calls = {block["id"] for block in messages[1]["content"] if block["type"] == "tool_use"}
    results = {block["tool_use_id"] for block in messages[2]["content"] if block["type"] == "tool_result"}
    assert calls == results == {"call_1", "call_2", "call_3"}


@pytest.mark.parametrize("client", [CHAT, RESPONSES])
def test_messages_gets_breakpoints_for_its_cache_at_most_four(client: WireFormat) -> None:
    body = sent(client, MESSAGES, RICH[client])
    mark = {"type": "ephemeral"}
    assert body["system"][-1]["cache_control"] == mark
    assert body["messages"][-1]["content"][-1]["cache_control"] == mark
    assert json.dumps(body).count("cache_control") <= 4


def test_the_beginning_of_a_conversation_stays_the_same_from_turn_to_turn() -> None:
    body = RICH[RESPONSES]
    longer = {
        **body,
        "input": [*body["input"], {"role": "assistant", "content": "ok"}, {"role": "user", "content": "x"}],
    }
    first, second = (sent(RESPONSES, CHAT, each)["messages"] for each in (body, longer))
    assert second[: len(first)] == first


@pytest.mark.parametrize("field", ["previous_response_id", "conversation", "prompt"])
@pytest.mark.parametrize("upstream", [MESSAGES, CHAT])
def test_state_that_only_the_vendor_has_is_refused(field: str, upstream: WireFormat) -> None:
    with pytest.raises(FormatError, match=f"/{field} .* send the whole conversation"):
        sent(RESPONSES, upstream, {"input": "hi", field: "resp_1"})
    sent(RESPONSES, upstream, {"input": "hi", field: None})


EFFORTS = [
    ({"thinking": {"type": "enabled", "budget_tokens": 2_000}}, "low"),
    ({"thinking": {"type": "enabled", "budget_tokens": 8_000}}, "medium"),
    ({"thinking": {"type": "enabled", "budget_tokens": 31_999}}, "high"),
    ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}}, "medium"),
    ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}, "high"),
    ({"thinking": {"type": "disabled"}}, None),
    ({}, None),
]


@pytest.mark.parametrize(("asked", "effort"), EFFORTS)
def test_thinking_becomes_an_effort(asked: dict[str, Any], effort: str | None) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}], **asked}
    assert sent(MESSAGES, CHAT, body).get("reasoning_effort") == effort
    assert sent(MESSAGES, RESPONSES, body).get("reasoning", {}).get("effort") == effort


@pytest.mark.parametrize(
    ("model", "thinks"),
    [
        ("claude-opus-4-6", True),
        ("claude-sonnet-5", True),
        ("claude-opus-4-10-20270101", True),
        ("claude-sonnet-4-5-20250929", False),
        ("claude-opus-4-20250514", False),
        ("claude-3-7-sonnet-20250219", False),
        ("glm-5", False),
    ],
)
def test_an_effort_becomes_thinking_where_the_model_can_choose(model: str, thinks: bool) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}], "reasoning_effort": "xhigh", "temperature": 0.2}
    got = sent(CHAT, MESSAGES, body, model)
    assert got.get("thinking") == ({"type": "adaptive"} if thinks else None)
    assert got.get("output_config") == ({"effort": "high"} if thinks else None)
    assert ("temperature" in got) is not thinks  # Messages refuses both together
    assert got["max_tokens"] == 32_000


def test_nothing_is_kept_by_the_vendor_unasked() -> None:
    body = {"messages": [{"role": "user", "content": "hi"}]}
    assert sent(CHAT, RESPONSES, body)["store"] is False
    assert sent(MESSAGES, RESPONSES, body)["store"] is False
    assert sent(CHAT, RESPONSES, {**body, "store": True})["store"] is True


def test_a_custom_tool_and_a_namespace_become_functions() -> None:
    tools = sent(RESPONSES, CHAT, RICH[RESPONSES])["tools"]
    assert [tool["function"]["name"] for tool in tools] == ["shell", "apply_patch", "mcp__x__inner"]
    assert tools[1]["function"]["parameters"]["required"] == ["input"]
    body = {
        "input": [{"role": "user", "content": "x"}, *_namespaced("mcp__x", "inner")],
        "tools": RICH[RESPONSES]["tools"],
    }
    blocks = sent(RESPONSES, MESSAGES, body)["messages"][1]["content"]
    assert blocks[0]["name"] == "mcp__x__inner"


def _namespaced(space: str, name: str) -> list[dict[str, Any]]:
    return [
        {"type": "function_call", "call_id": "c", "namespace": space, "name": name, "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "y"},
    ]


def test_a_choice_of_tools_without_tools_is_left_out() -> None:
    tools = [{"type": "web_search"}]
    body = sent(RESPONSES, CHAT, {"input": "hi", "tools": tools, "tool_choice": "auto", "parallel_tool_calls": True})
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(body)


@pytest.mark.parametrize("client", [CHAT, RESPONSES])
def test_a_system_message_amid_the_conversation_stays_where_it_is(client: WireFormat) -> None:
    field = "messages" if client == CHAT else "input"
    texts = [("developer", "rules"), ("user", "one"), ("assistant", "two"), ("developer", "now this"), ("user", "go")]
    body = {field: [{"role": role, "content": text} for role, text in texts]}
    got = sent(client, MESSAGES, body)
    assert [block["text"] for block in got["system"]] == ["rules"]
    assert [block["text"] for message in got["messages"] for block in message["content"]] == [
        "one",
        "two",
        "now this",
        "go",
    ]


LOOKS_LIKE_JSON = ['{"a":  1.0}', "0E0", "[1, 2 ]", "null", '"x"', " true\n", '{"result": "x"}', "1e400"]


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@pytest.mark.parametrize("text", LOOKS_LIKE_JSON)
def test_a_result_that_looks_like_json_stays_as_it_is(client: WireFormat, upstream: WireFormat, text: str) -> None:
    call = {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    bodies: dict[WireFormat, dict[str, Any]] = {
        MESSAGES: {
            "messages": [
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": text}]},
            ]
        },
        CHAT: {
            "messages": [
                {"role": "assistant", "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "t", "content": text},
            ]
        },
        RESPONSES: {
            "input": [
                {"type": "function_call", "call_id": "t", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "t", "output": text},
            ]
        },
    }
    body = sent(client, upstream, bodies[client])
    last = body["input" if upstream == RESPONSES else "messages"][-1]
    given_text = last["content"][0]["content"] if upstream == MESSAGES else last.get("content", last.get("output"))
    assert given_text == text or given_text[0]["text"] == text


def test_a_number_that_no_json_reader_holds_is_refused() -> None:
    body = b'{"messages": [{"role": "user", "content": "x"}], "temperature": 1e400}'
    with pytest.raises(FormatError, match="too large"):
        translate.translator(MESSAGES, CHAT).request(body, "m")


ORPHANS: dict[WireFormat, dict[str, Any]] = {
    MESSAGES: {
        "messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t9", "content": "x9"}]}]
    },
    CHAT: {"messages": [{"role": "tool", "tool_call_id": "t9", "content": "x9"}, {"role": "user", "content": ""}]},
    RESPONSES: {"input": [{"type": "function_call_output", "call_id": "t9", "output": "x9"}]},
}


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_result_without_its_call_is_a_text(client: WireFormat, upstream: WireFormat) -> None:
    text = json.dumps(sent(client, upstream, ORPHANS[client]))
    assert "Result of tool call t9:" in text
    assert '"x9"' in text
    assert "tool_result" not in text and '"tool"' not in text and "function_call_output" not in text


@pytest.mark.parametrize("client", [CHAT, RESPONSES])
def test_messages_gets_no_empty_texts(client: WireFormat) -> None:
    field = "messages" if client == CHAT else "input"
    texts = [("user", "a"), ("assistant", ""), ("user", "b"), ("user", "")]
    body = {field: [{"role": role, "content": text} for role, text in texts]}
    (message,) = sent(client, MESSAGES, body)["messages"]
    assert [block["text"] for block in message["content"]] == ["a", "b"]


def test_half_a_surrogate_pair_survives() -> None:
    body = {"messages": [{"role": "user", "content": "cut \ud83d"}]}
    assert sent(MESSAGES, CHAT, body)["messages"][0]["content"] == "cut \ud83d"


NAME = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_-]{0,30}", fullmatch=True)
VALUE = st.integers(-(2**53), 2**53) | st.text(max_size=20) | st.lists(st.booleans() | st.none(), max_size=3)
CALL = st.tuples(NAME, st.dictionaries(st.text(max_size=5), VALUE, max_size=3), st.text(min_size=1, max_size=20))


@pytest.mark.parametrize("middle", [CHAT, RESPONSES])
@settings(deadline=None, max_examples=50)
@given(calls=st.lists(CALL, min_size=1, max_size=4))
def test_calls_survive_there_and_back(middle: WireFormat, calls: list[tuple[str, dict[str, Any], str]]) -> None:
    uses = [
        {"type": "tool_use", "id": f"t{n}", "name": name, "input": arguments}
        for n, (name, arguments, _) in enumerate(calls)
    ]
    results = [{"type": "tool_result", "tool_use_id": f"t{n}", "content": text} for n, (_, _, text) in enumerate(calls)]
    body = {
        "messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": uses},
            {"role": "user", "content": results},
        ]
    }
    back = sent(middle, MESSAGES, sent(MESSAGES, middle, body))["messages"]
    assert back[1]["content"] == uses
    texts = [block["content"] for block in back[2]["content"]]
    flat = [text if isinstance(text, str) else "".join(part["text"] for part in text) for text in texts]
    assert flat == [text for _, _, text in calls]


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_requests_with_anything_in_them_end_in_a_sentence(
    client: WireFormat, upstream: WireFormat, data: st.DataObject
) -> None:
    body: Any = json.loads(json.dumps(RICH[client]))
    junk: Any = data.draw(st.sampled_from([None, 7, "x", [], {}, [[]], [{}], {"type": 5}, True, 1.5]))
    place = body
    while isinstance(place, dict | list) and place:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = junk
            break
        place = place[key]
    try:
        sent(client, upstream, body)
    except FormatError as error:
        assert str(error)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"messages": []}', b"[" * 100_000, b'{"messages": NaN}'])
def test_what_is_no_request_is_refused(body: bytes) -> None:
    for client, upstream in PAIRS:
        with pytest.raises(FormatError):
            translate.translator(client, upstream).request(body, "m")


STATUSES = [(400, "invalid_request_error"), (429, "rate_limit_error"), (500, "api_error"), (529, "overloaded_error")]


@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_errors_keep_the_upstream_s_words(status: int, kind: str) -> None:
    body = json.dumps({"error": {"message": "Very own words", "type": "t", "code": "c"}}).encode()
    got = json.loads(translate.translator(MESSAGES, CHAT).error(status, body))
    assert got == {"type": "error", "error": {"type": kind, "message": "Very own words"}}
    theirs = json.dumps({"type": "error", "error": {"type": kind, "message": "Very own words"}}).encode()
    back = json.loads(translate.translator(RESPONSES, MESSAGES).error(status, theirs))
    assert back["error"] == {"message": "Very own words", "type": kind, "param": None, "code": None}


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@pytest.mark.parametrize(
    "body", [b"<html>Bad Gateway</html>", b"", b"\xff\xfe", b'{"error": "plain"}', b"[1]", b'{"a":1}']
)
def test_errors_that_are_no_error_of_the_protocol(client: WireFormat, upstream: WireFormat, body: bytes) -> None:
    got = json.loads(translate.translator(client, upstream).error(502, body))
    assert got["error"]["message"]


def test_a_conversation_that_is_too_long_is_said_so_in_the_client_s_words() -> None:
    message = "This model's maximum context length is 128000 tokens."
    theirs = json.dumps({"error": {"message": message, "code": "context_length_exceeded"}}).encode()
    got = json.loads(translate.translator(MESSAGES, CHAT).error(400, theirs))
    assert got["error"]["message"] == f"prompt is too long: {message}"
    words = "prompt is too long: 210000 tokens > 200000 maximum"
    ours = json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": words}}).encode()
    for client in (CHAT, RESPONSES):
        got = json.loads(translate.translator(client, MESSAGES).error(400, ours))
        assert (got["error"]["code"], got["error"]["message"]) == ("context_length_exceeded", words)
