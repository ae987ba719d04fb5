"""Responses requests, as the public API reference has them, with what Codex adds (namespaces, custom tools)."""

from __future__ import annotations

from typing import Final

from wiretell.gateway.translate.shape import (
    KEPT,
    OURS,
    Each,
    Fields,
    Kinds,
    Lost,
    Node,
    Refused,
    TextOr,
    When,
    keep,
    one_of,
)
from wiretell.model.exchange import WireFormat

_STATE: Final = "it names what only the client's own vendor keeps; send the whole conversation in `input`."
_ITEM: Final = "An item of another kind (searches, shells, compactions of the vendor's own): left out of the history."
_PART: Final = "A part of another kind, or a file: left out."
_TOOL: Final = "A tool of the vendor's own (search, shell, code, images): the model is not offered it."
_STATUS: Final[dict[str, Node]] = {"id": OURS, "status": OURS, "type": KEPT}


def table(upstream: WireFormat) -> Node:
    """Return the tree for an upstream that speaks Messages or Chat."""
    chat = upstream == "openai-chat"
    cache = Lost("Messages caches by breakpoints: they are set at the system prompt and the last two turns.")
    identifier = Lost("The user's identifier is not told to another vendor.")
    padding = Lost("No padding is added.", harmless=(False,))
    return Fields(
        keep(
            "model",
            "stream",
            "instructions",
            "temperature",
            "top_p",
            "max_output_tokens",
            "parallel_tool_calls",
            previous_response_id=Refused(_STATE),
            conversation=Refused(_STATE),
            prompt=Refused(_STATE),
            background=Refused("it asks for an answer that is fetched later.", harmless=(False,)),
            store=Lost("The upstream does not keep the answer.", harmless=(False,)),
            include=Lost("Nothing further is added to the answer.", harmless=([],)),
            truncation=Lost("A context that is too long is an error.", harmless=("disabled",)),
            metadata=Lost("Metadata is not sent.", harmless=({},)),
            client_metadata=Lost("Metadata is not sent.", harmless=({},)),
            user=identifier,
            safety_identifier=identifier,
            service_tier=Lost("The upstream's default tier is used.", harmless=("auto",)),
            max_tool_calls=Lost("The number of calls is not limited."),
            top_logprobs=Lost("No probabilities are given.", harmless=(0,)),
            stream_options=Fields({"include_obfuscation": padding}),
            prompt_cache_key=KEPT if chat else cache,
            prompt_cache_retention=KEPT if chat else cache,
            reasoning=_reasoning(chat),
            text=_text(chat),
            tool_choice=TextOr(_choice()),
            tools=Each(_tool()),
            input=TextOr(Each(_item(chat))),
        ),
        needs=("input",),
    )


def _reasoning(chat: bool) -> Node:
    middle = When(
        one_of("low", "medium", "high"),
        OURS,
        Lost("`minimal` is asked for as `low`, `xhigh` as `high`, `none` as no thinking."),
    )
    summary = Lost("Whether reasoning is shown is the upstream's choice.")
    return Fields({"effort": OURS if chat else middle, "summary": summary, "generate_summary": summary})


def _text(chat: bool) -> Node:
    wordy = Lost("How wordy the model is stays its own choice.")
    strict = Lost("The upstream is always strict about a schema.", harmless=(True,))
    name = Lost("A schema has no name.")
    described = Lost("The schema's description is left out.")
    schema = Fields(
        {
            "type": OURS,
            "schema": OURS,
            "name": OURS if chat else name,
            "strict": OURS if chat else strict,
            "description": OURS if chat else described,
        }
    )
    asked = Fields({"type": OURS})
    plain = Fields({"type": Lost("JSON without a schema cannot be asked for.")})
    kinds: dict[str, Node] = {"text": asked, "json_object": asked if chat else plain, "json_schema": schema}
    return Fields(
        {"verbosity": OURS if chat else wordy, "format": Kinds(kinds, "The form of the answer is not asked for.")}
    )


def _choice() -> Node:
    named = Fields(keep("type", "name"), needs=("name",))
    return Kinds({"function": named, "custom": named}, "The choice among some of the tools is left to the model.")


def _tool() -> Node:
    deferred = Lost("The tool is offered at once: there is no search for tools.", harmless=(False,))
    function = Fields(
        keep("type", "name", "description", "parameters", strict=OURS, defer_loading=deferred), needs=("name",)
    )
    grammar = Lost("A tool with free input becomes one with a single string; its grammar is not enforced.")
    custom = Fields(keep("type", "name", "description", format=grammar, defer_loading=deferred), needs=("name",))
    kinds: dict[str, Node] = {"function": function, "custom": custom}
    space = Fields(
        keep(
            "type",
            "name",
            description=Lost("A namespace's description is left out; its tools keep theirs."),
            tools=Each(Kinds(kinds, _TOOL)),
        ),
        needs=("name", "tools"),
    )
    return Kinds({**kinds, "namespace": space}, _TOOL)


def _item(chat: bool) -> Node:
    output = TextOr(Each(_part(chat)))
    called = keep("call_id", "name", "arguments", "input", "namespace", **_STATUS)
    result = Fields(keep("call_id", output=output, name=OURS, **_STATUS), needs=("call_id", "output"))
    call = Fields(called, needs=("call_id", "name"))
    kinds: dict[str, Node] = {
        "message": _message(chat),
        "reasoning": _thought(chat),
        "function_call": call,
        "custom_tool_call": call,
        "function_call_output": result,
        "custom_tool_call_output": result,
        "item_reference": Refused(_STATE),
    }
    return Kinds(kinds, _ITEM, default="message")


def _message(chat: bool) -> Node:
    phase = Lost("Whether a message was a comment or the final answer is left out.")
    fields = keep("role", content=TextOr(Each(_part(chat))), phase=phase, **_STATUS)
    return Fields(fields, needs=("role", "content"))


def _part(chat: bool) -> Node:
    text = Fields(
        keep(
            "type",
            "text",
            annotations=Lost("Citations have no counterpart; the text stays.", harmless=([],)),
            logprobs=Lost("Earlier probabilities are left out.", harmless=([],)),
        ),
        needs=("text",),
    )
    detail = Lost("The detail of an image is the upstream's choice.", harmless=("auto",))
    kinds: dict[str, Node] = {
        "text": text,
        "input_text": text,
        "output_text": text,
        "refusal": Fields(keep("type", "refusal"), needs=("refusal",)),
        "input_image": Fields(
            keep("type", "image_url", detail=KEPT if chat else detail, file_id=Lost(_PART)), needs=("image_url",)
        ),
    }
    if not chat:
        name = Lost("The file's name is left out.")
        kinds["input_file"] = Fields(
            keep("type", "file_data", filename=name, file_id=Lost(_PART), file_url=Lost(_PART)), needs=("file_data",)
        )
    return Kinds(kinds, _PART)


def _thought(chat: bool) -> Node:
    if not chat:
        return Lost("Earlier reasoning is left out of the history: the upstream takes none that it did not sign.")
    texts = Each(Fields(keep("type", "text"), needs=("text",)))
    sealed = Lost("Reasoning goes over as its summary: only its own vendor can read the rest.")
    lost = Lost("Reasoning goes over as its summary.", harmless=([],))
    return Fields(keep(summary=texts, encrypted_content=sealed, content=lost, **_STATUS), needs=("summary",))
