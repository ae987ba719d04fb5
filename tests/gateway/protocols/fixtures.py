"""Responses in the shapes that the vendors' API references print, and what was used according to each."""

from __future__ import annotations

import json
from dataclasses import dataclass

from wiretell.model.exchange import Usage, WireFormat

Json = dict[str, object]


@dataclass(frozen=True)
class Recorded:
    """A response's body, and what a reader must say of it."""

    protocol: WireFormat
    streamed: bool
    body: bytes
    usage: Usage
    model: str
    tool_calls: int


def events(*values: Json, named: bool = True, end: str = "\n") -> bytes:
    """Write events as Anthropic and OpenAI do: a line `event`, a line `data`, an empty line."""
    lines = []
    for value in values:
        lines += [f"event: {value['type']}"] if named else []
        lines += ["data: " + json.dumps(value, separators=(",", ":")), ""]
    return "".join(line + end for line in lines).encode()


ANTHROPIC_USAGE: Json = {
    "input_tokens": 25,
    "cache_creation_input_tokens": 1500,
    "cache_read_input_tokens": 90000,
    "cache_creation": {"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 1000},
    "output_tokens": 1,
    "service_tier": "standard",
}
ANTHROPIC_STREAM = events(
    {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-opus-4-6",
            "content": [],
            "stop_reason": None,
            "usage": ANTHROPIC_USAGE,
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm …"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "EqQB"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "input_json_delta", "partial_json": '{"command": "ls"}'},
    },
    {"type": "content_block_stop", "index": 1},
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
    },
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 89, "server_tool_use": {"web_search_requests": 1}},
    },
    {"type": "message_stop"},
)
ANTHROPIC_BODY = json.dumps(
    {
        "type": "message",
        "model": "claude-opus-4-6",
        "content": [{"type": "text", "text": "OK."}, {"type": "tool_use", "id": "t", "name": "n", "input": {}}],
        "usage": {**ANTHROPIC_USAGE, "output_tokens": 89},
    },
    indent=1,
).encode()
ANTHROPIC_USED = Usage(25, 90000, 1500, 1000, 89, reported=True)


def chat_chunk(delta: Json, *, usage: Json | None = None, choices: bool = True) -> Json:
    chosen = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}] if choices else []
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5-mini"}
    return {**head, "choices": chosen, "usage": usage}


CHAT_USAGE: Json = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 64},
}
CHAT_STREAM = (
    events(
        chat_chunk({"role": "assistant", "content": None}),
        chat_chunk(
            {
                "tool_calls": [
                    {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}
                ]
            }
        ),
        chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]}),
        chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]}),
        chat_chunk(
            {
                "tool_calls": [
                    {"index": 1, "id": "call_2", "type": "function", "function": {"name": "g", "arguments": "{}"}}
                ]
            }
        ),
        chat_chunk({}, usage=CHAT_USAGE, choices=False),
        named=False,
    )
    + b"data: [DONE]\n\n"
)
CHAT_USED = Usage(86, 1920, None, 0, 300, reported=True)

RESPONSE: Json = {
    "id": "resp_1",
    "object": "response",
    "model": "gpt-5.2-codex",
    "instructions": 'says "usage" and \n\ndata: {"usage": 5}',
    "output": [{"type": "reasoning"}, {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "c"}],
    "usage": {
        "input_tokens": 12000,
        "input_tokens_details": {"cached_tokens": 11000},
        "output_tokens": 450,
        "output_tokens_details": {"reasoning_tokens": 200},
        "total_tokens": 12450,
    },
}
RESPONSES_STREAM = events(
    {"type": "response.created", "response": {**RESPONSE, "output": [], "usage": None}},
    {"type": "response.in_progress", "response": {**RESPONSE, "output": [], "usage": None}},
    {"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "summary": []}},
    {"type": "response.reasoning_summary_text.delta", "delta": "Thinking"},
    {"type": "response.output_item.added", "output_index": 1, "item": {"type": "function_call", "arguments": ""}},
    {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{}"},
    {"type": "response.output_item.done", "output_index": 1, "item": {"type": "function_call", "arguments": "{}"}},
    {"type": "response.completed", "response": RESPONSE},
)
RESPONSES_USED = Usage(1000, 11000, None, 0, 450, reported=True)


def gemini_piece(part: Json, output: int | None, *, last: bool = False) -> Json:
    candidate: Json = {"content": {"parts": [part], "role": "model"}, "index": 0}
    usage: Json = {
        "promptTokenCount": 5000,
        "cachedContentTokenCount": 4000,
        "totalTokenCount": 5000,
        "thoughtsTokenCount": 30,
    }
    return {
        "candidates": [{**candidate, "finishReason": "STOP"} if last else candidate],
        "usageMetadata": usage if output is None else {**usage, "candidatesTokenCount": output},
        "modelVersion": "gemini-2.5-pro",
    }


GEMINI_PIECES = (
    gemini_piece({"text": "thinking", "thought": True}, None),
    gemini_piece({"text": "Hello"}, 5),
    gemini_piece({"functionCall": {"name": "f", "args": {}}}, 20, last=True),
)
GEMINI_STREAM = events(*GEMINI_PIECES, named=False, end="\r\n")
GEMINI_ARRAY = b"[" + b",\r\n".join(json.dumps(piece, indent=2).encode() for piece in GEMINI_PIECES) + b"\n]\n"
GEMINI_USED = Usage(1000, 4000, None, 0, 50, reported=True)

RECORDED = {
    "anthropic-stream": Recorded("anthropic-messages", True, ANTHROPIC_STREAM, ANTHROPIC_USED, "claude-opus-4-6", 2),
    "anthropic-body": Recorded("anthropic-messages", False, ANTHROPIC_BODY, ANTHROPIC_USED, "claude-opus-4-6", 1),
    "chat-stream": Recorded("openai-chat", True, CHAT_STREAM, CHAT_USED, "gpt-5-mini", 2),
    "responses-stream": Recorded("openai-responses", True, RESPONSES_STREAM, RESPONSES_USED, "gpt-5.2-codex", 1),
    "responses-body": Recorded(
        "openai-responses", False, json.dumps(RESPONSE).encode(), RESPONSES_USED, "gpt-5.2-codex", 1
    ),
    "gemini-stream": Recorded("gemini", True, GEMINI_STREAM, GEMINI_USED, "gemini-2.5-pro", 1),
    "gemini-array": Recorded("gemini", True, GEMINI_ARRAY, GEMINI_USED, "gemini-2.5-pro", 1),
}
