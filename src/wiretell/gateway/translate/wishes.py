"""What a request asks of the answer that the translating library drops or misplaces, and where each protocol says it.

Read from the client's body before it is reduced, written into the upstream's body after it was translated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wiretell.gateway.translate.jsons import mapping, objects, string
from wiretell.gateway.translate.shape import Losses
from wiretell.model.exchange import WireFormat

MEDIUM_BUDGET: Final = 4_096
HIGH_BUDGET: Final = 16_384
"""Tokens of thinking from which an effort is called `medium` or `high`."""

NO_THINKING: Final = "A model that cannot choose by itself how much to think is not asked to."
NO_SAMPLING: Final = "Left out where the model is asked to think: Messages allows no other sampling then."
MIN_TOP_P: Final = 0.95

_THREE: Final = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}
"""The efforts that every protocol knows."""

_ADAPTIVE: Final = re.compile(
    r"claude-(?:opus|sonnet|haiku)-(?:4-(?:[6-9]|1\d)(?!\d)|[5-9](?!\d)|\d\d(?!\d))|claude-mythos"
)
"""Models that think as much as they see fit. Older ones want a budget, and their own signed thinking back with every
call's result, which a translated history does not have: they are not asked to think."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The JSON schema that the answer is to follow."""

    schema: Mapping[str, Any]
    name: str = "answer"
    strict: bool | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """One request's."""

    effort: str | None = None
    """As the client spelled it; of Messages one of three, by its budget where it names no effort."""
    effort_at: str = ""
    """Where in the client's body it stands."""
    schema: Schema | None = None
    json: bool = False
    """JSON of any schema."""
    verbosity: str | None = None
    strict: Mapping[str, bool] = field(default_factory=dict)
    """By tool."""
    store: bool = False


def wishes(client: WireFormat, body: Mapping[str, Any]) -> Wishes:
    """Read what a request in the client's protocol asks for."""
    match client:
        case "anthropic-messages":
            return _of_messages(body)
        case "openai-chat":
            return _of_chat(body)
        case _:
            return _of_responses(body)


def _of_messages(body: Mapping[str, Any]) -> Wishes:
    output = mapping(body.get("output_config"))
    form = mapping(output.get("format")) or mapping(body.get("output_format"))
    schema = Schema(form["schema"]) if isinstance(form.get("schema"), dict) else None
    effort = output.get("effort")
    return Wishes(
        effort=_THREE.get(effort) if isinstance(effort, str) else _by_budget(mapping(body.get("thinking"))),
        schema=schema,
        strict={string(tool.get("name")): tool.get("strict") is True for tool in objects(body.get("tools"))},
    )


def _by_budget(thinking: Mapping[str, Any]) -> str | None:
    budget = thinking.get("budget_tokens")
    if thinking.get("type") != "enabled" or not isinstance(budget, int):
        return None
    return "low" if budget < MEDIUM_BUDGET else "medium" if budget < HIGH_BUDGET else "high"


def _of_chat(body: Mapping[str, Any]) -> Wishes:
    form = mapping(body.get("response_format"))
    functions = [mapping(tool.get("function")) for tool in objects(body.get("tools"))]
    return Wishes(
        effort=_text(body.get("reasoning_effort")),
        effort_at="/reasoning_effort",
        schema=_schema(mapping(form.get("json_schema"))),
        json=form.get("type") == "json_object",
        verbosity=_text(body.get("verbosity")),
        strict={string(function.get("name")): function.get("strict") is True for function in functions},
        store=body.get("store") is True,
    )


def _of_responses(body: Mapping[str, Any]) -> Wishes:
    text = mapping(body.get("text"))
    form = mapping(text.get("format"))
    return Wishes(
        effort=_text(mapping(body.get("reasoning")).get("effort")),
        effort_at="/reasoning/effort",
        schema=_schema(form),
        json=form.get("type") == "json_object",
        verbosity=_text(text.get("verbosity")),
        strict={string(tool.get("name")): tool.get("strict") is True for tool in objects(body.get("tools"))},
    )


def _schema(form: Mapping[str, Any]) -> Schema | None:
    if not isinstance(form.get("schema"), dict):
        return None
    strict = form.get("strict")
    return Schema(
        form["schema"],
        _text(form.get("name")) or "answer",
        strict if isinstance(strict, bool) else None,
        _text(form.get("description")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def into_messages(body: dict[str, Any], wished: Wishes) -> Losses:
    """Write wishes into a Messages request; return what cannot be had together with them."""
    config: dict[str, Any] = {}
    losses: Losses = Counter()
    effort = _THREE.get(wished.effort or "")
    if effort is not None and not _ADAPTIVE.search(string(body.get("model"))):
        losses[wished.effort_at, NO_THINKING] += 1
    elif effort is not None:
        config["effort"] = effort
        if mapping(body.get("tool_choice")).get("type") not in {"any", "tool"}:  # a forced call excludes thinking
            body["thinking"] = {"type": "adaptive"}
            losses += _unsampled(body)
    if wished.schema is not None:
        config["format"] = {"type": "json_schema", "schema": wished.schema.schema}
    if config:
        body["output_config"] = config
    return losses


def _unsampled(body: dict[str, Any]) -> Losses:
    """Take out what the vendor refuses while a model thinks: any temperature but 1, any `top_p` below 0.95."""
    refused = {"temperature": body.get("temperature", 1) != 1, "top_p": body.get("top_p", 1) < MIN_TOP_P}
    names = [name for name, is_refused in refused.items() if is_refused]
    for name in names:
        del body[name]
    return Counter({(f"/{name}", NO_SAMPLING): 1 for name in names})


def into_chat(body: dict[str, Any], wished: Wishes) -> None:
    """Write wishes into a Chat request."""
    if wished.effort is not None:
        body["reasoning_effort"] = wished.effort
    if wished.verbosity is not None:
        body["verbosity"] = wished.verbosity
    if wished.schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": _named(wished.schema)}
    elif wished.json:
        body["response_format"] = {"type": "json_object"}
    for tool in body.get("tools", ()):
        if wished.strict.get(tool["function"]["name"]):
            tool["function"]["strict"] = True


def into_responses(body: dict[str, Any], wished: Wishes) -> None:
    """Write wishes into a Responses request. It is kept by the vendor only where the client asked for that."""
    body["store"] = wished.store
    text: dict[str, Any] = {}
    if wished.effort is not None:
        body["reasoning"] = {"effort": wished.effort}
    if wished.verbosity is not None:
        text["verbosity"] = wished.verbosity
    if wished.schema is not None:
        text["format"] = {"type": "json_schema", **_named(wished.schema)}
    elif wished.json:
        text["format"] = {"type": "json_object"}
    if text:
        body["text"] = text
    for tool in body.get("tools", ()):
        tool["strict"] = wished.strict.get(tool["name"], False)


def _named(schema: Schema) -> dict[str, Any]:
    further = {"strict": schema.strict, "description": schema.description}
    return {"name": schema.name, "schema": schema.schema, **{k: v for k, v in further.items() if v is not None}}
