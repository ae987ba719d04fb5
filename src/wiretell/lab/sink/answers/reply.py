"""What the lab's model says: a short text, or the one tool call that lets an agent end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wiretell.lab.sink.answers.interface import Json, as_dict, as_list, as_str, dumps
from wiretell.lab.sink.answers.schema import minimal_instance

TEXT: Final = "OK."
HARMLESS_COMMAND: Final = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
"""Does nothing in any shell; the words are those by which one family of agents ends its work."""
COMPLAINTS: Final = 2
"""Turns without a tool call, one after another, at which an agent that offers tools is taken to insist on one. The
agents seen to insist give up with an error after the third."""

_FINISHING = ("finish", "submit", "complet", "done")
_SHELLS = ("bash", "shell", "terminal", "command", "exec")
_COMMANDS = frozenset({"command", "cmd", "script"})


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the agent offers."""

    name: str
    schema: Json
    """Of its arguments."""
    free_text: bool = False
    """Takes a text in place of JSON arguments (OpenAI's custom tools)."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request wants, told the same way for all protocols."""

    model: str
    stream: bool
    tools: tuple[Tool, ...] = ()
    forced: bool = False
    """Whether a tool must be called."""
    allowed: frozenset[str] | None = None
    """Names of the tools that may be called where one must be; None for any."""
    schema: Json = None
    """Schema that the text must satisfy, or None for plain text."""
    silent_turns: int = 0
    """Turns of the model without a tool call at the end of the conversation."""


@dataclass(frozen=True, slots=True)
class Text:
    """The model says something."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """The model calls one tool."""

    tool: Tool
    arguments: dict[str, Json]

    @property
    def json(self) -> str:
        """The arguments as JSON text (for a free-text tool, the text itself)."""
        if self.tool.free_text:
            return TEXT
        return dumps(self.arguments).decode("utf-8", "replace")


def decide(ask: Ask) -> Text | Call:
    """Choose the answer that lets the agent end soonest: what is forced first, then what is insisted on, then `OK.`."""
    tools = [t for t in ask.tools if ask.allowed is None or t.name in ask.allowed] or list(ask.tools)
    if ask.forced and tools:
        return _call(tools, tools[0])
    if ask.schema is not None:
        return Text(dumps(minimal_instance(ask.schema)).decode("utf-8", "replace"))
    if ask.silent_turns >= COMPLAINTS and (ending := _named(tools, _FINISHING) or _named(tools, _SHELLS)):
        return _call(tools, ending)
    return Text(TEXT)


def _call(tools: Sequence[Tool], otherwise: Tool) -> Call:
    tool = _named(tools, _FINISHING) or _named(tools, _SHELLS) or otherwise
    arguments = as_dict(minimal_instance(tool.schema))
    if _named([tool], _SHELLS):
        known = as_dict(as_dict(tool.schema).get("properties"))
        arguments |= {n: _command(known[n]) for n in known if n in _COMMANDS}
    return Call(tool, arguments)


def _command(schema: Json) -> Json:
    return HARMLESS_COMMAND.split() if as_dict(schema).get("type") == "array" else HARMLESS_COMMAND


def _named(tools: Iterable[Tool], words: tuple[str, ...]) -> Tool | None:
    return next((tool for tool in tools if any(word in tool.name.lower() for word in words)), None)


def tool_of(spec: Json, schema_key: str) -> Tool | None:
    """Return the tool that a JSON object with `name` and a schema describes, or None."""
    name = as_str(as_dict(spec).get("name"))
    return Tool(name, as_dict(spec).get(schema_key)) if name else None


def names(specs: Json) -> frozenset[str]:
    """Return the `name`s in a list of objects."""
    return frozenset(filter(None, (as_str(as_dict(spec).get("name")) for spec in as_list(specs))))


def silent_turns(turns: Iterable[tuple[bool, bool]]) -> int:
    """Count the model's turns without a tool call at the end of a conversation, newest first.

    `turns` are (is the model's, holds a tool call) from the first message to the last.
    """
    count = 0
    for of_model, has_call in reversed(list(turns)):
        if has_call:
            break
        count += of_model
    return count
