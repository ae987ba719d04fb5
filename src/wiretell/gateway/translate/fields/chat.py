"""Chat Completions requests, as the public API reference has them, and `reasoning_content`, which many servers add."""

from __future__ import annotations

from typing import Final

from wiretell.gateway.translate.shape import KEPT, OURS, Each, Fields, Kinds, Lost, Node, TextOr, When, keep, one_of
from wiretell.model.exchange import WireFormat

_NAME: Final = Lost("The speaker's name is left out.")
_PART: Final = "A part of another kind (audio, files): left out."
_SAMPLING: Final = Lost("Sampling is not changed by it.", harmless=(0, 0.0))
_TEXTS: Final = TextOr(Each(Kinds({"text": Fields(keep("type", "text"), needs=("text",))}, _PART)))


def table(upstream: WireFormat) -> Node:
    """Return the tree for an upstream that speaks Messages or Responses."""
    responses = upstream == "openai-responses"
    cache = Lost("Messages caches by breakpoints: they are set at the system prompt and the last two turns.")
    stop = Lost("The model is not stopped at these strings.")
    verbosity = Lost("How wordy the model is stays its own choice.")
    stored = Lost("The upstream does not keep the answer.", harmless=(False,))
    return Fields(
        keep(
            "model",
            "stream",
            "temperature",
            "top_p",
            "max_tokens",
            "max_completion_tokens",
            "parallel_tool_calls",
            stop=stop if responses else KEPT,
            stream_options=Fields(keep(include_usage=OURS, include_obfuscation=Lost("No padding is added."))),
            n=Lost("One answer is given.", harmless=(1,)),
            presence_penalty=_SAMPLING,
            frequency_penalty=_SAMPLING,
            logit_bias=_SAMPLING,
            seed=_SAMPLING,
            logprobs=Lost("No probabilities are given.", harmless=(False,)),
            top_logprobs=Lost("No probabilities are given."),
            user=Lost("The user's identifier is not told to another vendor."),
            safety_identifier=Lost("The user's identifier is not told to another vendor."),
            prompt_cache_key=KEPT if responses else cache,
            prompt_cache_retention=KEPT if responses else cache,
            store=OURS if responses else stored,
            metadata=Lost("Metadata is not sent."),
            service_tier=Lost("The upstream's default tier is used."),
            reasoning_effort=_effort(responses),
            verbosity=OURS if responses else verbosity,
            modalities=Lost("The answer is text.", harmless=(["text"],)),
            audio=Lost("The answer is text."),
            prediction=Lost("The predicted text is not used."),
            web_search_options=Lost("The model does not search the web."),
            response_format=_format(responses),
            tool_choice=TextOr(_choice()),
            tools=Each(_tool()),
            messages=Each(_message(responses)),
        ),
        needs=("messages",),
    )


def _effort(responses: bool) -> Node:
    if responses:
        return OURS
    return When(
        one_of("low", "medium", "high"),
        OURS,
        Lost("`minimal` is asked for as `low`, `xhigh` as `high`, `none` as no thinking."),
    )


def _format(responses: bool) -> Node:
    plain = Fields({"type": Lost("JSON without a schema cannot be asked for.")})
    schema = Fields(
        {"name": OURS if responses else Lost("A schema has no name."), "schema": OURS, **_strictness(responses)}
    )
    return Kinds(
        {
            "text": Fields({"type": OURS}),
            "json_object": Fields({"type": OURS}) if responses else plain,
            "json_schema": Fields({"type": OURS, "json_schema": schema}),
        },
        "The form of the answer is not asked for.",
    )


def _strictness(responses: bool) -> dict[str, Node]:
    lost = Lost("The upstream is always strict about a schema.", harmless=(True,))
    described = Lost("The schema's description is left out.")
    return {"strict": OURS if responses else lost, "description": OURS if responses else described}


def _choice() -> Node:
    kinds: dict[str, Node] = {
        "function": Fields(keep("type", function=Fields(keep("name")))),
        "custom": Fields(keep("type", custom=Fields(keep("name")))),
    }
    return Kinds(kinds, "The choice among some of the tools is left to the model.")


def _tool() -> Node:
    function = Fields(keep("name", "description", "parameters", strict=OURS), needs=("name",))
    grammar = Lost("A tool with free input becomes one with a single string; its grammar is not enforced.")
    custom = Fields(keep("name", "description", format=grammar), needs=("name",))
    kinds: dict[str, Node] = {
        "function": Fields(keep("type", function=function), needs=("function",)),
        "custom": Fields(keep("type", custom=custom), needs=("custom",)),
    }
    return Kinds(kinds, "A tool of the vendor's own: the model is not offered it.")


def _message(responses: bool) -> Node:
    other = Fields(keep("role", content=_TEXTS, name=_NAME), needs=("content",))
    kinds = {
        "system": other,
        "developer": other,
        "user": Fields(keep("role", content=TextOr(Each(_part(responses))), name=_NAME), needs=("content",)),
        "assistant": _assistant(),
        "tool": Fields(keep("role", "tool_call_id", content=_TEXTS, name=OURS), needs=("tool_call_id",)),
    }
    return Kinds(kinds, "A message of another role: left out.", key="role")


def _part(responses: bool) -> Node:
    lost = Lost("The detail of an image is the upstream's choice.", harmless=("auto",))
    detail = KEPT if responses else lost
    image = Fields(keep("type", image_url=Fields(keep("url", detail=detail), needs=("url",))), needs=("image_url",))
    return Kinds({"text": Fields(keep("type", "text"), needs=("text",)), "image_url": image}, _PART)


def _assistant() -> Node:
    function = Fields(keep("name", "arguments"), needs=("name",))
    calls: dict[str, Node] = {
        "function": Fields(keep("type", "id", function=function, index=OURS), needs=("id", "function")),
        "custom": Fields(keep("type", "id", custom=Fields(keep("name", "input"))), needs=("id", "custom")),
    }
    parts: dict[str, Node] = {
        "text": Fields(keep("type", "text"), needs=("text",)),
        "refusal": Fields(keep("type", "refusal"), needs=("refusal",)),
    }
    thinking = Lost("Earlier reasoning is left out of the history: the upstream takes none that it did not sign.")
    return Fields(
        keep(
            "role",
            "refusal",
            content=TextOr(Each(Kinds(parts, _PART))),
            name=_NAME,
            reasoning_content=thinking,
            annotations=Lost("Citations have no counterpart; the text stays.", harmless=([],)),
            audio=Lost("An earlier answer in sound is left out."),
            tool_calls=Each(Kinds(calls, "A call of another kind: left out.", default="function")),
        )
    )
