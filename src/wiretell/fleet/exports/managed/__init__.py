"""From a policy to the agents' own managed settings, as far as their vendors document keys for it. Pure.

A ban of versions becomes a least version, a ban of models a list of denied ones, a ban of an extension VS Code's list
of those allowed. What no key can say is told per rule and agent. These settings are order, not security: who may write
the files may change them, and who brings a program of his own is not bound by them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from wiretell import policy as library
from wiretell.fleet.exports.managed import claude, opencode, reckoning, vscode
from wiretell.fleet.exports.managed.interface import Key, Managed, ManagedFile, Part, Unexpressed
from wiretell.fleet.exports.managed.reasons import reasons
from wiretell.model.policy import Policy, Rule
from wiretell.policy import Product

__all__ = ["Key", "Managed", "ManagedFile", "Unexpressed", "managed"]

_BY_HASH: Final = "it knows programs by their hash, and no agent's settings do."
_OTHERS: Final = "agents that are not named here have no managed settings for models that wiretell knows of."


def managed(policy: Policy, at: dt.datetime) -> Managed:
    """Return managed settings for the rules in force at a moment (with a time zone)."""
    parts = {
        "claude-code": claude.part(policy, at),
        "opencode": opencode.part(policy, at),
        vscode.AGENT: vscode.part(policy, at),
    }
    files = tuple(file for part in parts.values() for file in part.files)
    unexpressed = [each for part in parts.values() for each in part.unexpressed]
    unexpressed += _left(policy, at, parts)
    unexpressed += _other_rules(policy, at)
    moment = at.astimezone(ZoneInfo(policy.timezone)).isoformat(timespec="seconds")
    order = {rule.id: number for number, rule in enumerate(policy.rules)}
    unexpressed.sort(key=lambda each: (order.get(each.rule, len(order)), each.agent))
    return Managed(policy.source, policy.sha256, moment, files, tuple(dict.fromkeys(unexpressed)))


def _left(policy: Policy, at: dt.datetime, parts: dict[str, Part]) -> Iterator[Unexpressed]:
    """Yield what is left of each ban in force: an agent that it may concern, and none of whose keys stands for it."""
    for rule in reckoning.bans(policy, at):
        for product in library.products().values():
            if reckoning.names(rule, product) and not _expressed(rule, product, parts):
                yield from reasons(policy, rule, product, at)
        if rule.model is not None:
            yield Unexpressed("", rule.id, _OTHERS)
        if any(not each.product for each in rule.audited):
            yield Unexpressed("", rule.id, _BY_HASH)


def _expressed(rule: Rule, product: Product, parts: dict[str, Part]) -> bool:
    """Whether a key stands for a rule, or an exporter has said why not. What is an extension alone is the editor's."""
    editor = bool(product.extensions) and not product.commands and rule.model is None
    part = parts.get(vscode.AGENT if editor else product.name, Part())
    named = any(rule.id in key.rules for file in part.files for key in file.keys)
    return named or any(each.rule == rule.id for each in part.unexpressed)


def _other_rules(policy: Policy, at: dt.datetime) -> Iterator[Unexpressed]:
    for rule in policy.rules:
        if rule.effect == "warn":
            yield Unexpressed("", rule.id, "it warns: no agent's settings have a warning of somebody else's.")
        elif not library.in_force(rule, policy.timezone, at):
            when = f"from {rule.since}" if rule.since and not _over(rule, policy, at) else f"until {rule.until}"
            yield Unexpressed("", rule.id, f"it is in force {when}, not at this moment: export again then.")
    for budget in policy.budgets:
        yield Unexpressed("", budget.id, "it is a budget: the gateway counts, an agent's settings do not.")


def _over(rule: Rule, policy: Policy, at: dt.datetime) -> bool:
    return rule.until is not None and at.astimezone(ZoneInfo(policy.timezone)).date() > rule.until
