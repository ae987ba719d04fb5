from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.protocols.fixtures import (
    ANTHROPIC_STREAM,
    CHAT_STREAM,
    GEMINI_STREAM,
    RECORDED,
    RESPONSES_STREAM,
    Json,
    Recorded,
    chat_chunk,
    events,
)
from wiretell.gateway import protocols
from wiretell.gateway.protocols import following, openai_responses
from wiretell.gateway.protocols.interface import Protocol, UsageReader
from wiretell.lab.sink.answers import Site, answer
from wiretell.model.capture import Request
from wiretell.model.exchange import Usage, WireFormat


def read(protocol: WireFormat, *pieces: bytes, streamed: bool = True) -> UsageReader:
    reader = protocols.by_name(protocol).reader(streamed=streamed)
    for piece in pieces:
        reader.feed(piece)
    return reader


def told(reader: UsageReader) -> tuple[Usage, str | None, int, bool]:
    return reader.usage, reader.model_served, reader.tool_calls, reader.ended


@pytest.mark.parametrize("name", RECORDED)
def test_usage_is_the_same_wherever_the_response_is_cut(name: str) -> None:
    recorded: Recorded = RECORDED[name]
    wanted = (recorded.usage, recorded.model, recorded.tool_calls, True)
    body = recorded.body
    for cut in range(len(body) + 1):
        assert told(read(recorded.protocol, body[:cut], body[cut:], streamed=recorded.streamed)) == wanted, cut
    single = [body[at : at + 1] for at in range(len(body))]
    assert told(read(recorded.protocol, *single, streamed=recorded.streamed)) == wanted


@pytest.mark.parametrize("name", RECORDED)
def test_a_response_that_is_asked_about_early_is_read_on(name: str) -> None:
    recorded = RECORDED[name]
    reader = read(recorded.protocol, streamed=recorded.streamed)
    for at in range(0, len(recorded.body), 50):
        reader.feed(recorded.body[at : at + 50])
        told(reader)
    assert told(reader) == (recorded.usage, recorded.model, recorded.tool_calls, True)


@pytest.mark.parametrize("name", RECORDED)
def test_a_response_that_is_cut_has_not_ended(name: str) -> None:
    recorded = RECORDED[name]
    body = recorded.body.rstrip()
    assert not read(recorded.protocol, body[: len(body) - 5], streamed=recorded.streamed).ended


def test_a_cut_stream_keeps_what_went_in_and_estimates_what_came_out() -> None:
    start = ANTHROPIC_STREAM[: ANTHROPIC_STREAM.index(b"event: content_block_start")]
    delta: Json = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x" * 4000}}
    usage = read("anthropic-messages", start, events(delta)).usage
    assert usage == Usage(25, 90000, 1500, 1000, 1000, reported=False)


def test_what_reports_nothing_is_estimated_from_its_text() -> None:
    chunks = events(chat_chunk({"content": "x" * 397}), chat_chunk({"reasoning_content": "yyyy"}), named=False)
    assert read("openai-chat", chunks).usage == Usage(output_tokens=101)
    body = json.dumps({"choices": [{"index": 0, "message": {"content": "x" * 40}}]}).encode()
    assert read("openai-chat", body, streamed=False).usage == Usage(output_tokens=10)
    assert read("openai-responses", b"").usage == Usage()


def test_later_totals_of_a_stream_count() -> None:
    """`message_delta` may repeat what went in, larger after a search by the vendor's servers."""
    delta: Json = {
        "type": "message_delta",
        "delta": {},
        "usage": {"input_tokens": 10682, "cache_read_input_tokens": 0, "output_tokens": 510},
    }
    start = ANTHROPIC_STREAM[: ANTHROPIC_STREAM.index(b"event: content_block_start")]
    bare: Json = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": None}}
    assert read("anthropic-messages", start, events(delta, bare)).usage == Usage(
        10682, 90000, 1500, 1000, 510, reported=True
    )


@pytest.mark.parametrize("last", ["response.incomplete", "response.failed"])
def test_responses_that_fail_have_usage_too(last: str) -> None:
    reader = read("openai-responses", RESPONSES_STREAM.replace(b"response.completed", last.encode()))
    assert told(reader) == (RECORDED["responses-stream"].usage, "gpt-5.2-codex", 1, True)


def test_a_websocket_gives_its_messages_as_events() -> None:
    reader = openai_responses.PROTOCOL.reader(streamed=True)
    for line in RESPONSES_STREAM.split(b"\n"):
        if line.startswith(b"data: "):
            reader.event(line.removeprefix(b"data: "))
    assert told(reader) == (RECORDED["responses-stream"].usage, "gpt-5.2-codex", 1, True)


