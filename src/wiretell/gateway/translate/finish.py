"""What the translating library made of a request, put right for the upstream: its own marginal notes taken out (vendors
refuse unknown fields), neighbours of one role merged, wishes written in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from wiretell.gateway.translate.shape import Losses
from wiretell.gateway.translate.wishes import Wishes, into_chat, into_messages, into_responses
from wiretell.model.exchange import WireFormat

_PARAGRAPH: Final = "\n\n"
_MEDIA: Final = "data:"


def finish(upstream: WireFormat, body: dict[str, Any], wished: Wishes) -> Losses:
    """Make of the library's request one that can be sent; return what is lost by it."""
    by_upstream: Mapping[str, Callable[[dict[str, Any], Wishes], Losses]] = {
        "anthropic-messages": _messages,
        "openai-chat": _chat,
        "openai-responses": _responses,
    }
    if not body.get("tools"):
        for name in ("tools", "tool_choice", "parallel_tool_calls"):
            body.pop(name, None)
    return by_upstream[upstream](body, wished)


def _messages(body: dict[str, Any], wished: Wishes) -> Losses:
    merged: list[dict[str, Any]] = []
    for message in body["messages"]:
        blocks = [_block(block) for block in _as_blocks(message["content"]) if block.get("text") != ""]
        if not blocks:  # the vendor refuses empty texts
            continue
        if merged and merged[-1]["role"] == message["role"]:
            merged[-1]["content"] += blocks
        else:
            merged.append({"role": message["role"], "content": blocks})
    body["messages"] = merged
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and (choice["type"] == "none" or not choice.get("disable_parallel_tool_use")):
        choice.pop("disable_parallel_tool_use", None)
    _set_breakpoints(body)
    for name in ("thinking", "output_config"):
        body.pop(name, None)
    return into_messages(body, wished)


def _set_breakpoints(body: dict[str, Any]) -> None:
    """Let the vendor cache the prompt, as the client's own does unasked: the system's end and the last two user turns.

    Without it every turn would pay for the whole conversation again. Four breakpoints are allowed.
    """
    system = body.get("system")
    if isinstance(system, str) and system:
        system = body["system"] = _as_blocks(system)
    asked = [message["content"] for message in body["messages"] if message["role"] == "user"]
    for blocks in (system or [], *asked[-2:]):
        last = blocks[-1] if blocks else {}
        if last.get("type") != "text" or last["text"]:  # an empty text cannot be a breakpoint
            last["cache_control"] = {"type": "ephemeral"}


def _as_blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _block(block: dict[str, Any]) -> dict[str, Any]:
    block = {name: value for name, value in block.items() if name not in {"_provider_metadata", "caller"}}
    if block.get("is_error") is False:
        del block["is_error"]
    if block["type"] == "document":
        block["source"] = _document(block["source"])
    return block


def _document(source: dict[str, Any]) -> dict[str, Any]:
    """Return a document's source with the media type that its data URL names."""
    head, comma, data = str(source.get("data", "")).partition(",")
    if not comma or not head.startswith(_MEDIA):
        return source
    return {"type": "base64", "media_type": head.removeprefix(_MEDIA).partition(";")[0], "data": data}


def _chat(body: dict[str, Any], wished: Wishes) -> Losses:
    merged: list[dict[str, Any]] = []
    for message in body["messages"]:
        message = _chat_message(message)
        if merged and message["role"] == "assistant" and merged[-1]["role"] == "assistant":
            _join(merged[-1], message)
        else:
            merged.append(message)
    body["messages"] = merged
    for name in ("reasoning", "reasoning_effort", "response_format", "store"):
        body.pop(name, None)
    if body.get("stream"):
        body["stream_options"] = {"include_usage": True}
    into_chat(body, wished)
    return Counter()


def _chat_message(message: dict[str, Any]) -> dict[str, Any]:
    message = {name: value for name, value in message.items() if name != "_provider_metadata" and value is not None}
    for call in message.get("tool_calls", ()):
        call.pop("_provider_metadata", None)
    if message["role"] in {"system", "tool"} and isinstance(message.get("content"), list):
        # OpenAI takes parts here, many servers of the same protocol only a string
        message["content"] = _PARAGRAPH.join(part["text"] for part in message["content"])
    if message["role"] == "assistant" and not message.get("content"):
        message["content"] = None
    return message


def _join(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Make one message of an assistant's two: some servers refuse neighbours of one role."""
    for name in ("content", "reasoning_content"):
        texts = [text for text in (first.get(name), second.get(name)) if text]
        if texts:
            first[name] = _PARAGRAPH.join(texts)
    calls = [*first.get("tool_calls", ()), *second.get("tool_calls", ())]
    if calls:
        first["tool_calls"] = calls


def _responses(body: dict[str, Any], wished: Wishes) -> Losses:
    for item in body["input"]:
        for name in ("_provider_metadata", "id", "status"):
            item.pop(name, None)
        for part in item["content"] if isinstance(item.get("content"), list) else ():
            _file(part)
    for name in ("reasoning", "text"):
        body.pop(name, None)
    into_responses(body, wished)
    return Counter()


def _file(part: dict[str, Any]) -> None:
    data = part.get("file_data")
    if isinstance(data, str) and not data.startswith(_MEDIA):
        part["file_data"] = f"{_MEDIA}application/pdf;base64,{data}"
        part["filename"] = "document.pdf"
