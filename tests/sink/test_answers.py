from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from wiretell.lab.sink.answers import Answer, Site, answer
from wiretell.lab.sink.answers.interface import Json
from wiretell.lab.sink.answers.reply import HARMLESS_COMMAND
from wiretell.model.capture import Request

SITE = Site("api.lab.test", serves_model=True, ordinal=0)
SCHEMA = {
    "type": "object",
    "properties": {"kind": {"enum": ["first", "second"]}, "n": {"type": "integer", "minimum": 3}, "x": {}},
    "required": ["kind", "n"],
}
MINIMAL = {"kind": "first", "n": 3}
PATHS = {
    "anthropic": "/v1/messages?beta=true",
    "chat": "/some/prefix/v1/chat/completions",
    "responses": "/v1/responses",
    "gemini": "/v1beta/models/gemini-x:generateContent",
}


def ask(target: str, body: Json = None, method: str = "POST", headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return answer(Request("HTTP/1.1", method, target, headers, data), SITE)


def sse(got: Answer) -> list[dict[str, Any]]:
    assert b"text/event-stream" in dict(got.headers)[b"content-type"]
    assert got.streamed
    lines = got.body.decode().replace("\r\n", "\n").split("\n\n")
    datas = [line for event in lines for line in event.split("\n") if line.startswith("data: ")]
    events = [json.loads(data[6:]) for data in datas if data != "data: [DONE]"]
    named = [line[7:] for event in lines for line in event.split("\n") if line.startswith("event: ")]
    assert not named or named == [event["type"] for event in events]
    return events


# --- plain answers


def test_anthropic_plain() -> None:
    got = ask(PATHS["anthropic"], {"model": "m", "messages": []})
    value = json.loads(got.body)
    assert (got.status, got.kind, got.streamed) == (200, "model", False)
    assert value["content"] == [{"type": "text", "text": "OK."}]
    assert value["stop_reason"] == "end_turn"
    assert value["model"] == "m"
    assert dict(got.headers)[b"request-id"].startswith(b"req_")


def test_anthropic_stream() -> None:
    events = sse(ask(PATHS["anthropic"], {"model": "m", "stream": True, "messages": []}))
    assert [e["type"] for e in events] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert events[0]["message"]["content"] == []
    assert events[3]["delta"] == {"type": "text_delta", "text": "OK."}
    assert events[5]["delta"]["stop_reason"] == "end_turn"


def test_chat_plain() -> None:
    value = json.loads(ask(PATHS["chat"], {"model": "m", "messages": []}).body)
    assert value["choices"][0]["message"]["content"] == "OK."
    assert value["choices"][0]["finish_reason"] == "stop"
    assert value["object"] == "chat.completion"


@pytest.mark.parametrize("wants_usage", [False, True])
def test_chat_stream(wants_usage: bool) -> None:
    got = ask(PATHS["chat"], {"stream": True, "stream_options": {"include_usage": wants_usage}})
    events = sse(got)
    assert got.body.endswith(b"data: [DONE]\n\n")
    assert "".join(c["delta"].get("content") or "" for e in events for c in e["choices"]) == "OK."
    assert [c["finish_reason"] for e in events for c in e["choices"]] == [None, None, "stop"]
    assert (events[-1].get("usage") is not None) == wants_usage
    assert len({e["id"] for e in events}) == 1


def test_responses_plain() -> None:
    value = json.loads(ask(PATHS["responses"], {"model": "m", "input": "hi"}).body)
    assert value["status"] == "completed"
    assert value["output"][0]["content"][0]["text"] == "OK."


def test_responses_stream() -> None:
    events = sse(ask(PATHS["responses"], {"model": "m", "input": "hi", "stream": True}))
    assert [e["type"].removeprefix("response.") for e in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [e["sequence_number"] for e in events] == list(range(9))
    assert events[0]["response"]["id"] == events[-1]["response"]["id"]
    assert events[-1]["response"]["output"][0] == events[-2]["item"]
    assert events[-1]["response"]["usage"]["total_tokens"] > 0


def test_gemini_plain_and_streams() -> None:
    plain = json.loads(ask(PATHS["gemini"], {"contents": []}).body)
    assert plain["candidates"][0]["content"]["parts"] == [{"text": "OK."}]
    assert plain["candidates"][0]["finishReason"] == "STOP"
    assert plain["modelVersion"] == "gemini-x"
    path = "/v1beta/models/gemini-x:streamGenerateContent"
    (event,) = sse(ask(f"{path}?alt=sse", {"contents": []}))
    assert event["candidates"] == plain["candidates"]
    (listed,) = json.loads(ask(path, {"contents": []}).body)
    assert listed["candidates"] == plain["candidates"]


# --- forced tools, demanded schemas, complaints


def forced_anthropic(choice: Json) -> Json:
    tools = [{"name": "pick", "input_schema": SCHEMA}, {"name": "other", "input_schema": {}}]
    body = {"tools": tools, "tool_choice": choice, "messages": []}
    got = json.loads(ask(PATHS["anthropic"], body).body)
    streamed = sse(ask(PATHS["anthropic"], {**body, "stream": True}))
    assert streamed[1]["content_block"]["input"] == {}
    assert json.loads(streamed[3]["delta"]["partial_json"]) == got["content"][0]["input"]
    assert streamed[5]["delta"]["stop_reason"] == got["stop_reason"] == "tool_use"
    return got["content"][0]


def test_forced_tools_of_anthropic() -> None:
    call = forced_anthropic({"type": "any"})
    assert (call["type"], call["name"], call["input"]) == ("tool_use", "pick", MINIMAL)
    assert forced_anthropic({"type": "tool", "name": "other"})["name"] == "other"
    auto = ask(PATHS["anthropic"], {"tools": [{"name": "t", "input_schema": {}}], "tool_choice": {"type": "auto"}})
    assert json.loads(auto.body)["stop_reason"] == "end_turn"


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ("required", "pick"),
        ({"type": "function", "function": {"name": "other"}}, "other"),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "other"}}]},
            },
            "other",
        ),
    ],
)
def test_forced_tools_of_chat(choice: Json, name: str) -> None:
    tools = [{"type": "function", "function": {"name": n, "parameters": SCHEMA}} for n in ("pick", "other")]
    body = {"tools": tools, "tool_choice": choice}
    got = json.loads(ask(PATHS["chat"], body).body)["choices"][0]
    assert got["finish_reason"] == "tool_calls"
    assert got["message"]["tool_calls"][0]["function"]["name"] == name
    assert json.loads(got["message"]["tool_calls"][0]["function"]["arguments"]) == MINIMAL
    events = sse(ask(PATHS["chat"], {**body, "stream": True}))
    assert events[1]["choices"][0]["delta"]["tool_calls"][0]["function"]["name"] == name
    assert events[2]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("choice", ["required", {"type": "function", "name": "pick"}])
