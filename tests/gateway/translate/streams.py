"""One answer as each protocol streams it, and not streamed: made by hand from the public API references."""

from __future__ import annotations

import json
from typing import Any

from tests.gateway.translate.samples import CHAT, MESSAGES, RESPONSES
from wiretell.model.exchange import WireFormat

STREAM_USAGE = {"stream": True, "stream_options": {"include_usage": True}}
CREATED = 1_790_000_000

Events = list[tuple[str, Any]]
"""Names (empty in Chat) and data."""


def sse(events: Events) -> bytes:
    """Return a stream's bytes."""
    return b"".join(
        (f"event: {name}\n" if name else "").encode()
        + b"data: "
        + (data if isinstance(data, str) else json.dumps(data)).encode()
        + b"\n\n"
        for name, data in events
    )


def parsed(stream: bytes) -> Events:
    """Return a stream's events, as a client reads them. Fails on what is not well-formed."""
    assert stream == b"" or stream.endswith(b"\n\n")
    events: Events = []
    for event in stream.decode().split("\n\n"):
        lines = [line for line in event.split("\n") if line and not line.startswith(":")]
        if not lines:
            continue
        name = lines[0].removeprefix("event: ") if lines[0].startswith("event: ") else ""
        assert len(lines) == (2 if name else 1), lines
        assert lines[-1].startswith("data: ")
        data = lines[-1].removeprefix("data: ")
        events.append((name, data if data == "[DONE]" else json.loads(data)))
    return events


def messages_stream(stem: str, model: str, *, told_at_start: bool = False) -> Events:
    """Thinking, a text, two calls (the second without arguments), 10 tokens in, 100 from a cache, 42 out."""
    prompt = {"input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 100}
    nothing = {"input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 0}
    start = {**prompt, "output_tokens": 1} if told_at_start else nothing
    message: dict[str, Any] = {
        "id": f"msg_{stem}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": start,
    }
    stop = {"stop_reason": "tool_use", "stop_sequence": None}
    end = {"output_tokens": 42} if told_at_start else {**prompt, "output_tokens": 42}
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            [{"type": "thinking_delta", "thinking": text} for text in ("hm", "m \U0001f600")],
        ),
        ({"type": "text", "text": ""}, [{"type": "text_delta", "text": text} for text in ("he", "llo\n\nworld")]),
        (
            {"type": "tool_use", "id": "c1", "name": "Bash", "input": {}},
            [{"type": "input_json_delta", "partial_json": text} for text in ('{"command":', '"ls"}')],
        ),
        (
            {"type": "tool_use", "id": "c2", "name": "Now", "input": {}},
            [{"type": "input_json_delta", "partial_json": "{}"}],
        ),
    ]
    events: Events = [("message_start", {"message": message})]
    for index, (block, deltas) in enumerate(blocks):
        events.append(("content_block_start", {"index": index, "content_block": block}))
        events += [("content_block_delta", {"index": index, "delta": delta}) for delta in deltas]
        events.append(("content_block_stop", {"index": index}))
    events += [("message_delta", {"delta": stop, "usage": end}), ("message_stop", {})]
    return [(name, {"type": name, **data}) for name, data in events]


