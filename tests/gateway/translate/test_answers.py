"""Answers, whole and streamed, against streams made by hand from the public formats."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.translate.samples import CHAT, MESSAGES, PAIRS, RESPONSES
from tests.gateway.translate.streams import (
    CREATED,
    STREAM_USAGE,
    STREAMS,
    Events,
    chat_stream,
    messages_stream,
    parsed,
    responses_stream,
    sse,
    whole_of,
)
from wiretell.errors import FormatError
from wiretell.gateway import translate
from wiretell.model.exchange import WireFormat

REQUEST = json.dumps(STREAM_USAGE).encode()
PREFIXES = {MESSAGES: "msg_", CHAT: "chatcmpl-", RESPONSES: "resp_"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(CREATED))


def through(client: WireFormat, upstream: WireFormat, data: bytes, request: bytes = REQUEST, cut: int = 0) -> bytes:
    """Return what the client gets of a stream that comes whole, or in two pieces."""
    stream = translate.translator(client, upstream).stream(request)
    pieces = [data[:cut], data[cut:]] if cut else [data]
    return b"".join(stream.feed(piece) for piece in pieces) + stream.close()


def without_pings(events: Events) -> Events:
    return [event for event in events if event[0] != "ping"]


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_golden_stream_becomes_the_other_golden_stream(client: WireFormat, upstream: WireFormat) -> None:
    given_events = STREAMS[upstream]("1", "m-1")
    expected = STREAMS[client](f"{PREFIXES[upstream]}1", "m-1")
    assert without_pings(parsed(through(client, upstream, sse(given_events)))) == expected


def test_numbers_at_a_stream_s_start_count() -> None:
    events = messages_stream("1", "m-1", told_at_start=True)
    assert parsed(through(CHAT, MESSAGES, sse(events))) == chat_stream("msg_1", "m-1")


# Cutting concerns what reads: one pair for each upstream; all pairs stand in the test of single bytes.
@pytest.mark.parametrize(("client", "upstream"), [(RESPONSES, CHAT), (CHAT, MESSAGES), (MESSAGES, RESPONSES)])
def test_a_stream_cut_at_any_byte_gives_the_same(client: WireFormat, upstream: WireFormat) -> None:
    events = [event for event in STREAMS[upstream]("1", "m-1") if not event[0].endswith((".done", ".in_progress"))]
    data = sse(events)
    expected = through(client, upstream, data)
    for cut in range(1, len(data)):
        assert through(client, upstream, data, cut=cut) == expected, cut


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_a_stream_byte_by_byte_and_with_other_line_ends(
    client: WireFormat, upstream: WireFormat, ending: bytes
) -> None:
    data = sse(STREAMS[upstream]("1", "m-1"))
    expected = through(client, upstream, data)
    stream = translate.translator(client, upstream).stream(REQUEST)
    other = data.replace(b"\n", ending)
    got = b"".join(stream.feed(other[i : i + 1]) for i in range(len(other))) + stream.close()
    assert got == expected


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_whole_answers(client: WireFormat, upstream: WireFormat) -> None:
    given_answer = json.dumps(whole_of(upstream, "1", "m-1")).encode()
    pair = translate.translator(client, upstream)
    assert json.loads(pair.response(given_answer)) == whole_of(client, f"{PREFIXES[upstream]}1", "m-1")


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_stream_where_a_whole_answer_was_asked_for_and_the_other_way(
    client: WireFormat, upstream: WireFormat
) -> None:
    pair = translate.translator(client, upstream)
    whole, stream = json.dumps(whole_of(upstream, "1", "m-1")).encode(), sse(STREAMS[upstream]("1", "m-1"))
    assert json.loads(pair.response(stream)) == whole_of(client, f"{PREFIXES[upstream]}1", "m-1")
    assert collected(client, through(client, upstream, whole)) == collected(client, through(client, upstream, stream))


def collected(client: WireFormat, stream: bytes) -> list[Any]:
    """Return texts, thinking and calls of a stream, as a client of the protocol gathers them."""
    gather = {MESSAGES: _of_messages, CHAT: _of_chat, RESPONSES: _of_responses}
    return gather[client](parsed(stream))


def _of_messages(events: Events) -> list[Any]:
    blocks: dict[int, list[str]] = {}
    open_block: int | None = None
    assert events[0][0] == "message_start"
    for name, data in events:
        assert name == data["type"]
        if name == "content_block_start":
            assert open_block is None
            open_block = data["index"]
            assert open_block == len(blocks)
            block = data["content_block"]
            blocks[open_block] = [block["type"], block.get("id", ""), block.get("name", ""), ""]
        elif name == "content_block_delta":
            assert open_block is not None
            assert data["index"] == open_block
            delta = data["delta"]
            blocks[open_block][3] += delta.get("text", "") + delta.get("thinking", "") + delta.get("partial_json", "")
        elif name == "content_block_stop":
            assert data["index"] == open_block
            open_block = None
    assert events[-1][0] in {"message_stop", "error"}
    return list(blocks.values())


def _of_chat(events: Events) -> list[Any]:
    text, thinking = "", ""
    calls: list[list[str]] = []
    for _, data in events:
        if data == "[DONE]" or "error" in data:
            continue
        for choice in data["choices"]:
            delta = choice["delta"]
            text += delta.get("content") or ""
            thinking += delta.get("reasoning_content") or ""
            for call in delta.get("tool_calls", ()):
                if "id" in call:
                    assert call["index"] == len(calls)
                    calls.append([call["type"], call["id"], call[call["type"]]["name"], ""])
                inner = call.get("function") or call.get("custom")
                calls[call["index"]][3] += inner.get("arguments", "") + inner.get("input", "")
    assert events[-1][1] == "[DONE]" or "error" in events[-1][1]
    return [thinking, text, *calls]


def _of_responses(events: Events) -> list[Any]:
    items: dict[int, list[str]] = {}
    assert events[0][0] == "response.created"
    for number, (name, data) in enumerate(events):
        assert (name, number) == (data["type"], data["sequence_number"])
        if name == "response.output_item.added":
            item = data["item"]
            items[data["output_index"]] = [item["type"], item.get("call_id", ""), item.get("name", ""), ""]
        elif name.endswith(".delta"):
            items[data["output_index"]][3] += data["delta"]
    assert events[-1][0] in {"response.completed", "response.incomplete", "response.failed"}
    return list(items.values())


def chat_chunk(delta: dict[str, Any], reason: str | None = None) -> tuple[str, Any]:
    return "", {"id": "x", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def test_arguments_of_parallel_calls_that_come_mixed_stay_apart() -> None:
    def piece(index: int, text: str) -> dict[str, Any]:
        return {"index": index, "function": {"arguments": text}}

    first = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
    second = {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": '{"y"'}}
    events = [
        chat_chunk({"tool_calls": [first, second]}),
        chat_chunk({"tool_calls": [piece(0, '{"x":'), piece(1, ":2}")]}),
        chat_chunk({"tool_calls": [piece(0, "1}")]}),
        chat_chunk({}, "tool_calls"),
        ("", "[DONE]"),
    ]
    got = collected(MESSAGES, through(MESSAGES, CHAT, sse(events)))
    assert got == [["tool_use", "a", "f", '{"x":1}'], ["tool_use", "b", "g", '{"y":2}']]


@pytest.mark.parametrize("index", [0, None])
def test_calls_that_all_have_one_index_or_none_stay_apart(index: int | None) -> None:
    numbered = {} if index is None else {"index": index}
    calls = [
        {**numbered, "id": name, "type": "function", "function": {"name": name, "arguments": f'{{"{name}":1}}'}}
        for name in ("f", "g")
    ]
    events = [chat_chunk({"tool_calls": [call]}) for call in calls] + [chat_chunk({}, "stop"), ("", "[DONE]")]
    got = collected(MESSAGES, through(MESSAGES, CHAT, sse(events)))
    assert got == [["tool_use", "f", "f", '{"f":1}'], ["tool_use", "g", "g", '{"g":1}']]
    delta = parsed(through(MESSAGES, CHAT, sse(events)))[-2][1]["delta"]
    assert delta["stop_reason"] == "tool_use"  # the server's own `stop` would end the client's turn


def test_arguments_that_come_only_at_the_end_are_not_lost() -> None:
    item = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": ""}
    done = {**item, "arguments": '{"x":1}'}
    events: Events = [
        ("", {"type": "response.created", "response": {"id": "r", "model": "m"}}),
        ("", {"type": "response.output_item.added", "output_index": 0, "item": item}),
        ("", {"type": "response.output_item.done", "output_index": 0, "item": done}),
        ("", {"type": "response.completed", "response": {"status": "completed", "output": [done]}}),
    ]
    assert collected(CHAT, through(CHAT, RESPONSES, sse(events))) == ["", "", ["function", "c", "f", '{"x":1}']]


@pytest.mark.parametrize("client", [CHAT, RESPONSES])
def test_text_that_begins_with_its_block_is_not_lost(client: WireFormat) -> None:
    events = messages_stream("1", "m-1")
    for _, data in events:
        if data["type"] == "content_block_start" and data["content_block"]["type"] == "text":
            data["content_block"]["text"] = "first "
    assert b"first " in through(client, MESSAGES, sse(events))


def test_a_custom_tool_and_one_in_a_namespace_come_back_as_what_they_were() -> None:
    tools = [
        {"type": "custom", "name": "apply_patch"},
        {"type": "namespace", "name": "mcp__x", "tools": [{"type": "function", "name": "look"}]},
    ]
    request = json.dumps({"input": "hi", "tools": tools}).encode()
    content = [
        {"type": "tool_use", "id": "a", "name": "apply_patch", "input": {"input": "*** \u00e9"}},
        {"type": "tool_use", "id": "b", "name": "mcp__x__look", "input": {"at": 1}},
    ]
    answer = {"id": "m", "model": "m", "content": content, "stop_reason": "tool_use"}
    pair = translate.translator(RESPONSES, MESSAGES)
    patch, look = json.loads(pair.response(json.dumps(answer).encode(), request))["output"]
    assert (patch["type"], patch["name"], patch["input"]) == ("custom_tool_call", "apply_patch", "*** \u00e9")
    assert (look["type"], look["namespace"], look["name"]) == ("function_call", "mcp__x", "look")
    stream = pair.stream(request)
    events = parsed(stream.feed(json.dumps(answer).encode()) + stream.close())
    assert "response.custom_tool_call_input.delta" in [name for name, _ in events]
    assert events[-1][1]["response"]["output"][0] == patch


def test_what_was_written_to_a_cache_is_part_of_openai_s_prompt() -> None:
    usage = {"input_tokens": 1, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 300, "output_tokens": 5}
    answer = json.dumps({"id": "m", "content": [], "stop_reason": "end_turn", "usage": usage}).encode()
    chat = json.loads(translate.translator(CHAT, MESSAGES).response(answer))["usage"]
    assert (chat["prompt_tokens"], chat["prompt_tokens_details"]["cached_tokens"]) == (321, 300)
    responses = json.loads(translate.translator(RESPONSES, MESSAGES).response(answer))["usage"]
    assert (responses["input_tokens"], responses["total_tokens"]) == (321, 326)


REASONS = [
    ("end_turn", "stop", "completed", None),
    ("max_tokens", "length", "incomplete", "max_output_tokens"),
    ("refusal", "content_filter", "incomplete", "content_filter"),
]


@pytest.mark.parametrize(("messages", "chat", "status", "why"), REASONS)
def test_reasons_to_stop(messages: str, chat: str, status: str, why: str | None) -> None:
    in_messages = json.dumps({"content": [], "stop_reason": messages}).encode()
    in_chat = json.dumps({"choices": [{"message": {"content": "x"}, "finish_reason": chat}]}).encode()
    details = {"reason": why} if why else None
    in_responses = json.dumps({"output": [], "status": status, "incomplete_details": details}).encode()
    for upstream, body in ((CHAT, in_chat), (RESPONSES, in_responses)):
        got = json.loads(translate.translator(MESSAGES, upstream).response(body))
        assert got["stop_reason"] == messages
    for upstream, body in ((MESSAGES, in_messages), (RESPONSES, in_responses)):
        got = json.loads(translate.translator(CHAT, upstream).response(body))
        assert got["choices"][0]["finish_reason"] == chat
    for upstream, body in ((MESSAGES, in_messages), (CHAT, in_chat)):
        got = json.loads(translate.translator(RESPONSES, upstream).response(body))
        assert (got["status"], got["incomplete_details"]) == (status, details)


ERRORS: dict[WireFormat, tuple[str, Any]] = {
    MESSAGES: ("error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded, sorry"}}),
    CHAT: ("", {"error": {"message": "Overloaded, sorry", "type": "server_error", "code": None}}),
    RESPONSES: (
        "response.failed",
        {
            "type": "response.failed",
            "response": {"status": "failed", "error": {"code": "server_error", "message": "Overloaded, sorry"}},
        },
    ),
}


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_an_error_amid_a_stream_ends_it_in_the_client_s_form(client: WireFormat, upstream: WireFormat) -> None:
    data = sse([*STREAMS[upstream]("1", "m-1")[:4], ERRORS[upstream], *STREAMS[upstream]("1", "m-1")[4:]])
    name, last = parsed(through(client, upstream, data))[-1]
    assert name == ERRORS[client][0]
    error = last["response"]["error"] if client == RESPONSES else last["error"]
    assert error["message"] == "Overloaded, sorry"
    with pytest.raises(FormatError, match="Overloaded, sorry"):
        translate.translator(client, upstream).response(data)


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_stream_that_is_cut_says_so(client: WireFormat, upstream: WireFormat) -> None:
    events = STREAMS[upstream]("1", "m-1")
    whole_from = len(events) - {MESSAGES: 2, CHAT: 3, RESPONSES: 1}[upstream]
    for end in range(whole_from + 1):
        last = parsed(through(client, upstream, sse(events[:end])))[-1]
        assert last[0] == ERRORS[client][0]
        assert "before it was whole" in json.dumps(last[1])


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@settings(deadline=None, max_examples=50)
@given(data=st.binary(max_size=300))
def test_garbage_ends_in_an_error(client: WireFormat, upstream: WireFormat, data: bytes) -> None:
    collected_or_error(client, through(client, upstream, data))


FIELDS = ["type", "index", "delta", "message", "content", "content_block", "text", "id", "name", "choices", "function"]
FIELDS += ["tool_calls", "arguments", "usage", "input_tokens", "item", "output", "output_index", "response", "error"]
SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.sampled_from(["", "text", "0"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_events_with_anything_in_them_never_raise(
    client: WireFormat, upstream: WireFormat, data: st.DataObject
) -> None:
    events = STREAMS[upstream]("1", "m-1")
    at = data.draw(st.integers(0, len(events) - 1))
    name, event = events[at]
    if isinstance(event, dict):
        field = data.draw(st.sampled_from(sorted(event)))
        events[at] = name, {**event, field: data.draw(JSON)}
    events.insert(data.draw(st.integers(0, len(events))), ("", data.draw(JSON)))
    collected_or_error(client, through(client, upstream, sse(events)))


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@settings(deadline=None, max_examples=50)
@given(body=JSON)
def test_whole_answers_with_anything_in_them(client: WireFormat, upstream: WireFormat, body: Any) -> None:
    with suppress(FormatError):
        json.loads(translate.translator(client, upstream).response(json.dumps(body).encode()))


def collected_or_error(client: WireFormat, stream: bytes) -> None:
    """Fail where a stream is not one that a client can read to its end."""
    events = parsed(stream)
    assert events, "a client that gets nothing waits, or says nothing"
    if client == MESSAGES and events[0][0] == "error":
        return
    collected(client, stream)


VALUES = st.integers() | st.text(max_size=20) | st.lists(st.booleans())
ARGUMENTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=3)
CALLS = st.lists(st.tuples(st.from_regex(r"[a-zA-Z0-9_-]{1,40}", fullmatch=True), ARGUMENTS), min_size=1, max_size=4)


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@settings(deadline=None, max_examples=50)
@given(calls=CALLS, data=st.data())
def test_calls_survive_any_way_of_cutting(
    client: WireFormat, upstream: WireFormat, calls: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    """Made by the upstream's own writer from Messages: whatever cuts it has come out the same to the client."""
    content = [
        {"type": "tool_use", "id": f"id{n}", "name": name, "input": arguments}
        for n, (name, arguments) in enumerate(calls)
    ]
    whole = json.dumps({"id": "m", "model": "m", "content": content, "stop_reason": "tool_use"}).encode()
    made = whole if upstream == MESSAGES else through(upstream, MESSAGES, whole)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(made)), max_size=6)))
    stream = translate.translator(client, upstream).stream(REQUEST)
    bounds = [0, *cuts, len(made)]
    got = b"".join(stream.feed(made[a:b]) for a, b in pairwise(bounds)) + stream.close()
    found = [call for call in collected(client, got) if isinstance(call, list)]
    assert [(c[1], c[2], json.loads(c[3])) for c in found] == [(f"id{n}", *call) for n, call in enumerate(calls)]


def test_a_stream_that_never_ends_its_event_ends_in_an_error() -> None:
    stream = translate.translator(MESSAGES, CHAT).stream(REQUEST)
    got = b"".join(stream.feed(b"data: " + b"x" * (1 << 20)) for _ in range(10)) + stream.close()
    assert "too large" in parsed(got)[0][1]["error"]["message"]


def test_thinking_in_several_parts_is_one() -> None:
    events = [event for event in responses_stream("1", "m-1") if "summary" in event[0]]
    second = [(name, {**data, "summary_index": 1}) for name, data in events]
    begun, *rest = responses_stream("1", "m-1")
    made = [begun, *events, *second, *rest[-1:]]
    got = collected(CHAT, through(CHAT, RESPONSES, sse(made)))
    assert got[0] == "hmm \U0001f600\n\nhmm \U0001f600"