def test_forced_tools_of_responses(choice: Json) -> None:
    tools = [{"type": "web_search"}, {"type": "function", "name": "pick", "parameters": SCHEMA}]
    events = sse(ask(PATHS["responses"], {"tools": tools, "tool_choice": choice, "stream": True, "input": []}))
    assert [e["type"] for e in events][3:5] == [
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
    ]
    (item,) = events[-1]["response"]["output"]
    assert (item["type"], item["name"], json.loads(item["arguments"])) == ("function_call", "pick", MINIMAL)


def test_forced_free_text_tool_of_responses() -> None:
    body = {"tools": [{"type": "custom", "name": "patch"}], "tool_choice": "required", "stream": True, "input": []}
    (item,) = sse(ask(PATHS["responses"], body))[-1]["response"]["output"]
    assert (item["type"], item["name"], item["input"]) == ("custom_tool_call", "patch", "OK.")


def test_forced_tools_of_gemini() -> None:
    tools = [{"functionDeclarations": [{"name": "a"}, {"name": "b", "parametersJsonSchema": SCHEMA}]}]
    calling = {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["b"]}}
    value = json.loads(ask(PATHS["gemini"], {"tools": tools, "toolConfig": calling}).body)
    assert value["candidates"][0]["content"]["parts"] == [{"functionCall": {"name": "b", "args": MINIMAL}}]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("anthropic", {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
        ("anthropic", {"output_format": {"type": "json_schema", "schema": SCHEMA}}),
        ("chat", {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}}),
        ("responses", {"text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}}}),
        ("gemini", {"generationConfig": {"responseMimeType": "application/json", "responseSchema": SCHEMA}}),
        ("gemini", {"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA}}),
        ("gemini", {"generation_config": {"response_mime_type": "application/json", "response_schema": SCHEMA}}),
    ],
)
def test_a_demanded_schema_is_satisfied(path: str, body: Json) -> None:
    assert MINIMAL in map(_as_json, _strings(json.loads(ask(PATHS[path], body).body)))


def _strings(value: Json) -> list[str]:
    if isinstance(value, dict | list):
        return [text for part in (value.values() if isinstance(value, dict) else value) for text in _strings(part)]
    return [value] if isinstance(value, str) else []


def _as_json(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return None


SHELL = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}


def complaints(turns: int, names: list[str]) -> Json:
    tools = [{"type": "function", "function": {"name": name, "parameters": SHELL}} for name in names]
    messages = [{"role": "user", "content": "hi"}]
    for _ in range(turns):
        messages += [{"role": "assistant", "content": "OK."}, {"role": "user", "content": "Call a tool!"}]
    return json.loads(ask(PATHS["chat"], {"tools": tools, "messages": messages}).body)["choices"][0]["message"]


def test_an_agent_that_insists_on_a_tool_gets_one() -> None:
    assert "tool_calls" not in complaints(1, ["bash"])
    call = complaints(3, ["read_file", "bash"])["tool_calls"][0]["function"]
    assert (call["name"], json.loads(call["arguments"])) == ("bash", {"command": HARMLESS_COMMAND})
    assert complaints(3, ["bash", "attempt_completion"])["tool_calls"][0]["function"]["name"] == "attempt_completion"
    assert "tool_calls" not in complaints(3, ["read_file"])
    assert "tool_calls" not in complaints(3, [])


def test_turns_before_a_tool_call_do_not_count() -> None:
    tools = [{"name": "bash", "input_schema": SHELL}]
    silent = [{"role": "assistant", "content": "OK."}, {"role": "user", "content": "?"}]
    called = [{"role": "assistant", "content": [{"type": "tool_use", "name": "bash", "input": {}, "id": "1"}]}]
    body = {"tools": tools, "messages": [*silent, *silent, *called, *silent]}
    assert json.loads(ask(PATHS["anthropic"], body).body)["stop_reason"] == "end_turn"
    body = {"tools": tools, "messages": [*called, *silent, *silent]}
    assert json.loads(ask(PATHS["anthropic"], body).body)["stop_reason"] == "tool_use"


# --- everything around


@pytest.mark.parametrize(
    ("method", "target", "kind", "status"),
    [
        ("POST", "/v1/messages/count_tokens?beta=true", "model-aux", 200),
        ("POST", "/v1beta/models/g:countTokens", "model-aux", 200),
        ("GET", "/v1/models", "model-aux", 200),
        ("GET", "/v1beta/models", "model-aux", 200),
        ("GET", "/openai/v1/models/some-model", "model-aux", 200),
        ("HEAD", "/", "model-aux", 200),
        ("GET", "/", "side", 404),
        ("GET", "/v1/messages", "side", 404),
        ("POST", "/api/event_logging/batch", "side", 404),
        ("PUT", "/anything", "side", 404),
        ("POST", "http://api.lab.test/v1/messages", "model", 400),
        ("POST", "/v1/messages%3Fx", "side", 404),
        ("POST", "http://[", "side", 404),
        ("OPTIONS", "*", "side", 404),
    ],
)
def test_kinds(method: str, target: str, kind: str, status: int) -> None:
    got = ask(target, b"not json" if method == "POST" else None, method)
    assert (got.kind, got.status) == (kind, status)


def test_model_lists_take_the_form_of_their_vendor() -> None:
    assert json.loads(ask("/v1/models", None, "GET").body)["object"] == "list"
    anthropic = json.loads(ask("/v1/models", None, "GET", ((b"Anthropic-Version", b"2023-06-01"),)).body)
    assert anthropic["data"][0]["type"] == "model"
    assert json.loads(ask("/v1beta/models", None, "GET").body)["models"][0]["name"].startswith("models/")
    assert json.loads(ask("/v1/models/x", None, "GET").body)["id"] == "x"


def test_other_hosts_have_no_front_page() -> None:
    request = Request("HTTP/1.1", "HEAD", "/", (), b"")
    assert answer(request, Site("elsewhere.test", serves_model=False, ordinal=0)).status == 404


def test_compressed_requests_are_understood() -> None:
    body = json.dumps({"model": "squeezed", "stream": False}).encode()
    for coding, data in ((b"gzip", gzip.compress(body)), (b"zstd", zstandard.compress(body)), (b"", body)):
        got = ask(PATHS["responses"], data, headers=((b"content-encoding", coding),) if coding else ())
        assert json.loads(got.body)["model"] == "squeezed"


def test_equal_places_in_a_run_get_equal_ids_and_others_other_ids() -> None:
    request = Request("HTTP/1.1", "POST", "/v1/messages", (), b"{}")
    first, again = answer(request, SITE), answer(request, Site("other.host", serves_model=False, ordinal=0))
    second = answer(request, Site("api.lab.test", serves_model=True, ordinal=1))
    assert first == again
    assert json.loads(first.body)["id"] != json.loads(second.body)["id"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(
    [
        "messages",
        "tools",
        "tool_choice",
        "stream",
        "model",
        "input",
        "text",
        "contents",
        "generationConfig",
        "toolConfig",
        "functions",
        "content",
        "role",
        "function",
        "name",
        "parameters",
        "input_schema",
        "type",
        "format",
        "schema",
        "response_format",
        "json_schema",
        "stream_options",
        "function_call",
        "allowed_tools",
        "functionDeclarations",
        "parts",
        "responseMimeType",
        "output_config",
        "generate",
    ]
)
shapes = st.recursive(
    json_values | st.sampled_from(["required", "any", "tool", "function", "json_schema", "application/json", "ANY"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@given(st.sampled_from(sorted(PATHS)), st.dictionaries(KEYS, shapes, max_size=6))
def test_no_shape_of_body_breaks_an_answer(path: str, body: dict[str, Json]) -> None:
    got = ask(PATHS[path], json.dumps(body).encode())
    assert got.kind == "model"
    assert got.status in (200, 400)
    assert got.body.decode()


@given(st.text(st.characters(max_codepoint=255)), st.binary(), st.sampled_from(["GET", "POST", "HEAD", "", "X"]))
def test_no_target_breaks_an_answer(target: str, body: bytes, method: str) -> None:
    assert ask(target, body, method).status in (200, 400, 404)