def chat_stream(stem: str, model: str) -> Events:
    """The same."""

    def chunk(delta: dict[str, Any], reason: str | None = None) -> tuple[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return "", {**answer, "choices": [choice]}

    answer = {"id": f"chatcmpl-{stem}", "object": "chat.completion.chunk", "created": CREATED, "model": model}
    usage = {
        "prompt_tokens": 110,
        "completion_tokens": 42,
        "total_tokens": 152,
        "prompt_tokens_details": {"cached_tokens": 100},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }

    def begun(index: int, given: str, name: str) -> dict[str, Any]:
        call = {"index": index, "id": given, "type": "function", "function": {"name": name, "arguments": ""}}
        return {"tool_calls": [call]}

    def more(index: int, text: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": index, "function": {"arguments": text}}]}

    return [
        chunk({"role": "assistant", "content": ""}),
        chunk({"reasoning_content": "hm"}),
        chunk({"reasoning_content": "m \U0001f600"}),
        chunk({"content": "he"}),
        chunk({"content": "llo\n\nworld"}),
        chunk(begun(0, "c1", "Bash")),
        chunk(more(0, '{"command":')),
        chunk(more(0, '"ls"}')),
        chunk(begun(1, "c2", "Now")),
        chunk(more(1, "{}")),
        chunk({}, "tool_calls"),
        ("", {**answer, "choices": [], "usage": usage}),
        ("", "[DONE]"),
    ]


def responses_stream(stem: str, model: str) -> Events:
    """The same."""
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    text = {**part, "text": "hello\n\nworld"}
    thought = {"type": "summary_text", "text": "hmm \U0001f600"}
    ids = [f"rs_{stem}_0", f"msg_{stem}_1", f"fc_{stem}_2", f"fc_{stem}_3"]
    reasoning = {"id": ids[0], "type": "reasoning", "encrypted_content": None}
    message: dict[str, Any] = {"id": ids[1], "type": "message", "role": "assistant"}
    bash = {"id": ids[2], "type": "function_call", "call_id": "c1", "name": "Bash"}
    now = {"id": ids[3], "type": "function_call", "call_id": "c2", "name": "Now"}
    items = [
        {**reasoning, "summary": [thought]},
        {**message, "status": "completed", "content": [text]},
        {**bash, "status": "completed", "arguments": '{"command":"ls"}'},
        {**now, "status": "completed", "arguments": "{}"},
    ]
    begun = [
        {**reasoning, "summary": []},
        {**message, "status": "in_progress", "content": []},
        {**bash, "status": "in_progress", "arguments": ""},
        {**now, "status": "in_progress", "arguments": ""},
    ]
    response = {
        "id": f"resp_{stem}",
        "object": "response",
        "created_at": CREATED,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "metadata": {},
        "usage": None,
    }
    usage = {
        "input_tokens": 110,
        "input_tokens_details": {"cached_tokens": 100},
        "output_tokens": 42,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 152,
    }

    def item(kind: str, index: int) -> tuple[str, Any]:
        return f"output_item.{kind}", {"output_index": index, "item": (begun if kind == "added" else items)[index]}

    def inside(kind: str, index: int, **fields: Any) -> tuple[str, Any]:
        return kind, {"item_id": ids[index], "output_index": index, **fields}

    events: Events = [
        ("created", {"response": response}),
        ("in_progress", {"response": response}),
        item("added", 0),
        inside("reasoning_summary_part.added", 0, summary_index=0, part={**thought, "text": ""}),
        inside("reasoning_summary_text.delta", 0, summary_index=0, delta="hm"),
        inside("reasoning_summary_text.delta", 0, summary_index=0, delta="m \U0001f600"),
        inside("reasoning_summary_text.done", 0, summary_index=0, text="hmm \U0001f600"),
        inside("reasoning_summary_part.done", 0, summary_index=0, part=thought),
        item("done", 0),
        item("added", 1),
        inside("content_part.added", 1, content_index=0, part=part),
        inside("output_text.delta", 1, content_index=0, delta="he", logprobs=[]),
        inside("output_text.delta", 1, content_index=0, delta="llo\n\nworld", logprobs=[]),
        inside("output_text.done", 1, content_index=0, text="hello\n\nworld", logprobs=[]),
        inside("content_part.done", 1, content_index=0, part=text),
        item("done", 1),
        item("added", 2),
        inside("function_call_arguments.delta", 2, delta='{"command":'),
        inside("function_call_arguments.delta", 2, delta='"ls"}'),
        inside("function_call_arguments.done", 2, arguments='{"command":"ls"}'),
        item("done", 2),
        item("added", 3),
        inside("function_call_arguments.delta", 3, delta="{}"),
        inside("function_call_arguments.done", 3, arguments="{}"),
        item("done", 3),
        ("completed", {"response": {**response, "status": "completed", "output": items, "usage": usage}}),
    ]
    return [
        (f"response.{name}", {"type": f"response.{name}", "sequence_number": number, **data})
        for number, (name, data) in enumerate(events)
    ]


STREAMS = {MESSAGES: messages_stream, CHAT: chat_stream, RESPONSES: responses_stream}


def whole_of(protocol: WireFormat, stem: str, model: str) -> dict[str, Any]:
    """The same answer, not streamed."""
    if protocol == RESPONSES:
        answer: dict[str, Any] = responses_stream(stem, model)[-1][1]["response"]
        return answer
    if protocol == CHAT:
        chunks = [data for _, data in chat_stream(stem, model)]
        calls = [
            {"id": "c1", "type": "function", "function": {"name": "Bash", "arguments": '{"command":"ls"}'}},
            {"id": "c2", "type": "function", "function": {"name": "Now", "arguments": "{}"}},
        ]
        message: dict[str, Any] = {
            "role": "assistant",
            "content": "hello\n\nworld",
            "refusal": None,
            "reasoning_content": "hmm \U0001f600",
            "tool_calls": calls,
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls"}
        return {**chunks[-2], "object": "chat.completion", "choices": [choice]}
    events = [data for _, data in messages_stream(stem, model)]
    content = [
        {"type": "thinking", "thinking": "hmm \U0001f600", "signature": ""},
        {"type": "text", "text": "hello\n\nworld"},
        {"type": "tool_use", "id": "c1", "name": "Bash", "input": {"command": "ls"}},
        {"type": "tool_use", "id": "c2", "name": "Now", "input": {}},
    ]
    return {**events[0]["message"], "content": content, **events[-2]["delta"], "usage": events[-2]["usage"]}