@pytest.mark.parametrize(
    ("protocol", "event"),
    [
        ("anthropic-messages", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        ("openai-responses", {"type": "error", "code": "server_error", "message": "no"}),
        ("openai-chat", {"type": "x", "error": {"message": "no"}}),
        ("gemini", {"type": "x", "error": {"code": 503}}),
        ("gemini", {"type": "x", "promptFeedback": {"blockReason": "SAFETY"}}),
    ],
)
def test_an_error_ends_a_stream(protocol: WireFormat, event: Json) -> None:
    ping: Json = {"type": "ping"}
    assert not read(protocol, events(ping)).ended
    assert read(protocol, events(event)).ended


def test_done_without_its_empty_line_ends_a_chat() -> None:
    assert read("openai-chat", CHAT_STREAM[:-1]).ended
    assert not read("openai-chat", CHAT_STREAM[:-3]).ended


def test_an_error_in_json_in_place_of_a_stream() -> None:
    for protocol in protocols.ALL:
        refusal = protocol.refusal(429, "budget", "spent").body
        reader = read(protocol.name, b"  \n", refusal[:10], refusal[10:])
        assert told(reader) == (Usage(), None, 0, True)


def test_half_a_surrogate_pair_hides_no_usage() -> None:
    broken = RESPONSES_STREAM.replace(b"says", b"\\ud83d")
    assert read("openai-responses", broken).usage == RECORDED["responses-stream"].usage
    assert read("gemini", GEMINI_STREAM.replace(b"Hello", b"\\ude00")).tool_calls == 1


def test_calls_that_share_an_index_are_told_apart_by_id() -> None:
    calls = [{"index": 0, "id": f"c{n}", "function": {"arguments": "{}"}} for n in (1, 2, 2)]
    chunks = [chat_chunk({"tool_calls": [call]}) for call in calls]
    assert read("openai-chat", events(*chunks, named=False)).tool_calls == 2
    body = {"choices": [{"message": {"tool_calls": [{"id": "a"}, {"id": "b"}]}}]}
    assert read("openai-chat", json.dumps(body).encode(), streamed=False).tool_calls == 2


def test_counts_stay_within_the_log_s_columns() -> None:
    usage = {"input_tokens": 10**30, "output_tokens": -5, "cache_read_input_tokens": None}
    body = json.dumps({"usage": usage}).encode()
    assert read("anthropic-messages", body, streamed=False).usage == Usage(2**31 - 1, None, None, 0, 0, reported=True)


def test_a_document_that_is_too_large_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MAX_DOCUMENT_BYTES", 100)
    reader = read("anthropic-messages", b'{"a": "', *[b"x" * 30] * 10, b'"}')
    assert told(reader) == (Usage(), None, 0, True)


FRAGMENTS = [
    *ANTHROPIC_STREAM.splitlines(keepends=True),
    *CHAT_STREAM.splitlines(keepends=True),
    *RESPONSES_STREAM.splitlines(keepends=True),
    *GEMINI_STREAM.splitlines(keepends=True),
    b'data: {"type":"message_delta","usage":[]}\n\n',
    b'data: {"choices":[{"delta":5}]}\n\n',
    b'data: {"candidates":[null]}\n\n',
    b"data: " + b"[" * 3000 + b"\n\n",
    b"{",
    b"]",
    b"\xff\xfe",
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(protocols.ALL),
    st.booleans(),
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=40))),
)
def test_no_response_breaks_a_reader(protocol: Protocol, streamed: bool, pieces: list[bytes]) -> None:
    reader = protocol.reader(streamed=streamed)
    for piece in pieces:
        reader.feed(piece)
    usage, _, calls, _ = told(reader)
    assert usage.total >= 0
    assert calls >= 0


@pytest.mark.parametrize(
    ("protocol", "target", "body", "streamed"),
    [
        ("anthropic-messages", "/v1/messages", {"stream": True}, True),
        ("anthropic-messages", "/v1/messages", {}, False),
        ("openai-chat", "/v1/chat/completions", {"stream": True, "stream_options": {"include_usage": True}}, True),
        ("openai-chat", "/v1/chat/completions", {}, False),
        ("openai-responses", "/v1/responses", {"stream": True}, True),
        ("openai-responses", "/v1/responses", {}, False),
        ("gemini", "/v1beta/models/m:streamGenerateContent?alt=sse", {}, True),
        ("gemini", "/v1beta/models/m:streamGenerateContent", {}, True),
        ("gemini", "/v1beta/models/m:generateContent", {}, False),
    ],
)
def test_answers_that_real_agents_accept(
    protocol: WireFormat, target: str, body: dict[str, object], streamed: bool
) -> None:
    request = Request("HTTP/1.1", "POST", target, (), json.dumps({"model": "m", **body}).encode())
    reader = read(protocol, answer(request, Site("localhost", True, 0)).body, streamed=streamed)
    assert (reader.usage.input_tokens, reader.usage.output_tokens, reader.usage.reported) == (1024, 2, True)
    assert (reader.model_served, reader.ended) == ("m", True)
