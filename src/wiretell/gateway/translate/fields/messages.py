"""Messages requests, as the public API reference has them."""

from __future__ import annotations

from typing import Any, Final

from wiretell.gateway.translate.shape import KEPT, OURS, Each, Fields, Kinds, Lost, Node, TextOr, When, keep, one_of
from wiretell.model.exchange import WireFormat

ATTRIBUTION: Final = "x-anthropic-billing-header"
"""Claude Code's first system block begins so: its version and a fingerprint of the conversation."""

CACHE: Final = Lost("No cache breakpoint is set: the upstream caches by its own rules, or not at all.")
_CITATIONS: Final = Lost("Citations have no counterpart; the text stays.")
_FORMAT: Final = Fields({"type": OURS, "schema": OURS})
_FILE: Final = "A file kept by the client's vendor is not known to the upstream: the block is left out."
_SERVER_TOOL: Final = "A tool of the vendor's own (server tools, bash, text editor ...): the model is not offered it."
_BLOCK: Final = (
    "A block of another kind (server tools and their results, redacted thinking ...): left out of the history."
)
_CALL: Final = Fields(keep("type", "id", "name", "input", cache_control=CACHE))


def is_attribution(block: Any) -> bool:
    """Tell whether a system block is Claude Code's attribution block, meant for its own vendor only."""
    text = block.get("text") if isinstance(block, dict) else None
    return isinstance(text, str) and text.startswith(ATTRIBUTION)


def table(upstream: WireFormat) -> Node:
    """Return the tree for an upstream that speaks Chat or Responses."""
    chat = upstream == "openai-chat"
    stop = Lost("The model is not stopped at these strings.")
    return Fields(
        keep(
            "model",
            "max_tokens",
            "stream",
            "temperature",
            "top_p",
            cache_control=CACHE,
            stop_sequences=KEPT if chat else stop,
            top_k=Lost("Sampling is not limited to the likeliest tokens."),
            system=TextOr(Each(_system())),
            metadata=Lost("The user's and session's identifier is not told to another vendor."),
            service_tier=Lost("The upstream's default tier is used."),
            thinking=_thinking(),
            output_config=Fields(
                {
                    "effort": When(
                        one_of("low", "medium", "high"),
                        OURS,
                        Lost("An effort above `high` is asked for as `high`."),
                    ),
                    "format": _FORMAT,
                }
            ),
            output_format=_FORMAT,
            context_management=Lost("Nothing is cleared from the context by the upstream."),
            container=Lost("No container is used."),
            mcp_servers=Lost("The upstream connects to no MCP server."),
            tool_choice=Fields(keep("type", "name", "disable_parallel_tool_use")),
            tools=Each(Kinds({"custom": _tool()}, _SERVER_TOOL, default="custom")),
            messages=Each(Fields(keep("role", content=TextOr(Each(_content(chat)))), needs=("role", "content"))),
        ),
        needs=("messages",),
    )


def _system() -> Node:
    block = Fields(keep("type", "text", cache_control=CACHE, citations=_CITATIONS), needs=("text",))
    return When(is_attribution, Lost("Claude Code's attribution block is for its own vendor: it is left out."), block)


def _thinking() -> Node:
    """A budget becomes an effort (`wishes`): close, not the same."""
    return When(
        lambda value: isinstance(value, dict) and value.get("type") == "adaptive",
        Fields({"type": OURS, "display": Lost("Whether thinking is shown is the upstream's choice.")}),
        Fields(
            {
                "type": When(
                    lambda kind: kind == "disabled",
                    Lost("Thinking cannot be switched off: the upstream's default holds."),
                    OURS,
                ),
                "budget_tokens": Lost(
                    "A budget becomes an effort: `low` under 4,096 tokens, `medium` under 16,384, else `high`; "
                    "an effort that is given as well goes before it."
                ),
                "display": Lost("Whether thinking is shown is the upstream's choice."),
            }
        ),
    )


def _tool() -> Node:
    return Fields(
        keep(
            "name",
            "description",
            "input_schema",
            type=OURS,
            strict=OURS,
            cache_control=CACHE,
            defer_loading=Lost("The tool is offered at once: there is no search for tools.", harmless=(False,)),
            input_examples=Lost("The model is not shown the examples."),
        ),
        needs=("name",),
    )


def _content(chat: bool) -> Node:
    text = Fields(keep("type", "text", cache_control=CACHE, citations=_CITATIONS), needs=("text",))
    image = Fields(keep("type", source=_source(), cache_control=CACHE), needs=("source",))
    result = Kinds({"text": text, "image": image}, "Part of a tool's result of another kind: left out.")
    return Kinds(
        {
            "text": text,
            "image": image,
            "document": _document(chat),
            "thinking": _thought(chat),
            "tool_use": _CALL,
            "tool_result": Fields(
                keep("type", "tool_use_id", "is_error", content=TextOr(Each(result)), cache_control=CACHE),
                needs=("tool_use_id",),
            ),
        },
        _BLOCK,
    )


def _source() -> Node:
    return Kinds(
        {
            "base64": Fields(keep("type", "media_type", "data"), needs=("data",)),
            "url": Fields(keep("type", "url"), needs=("url",)),
        },
        _FILE,
    )


def _document(chat: bool) -> Node:
    text = Fields(keep("type", "data", media_type=OURS), needs=("data",))
    whole = Fields(keep("type", "media_type", "data"), needs=("data",))
    sources: dict[str, Node] = {"text": text} if chat else {"text": text, "base64": whole}
    return Fields(
        keep(
            "type",
            source=Kinds(sources, "A document that is not plain text (nor, to Responses, a PDF in the request)."),
            title=Lost("The document's title is left out."),
            context=Lost("The document's context is left out."),
            citations=_CITATIONS,
            cache_control=CACHE,
        ),
        needs=("source",),
    )


def _thought(chat: bool) -> Node:
    if not chat:
        return Lost("Earlier thinking is left out of the history: only its own vendor can read its signature.")
    return Fields(
        keep("type", "thinking", signature=Lost("Thinking goes over as text, unsigned.", harmless=("",))),
        needs=("thinking",),
    )
