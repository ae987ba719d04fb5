"""OpenAI Chat Completions: `POST .../chat/completions`, streaming or not.

Source: https://platform.openai.com/docs/api-reference/chat and /chat-streaming.
"""

from __future__ import annotations

from wiretell.lab.sink.answers.interface import (
    CREATED_UNIX_S,
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
from wiretell.lab.sink.answers.reply import Ask, Call, Text, Tool, decide, names, silent_turns, tool_of

_USAGE = {
    "prompt_tokens": PROMPT_TOKENS,
    "completion_tokens": REPLY_TOKENS,
    "total_tokens": PROMPT_TOKENS + REPLY_TOKENS,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}


def answer(body: Json, ids: Ids) -> Answer:
    """Answer a Chat Completions request."""
    if not isinstance(body, dict):
        return error(400, "We could not parse the JSON body of your request.", ids)
    ask = read(body)
    reply = decide(ask)
    if not ask.stream:
        value = _completion(ask.model, reply, ids)
        return Answer(200, openai_headers("application/json", ids), (dumps(value),), "model")
    wants_usage = as_dict(body.get("stream_options")).get("include_usage") is True
    pieces = [b"data: %s\n\n" % dumps(chunk) for chunk in _chunks(ask.model, reply, wants_usage, ids)]
    content_type = "text/event-stream; charset=utf-8"
    return Answer(200, openai_headers(content_type, ids), (*pieces, b"data: [DONE]\n\n"), "model", streamed=True)


def models(known: tuple[str, ...], ids: Ids) -> Answer:
    """Answer `GET .../models`."""
    page = {"object": "list", "data": [model(name) for name in known]}
    return Answer(200, openai_headers("application/json", ids), (dumps(page),), "model-aux")


def model(name: str) -> dict[str, Json]:
    """Return one entry of the list of models."""
    return {"id": name, "object": "model", "created": CREATED_UNIX_S, "owned_by": "system"}


def error(status: int, text: str, ids: Ids) -> Answer:
    """Return an error in OpenAI's form."""
    value = {"error": {"message": text, "type": "invalid_request_error", "param": None, "code": None}}
    return Answer(status, openai_headers("application/json", ids), (dumps(value),), "model")


def openai_headers(content_type: str, ids: Ids) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that all of OpenAI's answers carry."""
    request_id = f"req_{ids.hexadecimal('request', 32)}"
    return headers({"content-type": content_type, "openai-version": "2020-10-01", "x-request-id": request_id})


def read(body: dict[str, Json]) -> Ask:
    """Read what a Chat Completions request wants; the older `functions` too."""
    choice = body.get("tool_choice", body.get("function_call"))
    forced, allowed = _choice(choice)
    tools = [_tool(spec) for spec in as_list(body.get("tools"))]
    tools += [tool_of(spec, "parameters") for spec in as_list(body.get("functions"))]
    return Ask(
        model=as_str(body.get("model"), "unknown"),
        stream=body.get("stream") is True,
        tools=tuple(filter(None, tools)),
        forced=forced,
        allowed=allowed,
        schema=_schema(as_dict(body.get("response_format"))),
        silent_turns=silent_turns(map(_turn, as_list(body.get("messages")))),
    )


def _choice(choice: Json) -> tuple[bool, frozenset[str] | None]:
    """Return (a tool must be called, which)."""
    if not isinstance(choice, dict):
        return choice == "required", None
    if choice.get("type") == "allowed_tools":
        allowed = as_dict(choice.get("allowed_tools"))
        inner = [t.get(as_str(t.get("type")), t) for t in map(as_dict, as_list(allowed.get("tools")))]
        return allowed.get("mode") == "required", names(inner) or None
    inner = choice.get(as_str(choice.get("type")), choice)
    name = as_str(as_dict(inner).get("name"))
    return bool(name), frozenset({name}) if name else None


def _tool(spec: Json) -> Tool | None:
    if as_dict(spec).get("type") == "custom":
        name = as_str(as_dict(as_dict(spec).get("custom")).get("name"))
        return Tool(name, None, free_text=True) if name else None
    return tool_of(as_dict(spec).get("function"), "parameters")


def _schema(form: dict[str, Json]) -> Json:
    match form.get("type"):
        case "json_schema":
            return as_dict(form.get("json_schema")).get("schema", {"type": "object"})
        case "json_object":
            return {"type": "object"}
        case _:
            return None


def _turn(message: Json) -> tuple[bool, bool]:
    message = as_dict(message)
    has_call = bool(message.get("tool_calls") or message.get("function_call"))
    return message.get("role") == "assistant", has_call


def _head(kind: str, model: str, ids: Ids) -> dict[str, Json]:
    return {"id": f"chatcmpl-{ids.base62('completion', 29)}", "object": kind, "created": CREATED_UNIX_S, "model": model}


def _calls(reply: Text | Call, ids: Ids) -> list[dict[str, Json]] | None:
    if isinstance(reply, Text):
        return None
    call: dict[str, Json] = {"id": f"call_{ids.base62('call', 24)}"}
    if reply.tool.free_text:
        return [call | {"type": "custom", "custom": {"name": reply.tool.name, "input": reply.json}}]
    return [call | {"type": "function", "function": {"name": reply.tool.name, "arguments": reply.json}}]


def _stop(reply: Text | Call) -> str:
    return "tool_calls" if isinstance(reply, Call) else "stop"


def _completion(model: str, reply: Text | Call, ids: Ids) -> dict[str, Json]:
    text = reply.text if isinstance(reply, Text) else None
    message: dict[str, Json] = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
    if calls := _calls(reply, ids):
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _stop(reply)}
    end = {"choices": [choice], "usage": _USAGE, "service_tier": "default", "system_fingerprint": "fp_0000000000"}
    return {**_head("chat.completion", model, ids), **end}


def _chunks(model: str, reply: Text | Call, wants_usage: bool, ids: Ids) -> list[dict[str, Json]]:
    head = {**_head("chat.completion.chunk", model, ids), "system_fingerprint": "fp_0000000000"}
    usage: dict[str, Json] = {"usage": None} if wants_usage else {}
    calls = _calls(reply, ids)
    text = reply.text if isinstance(reply, Text) else None
    deltas: list[tuple[dict[str, Json], str | None]] = [
        ({"role": "assistant", "content": None if calls else "", "refusal": None}, None),
        ({"tool_calls": [{"index": 0, **calls[0]}]} if calls else {"content": text}, None),
        ({}, _stop(reply)),
    ]
    chunks = [
        {**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": stop}], **usage}
        for delta, stop in deltas
    ]
    return [*chunks, {**head, "choices": [], "usage": _USAGE}] if wants_usage else chunks
