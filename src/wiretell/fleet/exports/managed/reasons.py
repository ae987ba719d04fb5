"""Why a ban is in no agent's own settings: what its vendor documents no key for, or what needs none. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from wiretell import policy as library
from wiretell.fleet.exports.managed import reckoning
from wiretell.fleet.exports.managed.interface import Unexpressed
from wiretell.model.policy import Policy, Rule
from wiretell.policy import Product
from wiretell.policy.globs import model_fits

_WITHOUT_KEYS: Final = MappingProxyType(
    {
        "codex": (
            "requirements.toml has no documented key for a version, its models.new_thread is a default, and --model "
            "overrides that and what managed_config.toml sets",
            "https://developers.openai.com/codex/enterprise/managed-configuration",
        ),
        "gemini-cli": (
            "the system's settings.json has no documented key for a version, and --model and GEMINI_MODEL override its "
            "model.name",
            "google-gemini/gemini-cli:docs/cli/enterprise.md",
        ),
        "copilot-cli": (
            "models and the program itself are turned off on the enterprise's page at GitHub: managed-settings.json "
            "has no documented key for a version, and its model is a default that users may change",
            "https://docs.github.com/en/copilot/reference/enterprise-administrators/enterprise-managed-settings",
        ),
    }
)
"""Agents whose managed settings have neither versions nor models that hold, with the page that was looked at."""
_OF_MODELS: Final = MappingProxyType(
    {
        "claude-code": ("deniedModels", "https://code.claude.com/docs/en/settings-reference"),
        "opencode": ("its configuration", "https://opencode.ai/v1/docs/config/"),
    }
)
"""Agents whose managed settings name models, the key that does, and its page."""
_HIDDEN: Final = "rules before it decide all that it bans of this product."
_NO_VERSIONS: Final = "no documented key for a version of its own, or for all of it"
_JOINED: Final = "no documented key joins a model with a version"
_OTHERS: Final = "{} is for the vendor's own models: of other vendors' names it blocks some and lets others through"
"""Seen in Claude Code 2.1.330: a name that ends like a version of its own models ("gpt-5") is read as one and blocks
nothing, another ("gpt-5.1") is blocked as it is written."""
_UNKNOWN: Final = "no managed settings of its program are known to wiretell."


def reasons(policy: Policy, rule: Rule, product: Product, at: dt.datetime) -> Iterator[Unexpressed]:
    """Yield why no key of a product's settings stands for a ban that may concern it."""
    if rule.model is None and rule.id not in reckoning.versions(policy, product, at).rules:
        yield Unexpressed(product.name, rule.id, _HIDDEN)
    elif product.name in _WITHOUT_KEYS:
        yield _sourced(product, rule, *_WITHOUT_KEYS[product.name])
    elif product.name in _OF_MODELS:
        key, source = _OF_MODELS[product.name]
        yield _sourced(product, rule, _of_models(rule, product, key), source)
    elif rule.model is None:
        yield Unexpressed(product.name, rule.id, _UNKNOWN)


def _sourced(product: Product, rule: Rule, why: str, source: str) -> Unexpressed:
    return Unexpressed(product.name, rule.id, f"{why} ({source}).")


def _of_models(rule: Rule, product: Product, key: str) -> str:
    if rule.model is None:
        return _NO_VERSIONS
    if reckoning.is_narrow(rule):
        return _JOINED
    if any(model_fits((rule.model,), name) for name in reckoning.known_models(product)):
        return "rules before it decide the models that it names"
    if any(model_fits((rule.model,), name) for name in library.prices.shipped().entries):
        return _OTHERS.format(key)
    return f"it names no model that wiretell knows of for this product, and {key} takes names of models, no patterns"
