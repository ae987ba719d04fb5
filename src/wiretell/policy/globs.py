"""Globs of policies and the spellings of model names that they are held against."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_FLAGS: Final = re.IGNORECASE | re.DOTALL
MAX_NAME: Final = 256
"""Characters of a model's name or a user agent that are looked at; what is longer comes from no client."""

_CLOUD: Final = re.compile(
    r"^(?:[a-z][a-z-]*\.)?(?:anthropic|openai|deepseek|mistral|moonshot|moonshotai|qwen|zai)\.(?=[a-z])"
)
"""Cloud spelling, with or without a region: `us.anthropic.claude-...-v1:0`."""
_CLOUD_VERSION: Final = re.compile(r"-v\d+(?::\d+)?$")
_BEHIND: Final = re.compile(r"(?:\[[^\]]*\]|@[^@]*)$")
"""`[1m]` (a client's own wish for a longer window) and `@20250929` (a cloud's way to write the date)."""

_TUNED: Final = re.compile(r"^ft:([^:]+)(?::.*)?$", re.DOTALL)
"""A model trained further by its user: `ft:gpt-4o-2024-08-06:org::id`."""


@lru_cache(maxsize=1024)
def pattern(glob: str) -> re.Pattern[str]:
    """Return a glob as a regular expression: `*` any text, `?` one character, all else itself, case ignored.

    Brackets have no meaning of their own, because model names hold them (`claude-opus-4-6[1m]`).

    Names come from requests, so no value may take long: what stands between two stars is taken where it first fits,
    for good (an atomic group). No later place leaves more room for the rest, as each such part has one length.
    """
    first, *others = ("".join("." if char == "?" else re.escape(char) for char in part) for part in glob.split("*"))
    if not others:
        return re.compile(first, _FLAGS)
    between = "".join(f"(?>.*?{part})" for part in others[:-1] if part)
    return re.compile(f"{first}{between}.*{others[-1]}", _FLAGS)


def fits(glob: str, value: str) -> bool:
    """Whether a whole value is as the glob says. An empty value fits `*` alone."""
    return pattern(glob).fullmatch(value[:MAX_NAME]) is not None


def model_fits(globs: Iterable[str], model: str) -> bool:
    """Whether a model, as it was asked for or by its bare name, fits one of the globs. No model fits none."""
    return bool(model) and any(fits(glob, name) for glob in globs for name in {model, bare(model)})


@lru_cache(maxsize=4096)
def bare(model: str) -> str:
    """Return a model's name in lower case without what providers, clouds and clients put around it.

    >>> bare("models/Gemini-2.5-Pro"), bare("claude-opus-4-6[1m]"), bare("us.anthropic.claude-opus-4-6-v1:0")
    ('gemini-2.5-pro', 'claude-opus-4-6', 'claude-opus-4-6')
    >>> bare("ft:gpt-4o-mini:acme::8x2k")
    'gpt-4o-mini'
    """
    whole = _TUNED.sub(r"\1", model[:MAX_NAME].strip().lower())  # before and after the provider: both are written
    name = _TUNED.sub(r"\1", whole.rpartition("/")[2])
    plain = _CLOUD.sub("", name)
    if plain != name:
        plain = _CLOUD_VERSION.sub("", plain)
    return _BEHIND.sub("", plain)
