"""Anthropic Messages: `POST .../v1/messages`, streaming or not, and `count_tokens`.

Source: https://docs.anthropic.com/en/api/messages and /messages-streaming.
"""

from __future__ import annotations

from wiretell.lab.sink.answers.interface import (
    PROMPT_TOKENS,
    REPLY_TOKENS,
    Answer,
    Ids,
    Json,
    as_dict,
    as_list,
    as_str,
    dumps,
    headers,
)
from wiretell.lab.sink.answers.reply import Ask, Call, Text, Tool, decide, silent_turns, tool_of


def answer(body: Json, ids: Ids) -> Answer:
    """Answer a Messages request."""
    if not isinstance(body, dict):
        return _error(400, "invalid_request_error", "The request body is not valid JSON", ids)
    ask = read(body)
    reply = decide(ask)
    message = _message(ask.model, reply, ids)
    if not ask.stream:
        return Answer(200, _headers("application/json", ids), (dumps(message),), "model")
    pieces = tuple(b"event: %s\ndata: %s\n\n" % (e["type"].encode(), dumps(e)) for e in _events(message, reply))
    return Answer(200, _headers("text/event-stream; charset=utf-8", ids), pieces, "model", streamed=True)


def count_tokens(ids: Ids) -> Answer:
    """Answer `POST .../v1/messages/count_tokens`."""
    return Answer(200, _headers("application/json", ids), (dumps({"input_tokens": PROMPT_TOKENS}),), "model-aux")


def models(names: tuple[str, ...], ids: Ids) -> Answer:
    """Answer `GET .../v1/models`."""
    data = [model(name) for name in names]
    page = {"data": data, "has_more": False, "first_id": names[0], "last_id": names[-1]}
    return Answer(200, _headers("application/json", ids), (dumps(page),), "model-aux")


def model(name: str) -> dict[str, Json]:
    """Return one entry of the list of models."""
    return {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"}


def read(body: dict[str, Json]) -> Ask:
    """Read what a Messages request wants."""
    choice = as_dict(body.get("tool_choice"))
    form = as_dict(as_dict(body.get("output_config")).get("format") or body.get("output_format"))
    return Ask(
        model=as_str(body.get("model"), "unknown"),
        stream=body.get("stream") is True,
        tools=tuple(filter(None, map(_tool, as_list(body.get("tools"))))),
        forced=choice.get("type") in ("any", "tool"),
        allowed=frozenset({as_str(choice.get("name"))}) if choice.get("type") == "tool" else None,
        schema=form.get("schema") if form.get("type") == "json_schema" else None,
        silent_turns=silent_turns(map(_turn, as_list(body.get("messages")))),
    )


def _tool(spec: Json) -> Tool | None:
    if as_dict(spec).get("input_schema") is None and as_str(as_dict(spec).get("type"), "custom") != "custom":
        # Of the vendor's own tools, the client runs bash and the editor; the rest run on the vendor's servers.
        name = as_str(as_dict(spec).get("name"))
        return Tool(name, {"properties": {"command": {}}, "required": ["command"]}) if name == "bash" else None
    return tool_of(spec, "input_schema")


def _turn(message: Json) -> tuple[bool, bool]:
    blocks = as_list(as_dict(message).get("content"))
    has_call = any(as_dict(block).get("type") == "tool_use" for block in blocks)
    return as_dict(message).get("role") == "assistant", has_call


def _message(model: str, reply: Text | Call, ids: Ids) -> dict[str, Json]:
    return {
        "id": f"msg_01{ids.base62('message', 22)}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [_block(reply, ids)],
        "stop_reason": "tool_use" if isinstance(reply, Call) else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": PROMPT_TOKENS,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": REPLY_TOKENS,
            "service_tier": "standard",
        },
    }


def _block(reply: Text | Call, ids: Ids) -> dict[str, Json]:
    if isinstance(reply, Text):
        return {"type": "text", "text": reply.text}
    return {
        "type": "tool_use",
        "id": f"toolu_01{ids.base62('call', 22)}",
        "name": reply.tool.name,
        "input": reply.arguments,
    }


def _events(message: dict[str, Json], reply: Text | Call) -> list[dict[str, Json]]:
    block: dict[str, Json] = message["content"][0]
    empty: dict[str, Json]
    if isinstance(reply, Text):
        empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": reply.text}
    else:
        empty, delta = {**block, "input": {}}, {"type": "input_json_delta", "partial_json": reply.json}
    opening = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    return [
        {"type": "message_start", "message": opening},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "ping"},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": REPLY_TOKENS},
        },
        {"type": "message_stop"},
    ]


def _error(status: int, kind: str, text: str, ids: Ids) -> Answer:
    value = {"type": "error", "error": {"type": kind, "message": text}}
    return Answer(status, _headers("application/json", ids), (dumps(value),), "model")


def _headers(content_type: str, ids: Ids) -> tuple[tuple[bytes, bytes], ...]:
    request_id = f"req_01{ids.base62('request', 22)}"
    return headers({"content-type": content_type, "cache-control": "no-cache", "request-id": request_id})
