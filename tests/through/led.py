"""An agent with its official host: direct, started by `wiretell run`, and by `wiretell run --official`.

The agent's program has its usual name on PATH and no base URL: what leads it to the gateway is `run`'s own doing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.through import inside
from tests.through.lab import INSIDE, THROUGH, Went, checkout, files, sealed, with_command
from wiretell import target
from wiretell.lab.surroundings import SEARCH_PATH
from wiretell.model.agent import Agent
from wiretell.model.world import OFFICIAL

_UTC: Final = "Etc/UTC"
_PROGRAMS: Final = {"claude-code": "claude", "codex": "codex", "gemini-cli": "gemini"}
RECORD: Final = "/.local/state/wiretell/"
_LOOPBACK: Final = b"http://127.0.0.1:"
_DRAWN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\d{10,}(\.\d+)?|cch=[0-9a-f]+")
"""Ids, times, and the checksum of Claude Code's billing line."""


@dataclass(frozen=True, slots=True)
class Led:
    """One agent, three ways."""

    agent: str
    direct: Went
    run: Went
    official: Went

    @property
    def ways(self) -> tuple[tuple[str, Went], ...]:
        """All of them, by the name of the way."""
        return ("direct", self.direct), ("wiretell run", self.run), ("run --official", self.official)

    def same_outcome(self, way: Went) -> bool:
        """Whether the agent ended as it did direct, and said the same."""
        return (way.exit_code, way.said) == (self.direct.exit_code, self.direct.said)

    def likeness(self, way: Went) -> str:
        """Return how its bodies compare to the direct ones: `same bytes`, `same but for ids`, `differ`."""
        if way.bodies == self.direct.bodies:
            return "same bytes"
        shapes = [sorted(_shape(body)) for body in way.bodies]
        return "same but for ids" if shapes == [sorted(_shape(body)) for body in self.direct.bodies] else "differ"

    def telling(self, way: Went) -> list[str]:
        """Return the agent's files that name a gateway of this machine, the record aside."""
        return [file.path for file in way.left if RECORD not in file.path and _LOOPBACK in file.content]


def lead(spec: str, text: str | None = None) -> Led:
    """Run it all three ways; `text`: the prompt comes on standard input. :raises TargetError: not to be fetched."""
    agent = _at_home(target.resolve(spec), text)
    started = _words(agent)
    given = () if text is None else ("--input", text)
    program = _PROGRAMS[agent.recipe.name]
    asked = started[len(agent.target.start) :]
    with files(**{program: _launcher(agent)}) as own, sealed(agent, (), (*checkout(), *own)) as run:

        def went(*words: str) -> Went:
            return run(_official(with_command(agent, (*INSIDE, *words))), OFFICIAL, _UTC)

        return Led(
            agent=f"{agent.target.name} {agent.target.version}",
            direct=went(*given, "alone", *started),
            run=went(*given, "run", program, *asked),
            official=went(*given, "--official", "run", program, *asked),
        )


def _words(agent: Agent) -> tuple[str, ...]:
    command = agent.recipe.command
    own = agent.recipe.official
    if own is not None and own.command is not None:
        command = own.command
    assert command[0] == "{bin}"
    return (*agent.target.start, *command[1:])


def _at_home(agent: Agent, text: str | None) -> Agent:
    """Return the agent with its launcher on PATH; without its prompt where that comes on standard input."""
    recipe = agent.recipe
    if text is not None:
        recipe = replace(recipe, command=tuple(word for word in recipe.command if word != "{prompt}"))
    own = recipe.official
    assert own is not None
    env = {**(recipe.env if own.env is None else own.env), "PATH": f"{THROUGH}:{SEARCH_PATH}"}
    return replace(agent, recipe=replace(recipe, official=replace(own, env=env)))


def _official(agent: Agent) -> Agent:
    """Return the agent with the command of its custom host also at the official one."""
    own = agent.recipe.official
    assert own is not None
    return replace(agent, recipe=replace(agent.recipe, official=replace(own, command=agent.recipe.command)))


def _launcher(agent: Agent) -> str:
    """Return a shell script that starts the agent in the environment that it has direct."""
    return f"""#!/bin/sh
unset PYTHONPATH LD_LIBRARY_PATH
[ -z "${inside.PRELOAD}" ] || export LD_PRELOAD="${inside.PRELOAD}"
unset {inside.PRELOAD}
exec {" ".join(agent.target.start)} "$@"
"""


def _shape(body: bytes) -> Iterator[tuple[str, str]]:
    """Give path and value of each leaf of a JSON body; what an agent draws anew each run is left out."""
    return _leaves(json.loads(body), "")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}/{key}")
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _leaves(item, f"{path}/{at}")
    elif isinstance(value, str) and value.startswith("{"):  # JSON in a text, whose keys may come in any order
        yield path, "".join(sorted(_DRAWN.sub("*", value)))
    else:
        yield path, _DRAWN.sub("*", str(value))
