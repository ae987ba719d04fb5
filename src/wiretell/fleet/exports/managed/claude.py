"""Claude Code: `managed-settings.json`. The one agent whose vendor documents a least version that starts."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

from wiretell import policy as library
from wiretell.fleet.exports.managed import reckoning
from wiretell.fleet.exports.managed.interface import Key, ManagedFile, Part, Unexpressed
from wiretell.fleet.exports.managed.reckoning import Banned
from wiretell.model.policy import Policy
from wiretell.policy import Product
from wiretell.policy.versions import EVERY, spelled

_SETTINGS: Final = "https://code.claude.com/docs/en/settings-reference"
_PRODUCT: Final = "claude-code"
_NEVER: Final = "999999.0.0"
"""No release has this number, so that no version that knows the key starts."""
_FAMILIES: Final = ("opus", "sonnet", "haiku", "fable")
"""Aliases that block a family, by the page on model configuration."""
_AGES: Final = "Versions before 2.1.163 do not know this key and start all the same: remove those."

_NO_CEILING: Final = (
    "requiredMaximumVersion names the newest version that may start, and a range that begins with a banned version "
    "does not tell which one that is: write the rule as versions = '>X' to have it."
)


def part(policy: Policy, at: dt.datetime) -> Part:
    """Return `managed-settings.json`, and what it cannot say."""
    product = library.products()[_PRODUCT]
    banned = reckoning.versions(policy, product, at)
    keys, unexpressed = _version_keys(banned)
    keys += _model_keys(policy, product, at)
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
    keys, unexpressed = [], []
    (low, high), (least, most) = kept.intervals[0], EVERY.intervals[0]
    stricter = " Older versions that the policy lets be are kept out too." if len(banned.allowed) > 1 else ""
    if low != least:
        keys.append(_key("requiredMinimumVersion", reckoning.told(kept), banned, _AGES + stricter))
    if high != most and high[1] == 1:
        keys.append(_key("requiredMaximumVersion", _spelled(high[0]), banned, _AGES))
    elif high != most:
        unexpressed = [Unexpressed(_PRODUCT, rule, _NO_CEILING) for rule in banned.rules[-1:]]
    return keys, unexpressed


def _spelled(key: Any) -> str:
    """Return a version's text, with the three numbers that the vendor's have."""
    text = spelled(key)
    return text + ".0" * (2 - text.count(".")) if text.replace(".", "").isdigit() else text


def _key(name: str, version: str, banned: Banned, note: str) -> Key:
    return Key(name, json.dumps(version), banned.rules, f"{_SETTINGS}#{name.lower()}", "2.1.163", note.strip())


def _model_keys(policy: Policy, product: Product, at: dt.datetime) -> list[Key]:
    """Return `deniedModels`: a family by its alias where all of it is banned, else the models by their names."""
    known = sorted(name for name in library.prices.shipped().entries if library.vendor_of(name) == product.vendor)
    denied: list[str] = []
    rules: list[str] = []
    for family in _FAMILIES:
        members = [name for name in known if family in name]
        unseen = f"claude-{family}-99"
        found = reckoning.models(policy, product, [*members, unseen], at)
        denied += [family] if {*members, unseen} == {*found.names} else [each for each in found.names if each != unseen]
        rules += found.rules
    if not denied:
        return []
    ordered = tuple(rule.id for rule in policy.rules if rule.id in rules)
    return [
        Key(
            "deniedModels",
            json.dumps(denied),
            ordered,
            f"{_SETTINGS}#deniedmodels",
            "2.1.283",
            "A name without a minor version blocks later minor versions too. Families and models that come later are "
            "not in it: export again then." + _all_denied(denied),
        )
    ]


def _all_denied(denied: list[str]) -> str:
    if set(_FAMILIES) - set(denied):
        return ""
    return " With every family denied no model is left, and Claude Code does not start."
