"""OpenCode: a managed `opencode.json`. It knows providers and models, no versions of itself."""

from __future__ import annotations

import datetime as dt
import json
from types import MappingProxyType
from typing import Any, Final

from wiretell import policy as library
from wiretell.fleet.exports.managed import reckoning
from wiretell.fleet.exports.managed.interface import Key, ManagedFile, Part
from wiretell.model.policy import Policy

_SCHEMA: Final = "https://opencode.ai/config.json"
_PROVIDERS: Final = MappingProxyType(
    {
        "anthropic": ("anthropic", "claude-99"),
        "openai": ("openai", "gpt-99"),
        "google": ("google", "gemini-99"),
        "deepseek": ("deepseek", "deepseek-99"),
        "alibaba": ("alibaba", "qwen99"),
        "moonshot": ("moonshotai", "kimi-99"),
        "zai": ("zai", "glm-99"),
        "mistral": ("mistral", "mistral-99"),
        "xai": ("xai", "grok-99"),
        "minimax": ("minimax", "minimax-99"),
    }
)
"""By vendor of models: the provider's id (https://models.dev, whose ids opencode takes), and a model that nobody has,
which stands for those that come later."""
_ELSEWHERE: Final = (
    "Other providers that offer the same models are not in it: enabled_providers is the list of those allowed."
)
_PROVIDERS_NOTE: Final = (
    f"{_ELSEWHERE} OpenCode 1 obeys this key; OpenCode 2 documents experimental.policies in its place."
)
_MODELS_NOTE: Final = (
    "The models that wiretell knows today, by name: variants that only the provider lists (-fast), later ones and "
    "names that a user's own configuration gives to them are not in it. Export again when there are new ones. "
    f"{_ELSEWHERE} OpenCode 1 obeys this key; of OpenCode 2 it is not known."
)


def part(policy: Policy, at: dt.datetime) -> Part:
    """Return the managed `opencode.json`, where a rule bans models of a vendor that is a provider of its own."""
    product = library.products()["opencode"]
    disabled: dict[str, tuple[str, ...]] = {}
    listed: dict[str, reckoning.BannedModels] = {}
    every: list[reckoning.BannedModels] = []
    for vendor, (provider, unseen) in _PROVIDERS.items():
        known = sorted(name for name in library.prices.shipped().entries if library.vendor_of(name) == vendor)
        found = reckoning.models(policy, product, known, at)
        later = reckoning.models(policy, product, [unseen], at)
        every += [found, later]
        if later.names and len(found.names) == len(known):
            disabled[provider] = tuple(dict.fromkeys((*found.rules, *later.rules)))
        elif found.names:
            listed[provider] = found
    unexpressed = tuple(reckoning.let_through(product, every))
    return Part((_file(disabled, listed),) if disabled or listed else (), unexpressed)


def _file(disabled: dict[str, tuple[str, ...]], listed: dict[str, reckoning.BannedModels]) -> ManagedFile:
    content: dict[str, Any] = {"$schema": _SCHEMA}
    keys = []
    if disabled:
        content["disabled_providers"] = [*disabled]
        source = "https://opencode.ai/v1/docs/config/#disabled-providers"
        rules = tuple(dict.fromkeys(rule for named in disabled.values() for rule in named))
        keys.append(Key("disabled_providers", json.dumps([*disabled]), rules, source, note=_PROVIDERS_NOTE))
    if listed:
        content["provider"] = {name: {"blacklist": [*banned.names]} for name, banned in listed.items()}
        keys += [
            Key(f"provider.{name}.blacklist", json.dumps(banned.names), banned.rules, _SCHEMA, note=_MODELS_NOTE)
            for name, banned in listed.items()
        ]
    return ManagedFile(
        agent="opencode",
        name="opencode/opencode.json",
        place="/etc/opencode/opencode.json",
        elsewhere="macOS: /Library/Application Support/opencode/; Windows: %ProgramData%\\opencode",
        content=json.dumps(content, indent=2, ensure_ascii=False) + "\n",
        keys=tuple(keys),
    )
