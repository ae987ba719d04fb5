"""Agents that `wiretell run` can lead through a gateway: `agents.toml` as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import PurePath

import msgspec

from wiretell.errors import UsageError


@dataclass(frozen=True, slots=True)
class Known:
    """One agent."""

    name: str
    programs: tuple[str, ...]
    """What its program is called on PATH."""
    known: str
    """What a custom host is known to change in it; no sentence end."""
    source: str
    """Where its settings are documented."""
    env: dict[str, str] = field(default_factory=dict)
    """Variable -> value with `{base_url}`."""
    arguments: tuple[str, ...] = ()
    """Right behind the program's name, with `{base_url}`."""
    needs: tuple[str, ...] = ()
    """Variables without which the settings would lead the user to another service."""
    clashes: tuple[str, ...] = ()
    """Variables that would set the base URL too."""
    official: tuple[str, ...] = ()
    """Hosts of its models; empty: it cannot be led there by name and certificate."""


@dataclass(frozen=True, slots=True)
class _File:
    schema: int
    agent: tuple[Known, ...]


@cache
def agents() -> tuple[Known, ...]:
    """Return all, in the file's order."""
    text = (files("wiretell.gateway.running") / "agents.toml").read_bytes()
    return msgspec.toml.decode(text, type=_File).agent


def find(program: str) -> Known:
    """Return the agent of a program (a name or a path), or of this name.

    :raises UsageError: if none is known.
    """
    wanted = PurePath(program).name
    for agent in agents():
        if wanted in agent.programs or wanted == agent.name:
            return agent
    names = ", ".join(program for agent in agents() for program in agent.programs)
    raise UsageError(
        f"`{wanted}` is no agent that `wiretell run` knows ({names}); where it is one of them by another name, say "
        "so with --as NAME; else start `wiretell gateway` and set the program's base URL by hand: "
        "http://127.0.0.1:8484 where it speaks Anthropic's or Google's protocol, http://127.0.0.1:8484/v1 for OpenAI's."
    )
