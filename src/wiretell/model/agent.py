"""Targets and agents: what is audited, and how it is made to send one model request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Declaration:
    """One thing that the vendor documents that the agent sends."""

    fact: str
    source: str
    """URL of the vendor's documentation."""
    where: str = ""
    """Optional: a glob over the place (`head:x-stainless-os`, `body:/system/*`); empty means anywhere."""


@dataclass(frozen=True, slots=True)
class Official:
    """Where the agent goes when its base URL is unset, and what its recipe replaces then."""

    host: str
    command: tuple[str, ...] | None = None
    env: Mapping[str, str] | None = None
    files: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """A `wiretell-agent.toml`, read and checked. Placeholders are still in place."""

    name: str
    command: tuple[str, ...]
    """Arguments with placeholders; an element that is exactly `{bin}` stands for the target's own start command."""
    protocol: str
    """`anthropic-messages`, `openai-chat`, `openai-responses` or `gemini`."""
    timeout_s: float = 60.0
    prompt: str = "hi"
    env: Mapping[str, str] = field(default_factory=lambda: _NONE)
    files: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Path under HOME -> content."""
    official: Official | None = None
    declares: tuple[Declaration, ...] = ()
    levels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Extra facts (or extra levels of known ones) that make sense for this agent: (`env:NAME`, values)."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is audited, fetched and unpacked on this machine."""

    kind: str
    """`npm`, `pypi`, `folder` or `command`."""
    name: str
    version: str | None
    sha256: str
    """Of the tarball (npm: the one that holds the program), or of the sorted list of files of a folder."""
    root: Path
    """Folder on this machine that the sandbox shows, read-only, as `/opt/agent`."""
    start: tuple[str, ...]
    """What `{bin}` stands for, as seen in the sandbox: (`/opt/node/bin/node`, `/opt/agent/cli.js`)."""
    runtime: str
    """`node`, `python`, `native` (dynamic), `static` (no dynamic loader: preloading does nothing)."""
    notes: tuple[str, ...] = ()
    """What the audit should say about it, such as `install scripts were not run`."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A target plus the recipe that makes it send one model request."""

    target: Target
    recipe: Recipe
