"""Gemini: `POST .../models/NAME:METHOD`, METHOD being `generateContent`, `streamGenerateContent` or `countTokens`.

Source: https://ai.google.dev/api/generate-content.
"""

from __future__ import annotations

from urllib.parse import parse_qs

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


def answer(model: str, method: str, query: str, body: Json, ids: Ids) -> Answer:
    """Answer `generateContent` or `streamGenerateContent` of a model."""
    if not isinstance(body, dict):
        return _error(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
    reply = decide(read(model, body))
    value = _response(model, reply, ids)
    if method == "generateContent":
        return Answer(200, _headers("application/json; charset=UTF-8"), (dumps(value),), "model")
    if parse_qs(query).get("alt") == ["sse"]:
        return Answer(200, _headers("text/event-stream"), (b"data: %s\r\n\r\n" % dumps(value),), "model", streamed=True)
    content_type = "application/json; charset=UTF-8"
    return Answer(200, _headers(content_type), (b"[", dumps(value), b"\n]"), "model", streamed=True)


def count_tokens() -> Answer:
    """Answer `countTokens`."""
    value = {"totalTokens": PROMPT_TOKENS, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": PROMPT_TOKENS}]}
    return Answer(200, _headers("application/json; charset=UTF-8"), (dumps(value),), "model-aux")


def models(names: tuple[str, ...]) -> Answer:
    """Answer `GET .../v1beta/models`."""
    page = {"models": [model(name) for name in names]}
    return Answer(200, _headers("application/json; charset=UTF-8"), (dumps(page),), "model-aux")


def model(name: str) -> dict[str, Json]:
    """Return one entry of the list of models."""
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }


def read(model: str, body: dict[str, Json]) -> Ask:
    """Read what a generateContent request wants. Names may be in snake case, as with Google's servers."""
    config = as_dict(_get(body, "generationConfig"))
    calling = as_dict(_get(as_dict(_get(body, "toolConfig")), "functionCallingConfig"))
    allowed = frozenset(as_str(name) for name in as_list(_get(calling, "allowedFunctionNames")))
    declared = [_get(as_dict(tool), "functionDeclarations") for tool in as_list(body.get("tools"))]
    return Ask(
        model=model,
        stream=False,
        tools=tuple(filter(None, (_tool(spec) for group in declared for spec in as_list(group)))),
        forced=calling.get("mode") == "ANY",
        allowed=allowed or None,
        schema=_schema(config),
        silent_turns=silent_turns(map(_turn, as_list(body.get("contents")))),
    )


def _get(value: dict[str, Json], name: str) -> Json:
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    return value.get(name, value.get(snake))


def _tool(spec: Json) -> Tool | None:
    spec = as_dict(spec)
    return tool_of({**spec, "parameters": _get(spec, "parametersJsonSchema") or spec.get("parameters")}, "parameters")


def _schema(config: dict[str, Json]) -> Json:
    if _get(config, "responseMimeType") != "application/json":
        return None
    schema = _get(config, "responseJsonSchema") or config.get("_responseJsonSchema") or _get(config, "responseSchema")
    return schema or {"type": "object"}


def _turn(content: Json) -> tuple[bool, bool]:
    parts = [as_dict(part) for part in as_list(as_dict(content).get("parts"))]
    return as_dict(content).get("role") == "model", any(_get(part, "functionCall") for part in parts)


def _response(model: str, reply: Text | Call, ids: Ids) -> dict[str, Json]:
    part: dict[str, Json]
    if isinstance(reply, Text):
        part = {"text": reply.text}
    else:
        part = {"functionCall": {"name": reply.tool.name, "args": reply.arguments}}
    return {
        "candidates": [{"content": {"parts": [part], "role": "model"}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {
            "promptTokenCount": PROMPT_TOKENS,
            "candidatesTokenCount": REPLY_TOKENS,
            "totalTokenCount": PROMPT_TOKENS + REPLY_TOKENS,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": PROMPT_TOKENS}],
        },
        "modelVersion": model,
        "responseId": ids.base62("response", 22),
    }


def _error(status: int, kind: str, text: str) -> Answer:
    value = {"error": {"code": status, "message": text, "status": kind}}
    return Answer(status, _headers("application/json; charset=UTF-8"), (dumps(value),), "model")


def _headers(content_type: str) -> tuple[tuple[bytes, bytes], ...]:
    return headers({"content-type": content_type, "vary": "Origin", "x-content-type-options": "nosniff"})
