"""A reduced request in the client's protocol, put so that the translating library carries all of it over.

Mended here: an error flag (as a text before the result), images in results for Chat (which has none: they follow in a
message of the user's), documents of plain text (as text), refusals, custom tools and namespaces (see `names`), system
messages amid a conversation (as the user's, since they must stay where they are for prompt caches), results whose call
is not in the conversation (as text, since vendors refuse them and the library drops them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from wiretell.gateway.translate.names import FREE_INPUT, joined, wrapped
from wiretell.model.exchange import WireFormat

FAILED: Final = "Error: "
"""Before the text of a tool's result that its client marked as failed."""

DEFAULT_MAX_TOKENS: Final = 32_000
"""Messages wants a number. As much as every current model of that vendor may write in one answer."""

_LIMITS: Final[Mapping[str, str]] = {"openai-chat": "max_tokens", "openai-responses": "max_output_tokens"}
_RESULT: Final = "Result of tool call {}:"
_IMAGES: Final = "Images in the result of tool call {}:"
_SYSTEM: Final = frozenset({"system", "developer"})
_OUTPUT: Final = "function_call_output"
_PARAGRAPH: Final = "\n\n"


def prepared(client: WireFormat, upstream: WireFormat, body: dict[str, Any]) -> dict[str, Any]:
    """Return the request for the library. Changes containers of `body`, but none below what `fields` keeps whole."""
    prepare: Mapping[str, Callable[[dict[str, Any], WireFormat], None]] = {
        "anthropic-messages": _messages,
        "openai-chat": _chat,
        "openai-responses": _responses,
    }
    if upstream == "anthropic-messages" and not any(
        body.get(name) for name in ("max_completion_tokens", *_LIMITS.values())
    ):
        body[_LIMITS[client]] = DEFAULT_MAX_TOKENS
    prepare[client](body, upstream)
    return body


def _messages(body: dict[str, Any], upstream: WireFormat) -> None:
    chat = upstream == "openai-chat"
    kept = []
    system = body.get("system")
    if not chat and isinstance(system, list):
        body["system"] = _PARAGRAPH.join(block["text"] for block in system)
    calls = _ids(body["messages"], "content", "id")
    for message in body["messages"]:
        if message["role"] in _SYSTEM:
            message["role"] = "user"
        if isinstance(message["content"], list):
            message["content"] = _blocks(message["content"], calls, chat)
        if message["content"]:
            kept.append(message)
    body["messages"] = kept
    for tool in body.get("tools", ()):
        tool.setdefault("input_schema", {"type": "object", "properties": {}})


def _ids(messages: list[dict[str, Any]], field: str, name: str) -> frozenset[str]:
    """Return the identifiers of all calls in a conversation."""
    inner = (message.get(field) for message in messages)
    return frozenset(part[name] for parts in inner if isinstance(parts, list) for part in parts if name in part)


def _blocks(blocks: list[dict[str, Any]], calls: frozenset[str], chat: bool) -> list[dict[str, Any]]:
    """Return a message's blocks, results first: Chat wants them at once after the calls."""
    results: list[dict[str, Any]] = []
    images: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for block in blocks:
        if block["type"] == "tool_result" and block["tool_use_id"] not in calls:
            _result(block, chat=False)
            others += _as_texts(_RESULT.format(block["tool_use_id"]), block["content"], "text")
        elif block["type"] == "tool_result":
            results.append(block)
            images += _result(block, chat)
        else:
            others.append(_as_text(block))
    return [*results, *images, *others]


def _as_texts(said: str, content: Any, kind: str) -> list[dict[str, Any]]:
    parts = [{"type": kind, "text": content}] if isinstance(content, str) else content
    return [{"type": kind, "text": said}, *parts]


def _as_text(block: dict[str, Any]) -> dict[str, Any]:
    if block["type"] == "document" and block["source"]["type"] == "text":
        return {"type": "text", "text": block["source"]["data"]}
    return block


def _result(block: dict[str, Any], chat: bool) -> list[dict[str, Any]]:
    """Put a failed result's flag into its text; return what of it must stand elsewhere."""
    content = block.get("content", "")
    failed = block.pop("is_error", False) is True
    if isinstance(content, str):
        block["content"] = FAILED + content if failed else content
        return []
    if failed:
        content.insert(0, {"type": "text", "text": FAILED.strip()})
    images = [part for part in content if part["type"] == "image"] if chat else []
    block["content"] = [part for part in content if part not in images] or ""
    said = {"type": "text", "text": _IMAGES.format(block["tool_use_id"])}
    return [said, *images] if images else []


def _chat(body: dict[str, Any], upstream: WireFormat) -> None:
    messages = body["messages"]
    told = _leading(messages)
    if upstream == "openai-responses" and told:  # one text there: joined as paragraphs, not by the library
        messages = [{"role": "system", "content": _PARAGRAPH.join(told)}, *messages[len(told) :]]
    kept = []
    leading = True
    calls = _ids(messages, "tool_calls", "id")
    for message in messages:
        if message["role"] == "tool" and message["tool_call_id"] not in calls:
            said = _RESULT.format(message["tool_call_id"])
            message = {"role": "user", "content": _as_texts(said, message.get("content", ""), "text")}
        leading = leading and message["role"] in _SYSTEM
        if message["role"] in _SYSTEM and not leading:
            message["role"] = "user"
        if message["role"] == "assistant":
            _assistant(message)
        if message.get("content") or message.get("tool_calls") or message["role"] == "tool":
            message.setdefault("content", "")
            kept.append(message)
    body["messages"] = kept
    body["tools"] = [_chat_tool(tool) for tool in body.get("tools", ())]
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice["type"] == "custom":
        body["tool_choice"] = {"type": "function", "function": choice.get("custom", {})}


