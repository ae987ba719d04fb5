"""Which versions and models of a product a policy bans at one moment, as sets, by the order of its rules. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wiretell import policy as library
from wiretell.model.policy import Asked, Client, Policy, Rule
from wiretell.policy import Product
from wiretell.policy.versions import EVERY, Range, parse_range

NO_VERSIONS: Final = Range(())


@dataclass(frozen=True, slots=True)
class Banned:
    """The versions of a product that are banned whatever the model."""

    versions: Range
    rules: tuple[str, ...]
    """Ids of the rules that ban them."""

    @property
    def all(self) -> bool:
        """Whether every version is."""
        return self.versions == EVERY

    @property
    def allowed(self) -> tuple[Range, ...]:
        """What is left, in pieces, the newest last."""
        return tuple(Range((interval,)) for interval in self.versions.without.intervals)


def versions(policy: Policy, product: Product, at: dt.datetime) -> Banned:
    """Return which versions of a product are banned: each is decided by the first rule that holds it."""
    decided, banned, rules = NO_VERSIONS, NO_VERSIONS, []
    for rule in policy.rules:
        if rule.model is None and library.in_force(rule, policy.timezone, at) and names(rule, product):
            new = _held(rule, product).meet(decided.without)
            decided = decided.join(new)
            if rule.effect == "ban" and not new.is_empty:
                banned = banned.join(new)
                rules.append(rule.id)
    return Banned(banned, tuple(rules))


def names(rule: Rule, product: Product) -> bool:
    """Whether a rule's product and vendor hold a product, whatever version and model."""
    if rule.audits and all(each.product != product.name for each in rule.audited):
        return False
    bare = replace(rule, versions=None, model=None, audits=(), audited=())
    return library.matches(bare, Asked(Client(product.name, product.vendor)))


def _held(rule: Rule, product: Product) -> Range:
    held = parse_range(rule.versions) if rule.versions else EVERY
    if not rule.audits:
        return held
    audited = [
        parse_range(f"=={each.version}") for each in rule.audited if each.product == product.name and each.version
    ]
    return held.meet(_joined(audited))


def _joined(ranges: Iterable[Range]) -> Range:
    joined = NO_VERSIONS
    for each in ranges:
        joined = joined.join(each)
    return joined


@dataclass(frozen=True, slots=True)
class BannedModels:
    """Which of some models are banned for a product of any version."""

    names: tuple[str, ...]
    rules: tuple[str, ...]


def models(policy: Policy, product: Product, asked: Sequence[str], at: dt.datetime) -> BannedModels:
    """Return which of some models a policy bans for a product, by rules that name models and no versions."""
    plain = replace(policy, rules=tuple(rule for rule in policy.rules if rule.versions is None and not rule.audits))
    banned, rules = [], []
    for model in asked:
        decision = library.decide(plain, Asked(Client(product.name, product.vendor), model), at)
        if decision.effect == "ban" and decision.rule is not None and decision.rule.model is not None:
            banned.append(model)
            rules.append(decision.rule.id)
    return BannedModels(tuple(banned), tuple(dict.fromkeys(rules)))


def bans(policy: Policy, at: dt.datetime) -> tuple[Rule, ...]:
    """Return the bans in force."""
    return tuple(rule for rule in policy.rules if rule.effect == "ban" and library.in_force(rule, policy.timezone, at))


def told(found: Range) -> str:
    """Return the lowest version of a range that can be told, plain where there is one; empty where there is none."""
    return next(iter(found.examples()), "")
