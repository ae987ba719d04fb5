"""OpenAI Responses: `POST .../responses`, streaming or not, and the same events over a WebSocket.

Source: https://platform.openai.com/docs/api-reference/responses and /responses-streaming; the WebSocket mode sends
`response.create` messages, each a request body with a `type`, and gets the events of the stream as text messages.
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
)
from wiretell.lab.sink.answers.openai_chat import error, openai_headers
from wiretell.lab.sink.answers.reply import Ask, Call, Text, Tool, decide, names, silent_turns, tool_of

_USAGE = {
    "input_tokens": PROMPT_TOKENS,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": REPLY_TOKENS,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": PROMPT_TOKENS + REPLY_TOKENS,
}


def answer(body: Json, ids: Ids) -> Answer:
    """Answer a Responses request."""
    if not isinstance(body, dict):
        return error(400, "We could not parse the JSON body of your request.", ids)
    ask = read(body)
    if not ask.stream:
        item = _item(decide(ask), ids)
        return Answer(200, openai_headers("application/json", ids), (dumps(_response(ask, [item], ids)),), "model")
    pieces = tuple(b"event: %s\ndata: %s\n\n" % (e["type"].encode(), dumps(e)) for e in events(body, ids))
    return Answer(200, openai_headers("text/event-stream; charset=utf-8", ids), pieces, "model", streamed=True)


def events(body: dict[str, Json], ids: Ids) -> list[dict[str, Json]]:
    """Return the events that answer a request, from `response.created` to `response.completed`, numbered."""
    ask = read(body)
    opening = _response(ask, None, ids)
    stages: list[dict[str, Json]] = [
        {"type": "response.created", "response": opening},
        {"type": "response.in_progress", "response": opening},
    ]
    items: list[dict[str, Json]] = []
    if body.get("generate") is not False:  # a WebSocket client that only warms up the cache says so
        reply = decide(ask)
        items = [_item(reply, ids)]
        stages += _item_events(reply, items[0])
    stages.append({"type": "response.completed", "response": _response(ask, items, ids)})
    return [{"type": stage["type"], "sequence_number": n, **stage} for n, stage in enumerate(stages)]


def read(body: dict[str, Json]) -> Ask:
    """Read what a Responses request wants."""
    choice = body.get("tool_choice")
    forced, allowed = choice == "required", None
    if isinstance(choice, dict) and choice.get("type") == "allowed_tools":
        forced, allowed = choice.get("mode") == "required", names(choice.get("tools")) or None
    elif isinstance(choice, dict) and as_str(choice.get("name")):
        forced, allowed = True, frozenset({as_str(choice.get("name"))})
    return Ask(
        model=as_str(body.get("model"), "unknown"),
        stream=body.get("stream") is True,
        tools=tuple(filter(None, map(_tool, as_list(body.get("tools"))))),
        forced=forced,
        allowed=allowed,
        schema=_schema(as_dict(as_dict(body.get("text")).get("format"))),
        silent_turns=silent_turns(map(_turn, as_list(body.get("input")))),
    )


def _tool(spec: Json) -> Tool | None:
    match as_dict(spec).get("type"):
        case "function":
            return tool_of(spec, "parameters")
        case "custom":
            name = as_str(as_dict(spec).get("name"))
            return Tool(name, None, free_text=True) if name else None
        case _:  # web_search and others run on the vendor's servers
            return None


def _schema(form: dict[str, Json]) -> Json:
    match form.get("type"):
        case "json_schema":
            return form.get("schema", {"type": "object"})
        case "json_object":
            return {"type": "object"}
        case _:
            return None


def _turn(item: Json) -> tuple[bool, bool]:
    kind = as_str(as_dict(item).get("type"), "message")
    return kind == "message" and as_dict(item).get("role") == "assistant", kind.endswith("_call")


def _item(reply: Text | Call, ids: Ids) -> dict[str, Json]:
    if isinstance(reply, Text):
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": reply.text}
        head = {"id": f"msg_{ids.hexadecimal('item', 48)}", "type": "message", "status": "completed"}
        return {**head, "content": [part], "role": "assistant"}
    call_id = f"call_{ids.base62('call', 24)}"
    if reply.tool.free_text:
        head = {"id": f"ctc_{ids.hexadecimal('item', 48)}", "type": "custom_tool_call", "status": "completed"}
        return {**head, "call_id": call_id, "input": reply.json, "name": reply.tool.name}
    head = {"id": f"fc_{ids.hexadecimal('item', 48)}", "type": "function_call", "status": "completed"}
    return {**head, "arguments": reply.json, "call_id": call_id, "name": reply.tool.name}


def _response(ask: Ask, output: list[dict[str, Json]] | None, ids: Ids) -> dict[str, Json]:
    """Return the response object; `output` None means that it is still in progress."""
    return {
        "id": f"resp_{ids.hexadecimal('response', 48)}",
        "object": "response",
        "created_at": CREATED_UNIX_S,
        "status": "in_progress" if output is None else "completed",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "model": ask.model,
        "output": output or [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": None if output is None else _USAGE,
        "user": None,
        "metadata": {},
    }


def _item_events(reply: Text | Call, item: dict[str, Json]) -> list[dict[str, Json]]:
    at = {"item_id": item["id"], "output_index": 0}
    if isinstance(reply, Text):
        started, inner = {**item, "status": "in_progress", "content": []}, _text_events(reply, item, at)
    else:
        field = "input" if reply.tool.free_text else "arguments"
        prefix = "response.custom_tool_call_input" if reply.tool.free_text else "response.function_call_arguments"
        started = {**item, "status": "in_progress", field: ""}
        inner = [
            {"type": f"{prefix}.delta", **at, "delta": reply.json},
            {"type": f"{prefix}.done", **at, field: reply.json},
        ]
    return [
        {"type": "response.output_item.added", "output_index": 0, "item": started},
        *inner,
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    ]


def _text_events(reply: Text, item: dict[str, Json], at: dict[str, Json]) -> list[dict[str, Json]]:
    at = {**at, "content_index": 0}
    part = item["content"][0]
    return [
        {"type": "response.content_part.added", **at, "part": {**part, "text": ""}},
        {"type": "response.output_text.delta", **at, "delta": reply.text, "logprobs": []},
        {"type": "response.output_text.done", **at, "text": reply.text, "logprobs": []},
        {"type": "response.content_part.done", **at, "part": part},
    ]