def _assistant(message: dict[str, Any]) -> None:
    refusal = message.pop("refusal", "")
    if isinstance(message.get("content"), list):
        message["content"] = "".join(part.get("text", part.get("refusal", "")) for part in message["content"])
    message["content"] = (message.get("content") or "") + refusal
    message["tool_calls"] = [_chat_call(call) for call in message.get("tool_calls", ())]
    if not message["tool_calls"]:
        del message["tool_calls"]


def _chat_call(call: dict[str, Any]) -> dict[str, Any]:
    custom = call.get("custom")
    if custom is None:
        call["function"].setdefault("arguments", "{}")
        return {**call, "type": "function"}
    function = {"name": custom.get("name", ""), "arguments": wrapped(custom.get("input", ""))}
    return {"type": "function", "id": call["id"], "function": function}


def _chat_tool(tool: dict[str, Any]) -> dict[str, Any]:
    function = tool.get("function")
    if function is None:
        return {"type": "function", "function": {**tool["custom"], "parameters": FREE_INPUT}}
    function.setdefault("parameters", {"type": "object", "properties": {}})
    return tool


def _responses(body: dict[str, Any], upstream: WireFormat) -> None:
    given = body["input"]
    items = [{"type": "message", "role": "user", "content": given}] if isinstance(given, str) else given
    told = _leading(items)
    instructions = _PARAGRAPH.join([text for text in (body.get("instructions"), *told) if text])
    if instructions:
        body["instructions"] = instructions
    calls = frozenset(item["call_id"] for item in items if "name" in item and "call_id" in item)
    body["input"] = _with_images([_item(item, calls) for item in items[len(told) :]], upstream == "openai-chat")
    body["tools"] = [_tool(tool, space) for tool, space in _flat(body.get("tools", ()))]
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        choice["type"] = "function"


def _leading(items: list[dict[str, Any]]) -> list[str]:
    """Return the texts of the system messages before all others."""
    texts: list[str] = []
    for item in items:
        if item.get("role") not in _SYSTEM:
            break
        content = item["content"]
        texts.append(content if isinstance(content, str) else _PARAGRAPH.join(part.get("text", "") for part in content))
    return texts


def _item(item: dict[str, Any], calls: frozenset[str]) -> dict[str, Any]:
    match item.get("type", "message"):
        case "message":
            role = "user" if item["role"] in _SYSTEM else item["role"]
            return {**item, "type": "message", "role": role, "content": _refusals_as_text(item["content"])}
        case "function_call" | "custom_tool_call" as kind:
            arguments = wrapped(item.get("input", "")) if kind == "custom_tool_call" else item.get("arguments") or "{}"
            name = joined(item.get("namespace", ""), item["name"])
            return {"type": "function_call", "call_id": item["call_id"], "name": name, "arguments": arguments}
        case "function_call_output" | "custom_tool_call_output" if item["call_id"] not in calls:
            said = _as_texts(_RESULT.format(item["call_id"]), item["output"], "input_text")
            return {"type": "message", "role": "user", "content": said}
        case "function_call_output" | "custom_tool_call_output":
            # as a part: the library reads a bare text as JSON where it can, and writes it with other spaces and numbers
            given = item["output"]
            output = [{"type": "input_text", "text": given}] if isinstance(given, str) else given
            return {**item, "type": _OUTPUT, "output": output}
        case _:
            return item


def _refusals_as_text(content: Any) -> Any:
    if isinstance(content, str):
        return content
    return [{"type": "output_text", "text": part["refusal"]} if "refusal" in part else part for part in content]


def _with_images(items: list[dict[str, Any]], chat: bool) -> list[dict[str, Any]]:
    """Return the items with the images of results moved behind the last of the results beside them, for Chat."""
    placed: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    for item in items:
        if waiting and item["type"] != _OUTPUT:
            placed.append({"type": "message", "role": "user", "content": waiting})
            waiting = []
        placed.append(item)
        if chat and item["type"] == _OUTPUT and isinstance(item["output"], list):
            images = [part for part in item["output"] if part["type"] == "input_image"]
            item["output"] = [part for part in item["output"] if part not in images] or ""
            said = {"type": "input_text", "text": _IMAGES.format(item["call_id"])}
            waiting += [said, *images] if images else []
    return [*placed, {"type": "message", "role": "user", "content": waiting}] if waiting else placed


def _flat(tools: Any) -> list[tuple[dict[str, Any], str]]:
    pairs: list[tuple[dict[str, Any], str]] = []
    for tool in tools:
        inner = tool["tools"] if tool["type"] == "namespace" else None
        pairs += [(tool, "")] if inner is None else [(part, tool["name"]) for part in inner]
    return pairs


def _tool(tool: dict[str, Any], space: str) -> dict[str, Any]:
    free = tool["type"] == "custom"
    schema = FREE_INPUT if free else tool.get("parameters", {"type": "object", "properties": {}})
    return {**tool, "type": "function", "name": joined(space, tool["name"]), "parameters": schema}
