"""Models by the short names that agents give them (`data/aliases.toml`), in the spelling policies are held against."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import msgspec

from wiretell.fleet.settings.withholding import COMPUTED, UNREADABLE, WITHHELD


class _Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    product: str
    source: str
    models: dict[str, str]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    agent: tuple[_Agent, ...]


@lru_cache(maxsize=1)
def _aliases() -> Mapping[str, Mapping[str, str]]:
    content = files("wiretell.fleet.settings").joinpath("data/aliases.toml").read_bytes()
    return {agent.product: agent.models for agent in msgspec.toml.decode(content, type=_File).agent}


def spelled(product: str, name: str) -> str:
    """Return a model's name as policies are held against it: an agent's alias in full, all else as it is.

    >>> spelled("claude-code", "opus[1m]"), spelled("codex", "gpt-5.1"), spelled("codex", "opus")
    ('claude-opus', 'gpt-5.1', 'opus')
    """
    if name in {COMPUTED, UNREADABLE, WITHHELD}:
        return ""
    alias = name.partition("[")[0].strip().lower()
    return _aliases().get(product, {}).get(alias, name)
