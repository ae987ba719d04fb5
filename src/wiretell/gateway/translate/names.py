"""Tools of two kinds that only Responses and, in part, Chat know, and the names under which an upstream gets them.

A *custom* tool takes free text: it goes over as a function with one string, `input`. A tool in a *namespace* goes over
under both names joined. `Names` tells, from the request, what a call in the answer was to the client.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wiretell.gateway.translate.jsons import as_object, encoded, mapping, objects, string
from wiretell.model.exchange import WireFormat

INPUT: Final = "input"
"""The one field of a custom tool that became a function."""

MAX_NAME: Final = 64
"""Characters that every vendor allows in a tool's name."""

FREE_INPUT: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {INPUT: {"type": "string"}},
    "required": [INPUT],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Names:
    """The tools of one request that went over as something else."""

    custom: frozenset[str] = frozenset()
    """Names as the upstream has them."""
    spaces: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Name as the upstream has it -> (namespace, name)."""


def joined(namespace: str, name: str) -> str:
    """Return one name for a tool in a namespace, the same for every turn; one that is too long ends in a hash."""
    whole = name if not namespace else namespace + name if namespace.endswith("__") else f"{namespace}__{name}"
    if len(whole) <= MAX_NAME:
        return whole
    return f"{whole[: MAX_NAME - 9]}_{hashlib.sha256(whole.encode(errors='replace')).hexdigest()[:8]}"


def names(client: WireFormat, body: Mapping[str, Any]) -> Names:
    """Read what tools a request offers."""
    tools = objects(body.get("tools"))
    if client == "openai-chat":
        custom = [mapping(tool.get("custom")) for tool in tools if tool.get("type") == "custom"]
        return Names(frozenset(string(tool.get("name")) for tool in custom))
    if client != "openai-responses":
        return Names()
    every = list(_spaced(tools))
    return Names(
        frozenset(joined(space, string(tool.get("name"))) for space, tool in every if tool.get("type") == "custom"),
        {joined(space, string(tool.get("name"))): (space, string(tool.get("name"))) for space, tool in every if space},
    )


def _spaced(tools: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for tool in tools:
        if tool.get("type") == "namespace":
            yield from ((string(tool.get("name")), inner) for inner in objects(tool.get("tools")))
        else:
            yield "", tool


def wrapped(text: str) -> str:
    """Return the arguments of a function for a custom tool's input."""
    return encoded({INPUT: text}).decode()


def unwrapped(arguments: str) -> str:
    """Return a custom tool's input from a function's arguments; all of them where they are not of that form."""
    value = as_object(arguments)
    text = value.get(INPUT) if value is not None else None
    return text if isinstance(text, str) else arguments
