"""Claude Code: `managed-settings.json`. The one agent whose vendor documents a least version that starts."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from typing import Any, Final

from wiretell import policy as library
from wiretell.fleet.exports.managed import reckoning
from wiretell.fleet.exports.managed.interface import Key, ManagedFile, Part, Unexpressed
from wiretell.fleet.exports.managed.reckoning import NO_MODELS, Banned, BannedModels
from wiretell.model.policy import Policy
from wiretell.policy import Product
from wiretell.policy.versions import EVERY, Cut, spelled

_SETTINGS: Final = "https://code.claude.com/docs/en/settings-reference"
_PRODUCT: Final = "claude-code"
_NEVER: Final = "999999.0.0"
"""No release has this number, so that no version that knows the key starts."""
_FAMILIES: Final = ("opus", "sonnet", "haiku", "fable")
"""Aliases that block a family, by the page on model configuration."""
_AGES: Final = "Versions before 2.1.163 do not know this key and start all the same: remove those."
_MODELS_SINCE: Final = "2.1.283"
_DENIED: Final = (
    "Who asks for one of these gets the default model, with a warning. A name without a minor version blocks later "
    "minor versions too, one with a date every date of its version. Families and models that come later are not in "
    "it: export again then. Nor are other vendors' models and names that a gateway gives to some. Versions before "
    f"{_MODELS_SINCE} do not know this key and use all models: ban them too (versions = '<{_MODELS_SINCE}')."
)

_SEMVER: Final = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?", re.ASCII)
"""Versions as the vendor's keys take them (https://semver.org); PyPI's forms are none."""
_NO_CEILING: Final = (
    "requiredMaximumVersion names the newest version that may start, as X.Y.Z, and a range that begins with a banned "
    "version does not tell which one that is: write the rule as versions = '>X.Y.Z' to have it."
)
_NO_FLOOR: Final = (
    "requiredMinimumVersion names the oldest version that may start, as X.Y.Z, and the versions that these rules leave "
    "begin with none that can be told so: write the rule as versions = '<X.Y.Z' to have it."
)


def part(policy: Policy, at: dt.datetime) -> Part:
    """Return `managed-settings.json`, and what it cannot say."""
    product = library.products()[_PRODUCT]
    banned = reckoning.versions(policy, product, at)
    keys, unexpressed = _version_keys(banned)
    more_keys, more_unexpressed = _model_keys(policy, product, at)
    keys, unexpressed = [*keys, *more_keys], [*unexpressed, *more_unexpressed]
    if not keys:
        return Part((), tuple(unexpressed))
    content: dict[str, Any] = {key.name: json.loads(key.value) for key in keys}
    file = ManagedFile(
        agent=_PRODUCT,
        name="claude-code/managed-settings.json",
        place="/etc/claude-code/managed-settings.json",
        elsewhere="macOS: /Library/Application Support/ClaudeCode/; Windows: C:\\Program Files\\ClaudeCode\\",
        content=json.dumps(content, indent=2, ensure_ascii=False) + "\n",
        keys=tuple(keys),
    )
    return Part((file,), tuple(unexpressed))


def _version_keys(banned: Banned) -> tuple[list[Key], list[Unexpressed]]:
    if banned.versions.is_empty:
        return [], []
    if banned.all:
        note = f"Every version is banned: no release has this number, so none starts. {_AGES}"
        return [_key("requiredMinimumVersion", _NEVER, banned, note)], []
    kept = banned.allowed[-1]
    keys: list[Key] = []
    missing: list[tuple[Cut, str]] = []
    (low, high), (least, most) = kept.intervals[0], EVERY.intervals[0]
    stricter = " Older versions that the policy lets be are kept out too." if len(banned.allowed) > 1 else ""
    if low != least:
        floor = reckoning.told(kept)
        if _SEMVER.fullmatch(floor):
            keys.append(_key("requiredMinimumVersion", floor, banned, _AGES + stricter))
        else:
            missing.append((low, _NO_FLOOR))
    if high != most:
        ceiling = spelled(high[0]) if high[1] == 1 else ""
        if _SEMVER.fullmatch(ceiling):
            keys.append(_key("requiredMaximumVersion", ceiling, banned, _AGES))
        else:
            missing.append((high, _NO_CEILING))
    rules = [(rule, why) for cut, why in missing for rule in (reckoning.beside(banned, cut) if keys else banned.rules)]
    return keys, [Unexpressed(_PRODUCT, rule, why) for rule, why in rules]


def _key(name: str, version: str, banned: Banned, note: str) -> Key:
    return Key(name, json.dumps(version), banned.rules, f"{_SETTINGS}#{name.lower()}", "2.1.163", note.strip())


def _model_keys(policy: Policy, product: Product, at: dt.datetime) -> tuple[list[Key], list[Unexpressed]]:
    """Return `deniedModels`, and what is not in it as some versions may use it."""
    denied, found = _denied(policy, product, at)
    unexpressed = reckoning.let_through(product, found)
    if not denied:
        return [], unexpressed
    rules = {rule for each in found for rule in each.rules}
    ordered = tuple(rule.id for rule in policy.rules if rule.id in rules)
    key = Key(
        "deniedModels",
        json.dumps(denied),
        ordered,
        f"{_SETTINGS}#deniedmodels",
        _MODELS_SINCE,
        _DENIED + _all_denied(denied),
    )
    return [key], unexpressed


def _denied(policy: Policy, product: Product, at: dt.datetime) -> tuple[list[str], list[BannedModels]]:
    """Return a family's alias where all of it is banned, else the models by their names, as those of no family are; and
    what that comes from."""
    known = reckoning.known_models(product)
    denied: list[str] = []
    every: list[BannedModels] = []
    for family in (*_FAMILIES, ""):
        members = [name for name in known if _family(name) == family]
        found = reckoning.models(policy, product, members, at)
        later = reckoning.models(policy, product, [f"claude-{family}-99"], at) if family else NO_MODELS
        if later.names and len(found.names) == len(members):
            denied.append(family)
        else:
            denied += found.names
            later = replace(later, rules=())
        every += [found, later]
    return denied, every


def _family(model: str) -> str:
    """Return the alias of a model's family; empty where it has none."""
    return next((family for family in _FAMILIES if family in model), "")


def _all_denied(denied: list[str]) -> str:
    if set(_FAMILIES) - set(denied):
        return ""
    return " With every family denied no default is left: Claude Code starts only where a name not in it is asked for."
