"""VS Code: the policy `AllowedExtensions`, which disables extensions that are installed already."""

from __future__ import annotations

import datetime as dt
import json
from typing import Final

from wiretell import policy as library
from wiretell.fleet.exports.managed import reckoning
from wiretell.fleet.exports.managed.interface import Key, ManagedFile, Part, Unexpressed
from wiretell.fleet.exports.managed.reckoning import Banned
from wiretell.model.policy import Policy
from wiretell.policy.versions import spelled

AGENT: Final = "vscode"
_SOURCE: Final = "https://code.visualstudio.com/docs/enterprise/extensions#_configure-allowed-extensions"
_RANGE: Final = (
    "AllowedExtensions takes single versions and no ranges: list the versions that are allowed as rules of their own "
    "(effect = 'allow', versions = '==X') before the ban."
)
_NOTE: Final = (
    "An extension that is not allowed is disabled where it is installed. This replaces what the machines had in "
    "AllowedExtensions before: merge it with theirs. Editors of the same family have their own policies."
)


def part(policy: Policy, at: dt.datetime) -> Part:
    """Return `policy.json`, where an extension is banned as a whole or but for single versions."""
    allowed: dict[str, bool | list[str]] = {}
    rules: list[str] = []
    unexpressed: list[Unexpressed] = []
    for product in library.products().values():
        banned = reckoning.versions(policy, product, at) if product.extensions else None
        if banned is None or banned.versions.is_empty:
            continue
        value = _value(banned)
        if value is None:
            unexpressed += [Unexpressed(AGENT, rule, f"{product.name}: {_RANGE}") for rule in banned.rules]
        else:
            allowed |= dict.fromkeys(product.extensions, value)
            rules += banned.rules
    if not allowed:
        return Part((), tuple(unexpressed))
    ordered = tuple(rule.id for rule in policy.rules if rule.id in rules)
    return Part((_file({"*": True, **dict(sorted(allowed.items()))}, ordered),), tuple(unexpressed))


def _value(banned: Banned) -> bool | list[str] | None:
    """Return False for a ban of all, the versions where only single ones are left, and None for what is neither."""
    if banned.all:
        return False
    intervals = [each.intervals[0] for each in banned.allowed]
    single = all(low[0] == high[0] and (low[1], high[1]) == (0, 1) for low, high in intervals)
    return [spelled(low[0]) for low, _ in intervals] if single else None


def _file(allowed: dict[str, bool | list[str]], rules: tuple[str, ...]) -> ManagedFile:
    value = json.dumps(allowed)
    return ManagedFile(
        agent=AGENT,
        name="vscode/policy.json",
        place="/etc/vscode/policy.json",
        elsewhere="Windows and macOS: the policy AllowedExtensions with the same text as its value",
        content=json.dumps({"AllowedExtensions": value}, indent=2, ensure_ascii=False) + "\n",
        keys=(Key("AllowedExtensions", json.dumps(value), rules, _SOURCE, "1.96 (Linux: 1.106)", _NOTE),),
    )
