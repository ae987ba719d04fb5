"""Which versions and models of a product a policy bans at one moment, as sets, by the order of its rules. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wiretell import policy as library
from wiretell.fleet.exports.managed.interface import Unexpressed
from wiretell.model.policy import Asked, Client, Policy, Rule
from wiretell.policy import Product
from wiretell.policy.globs import model_fits
from wiretell.policy.versions import EVERY, Cut, Range, order, parse_range, spelled

NO_VERSIONS: Final = Range(())
_LET: Final = (
    "rule {}, which comes before it, lets some versions use models that it bans, and no documented key joins a model "
    "with a version: these models are left out."
)


@dataclass(frozen=True, slots=True)
class Banned:
    """The versions of a product that are banned whatever the model."""

    versions: Range
    rules: tuple[str, ...]
    """Ids of the rules that ban them."""
    shares: tuple[Range, ...] = ()
    """What each of these bans that no rule before it decides."""

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
    decided, banned, rules, shares = NO_VERSIONS, NO_VERSIONS, [], []
    for rule in policy.rules:
        if rule.model is None and library.in_force(rule, policy.timezone, at) and names(rule, product):
            new = _held(rule, product).meet(decided.without)
            decided = Range.union((decided, new))
            if rule.effect == "ban" and not new.is_empty:
                banned = Range.union((banned, new))
                rules.append(rule.id)
                shares.append(new)
    return Banned(banned, tuple(rules), tuple(shares))


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
    keys = [order(each.version) for each in rule.audited if each.product == product.name]
    return held.meet(Range.union(parse_range(f"=={spelled(key)}") for key in keys if key is not None))


@dataclass(frozen=True, slots=True)
class BannedModels:
    """Which of some models are banned for a product of any version."""

    names: tuple[str, ...]
    rules: tuple[str, ...]
    let: tuple[tuple[str, str], ...] = ()
    """Ids of a ban and of a rule before it that lets some versions use models of it: these are not in `names`."""


NO_MODELS: Final = BannedModels((), ())


def models(policy: Policy, product: Product, asked: Sequence[str], at: dt.datetime) -> BannedModels:
    """Return which of some models a policy bans for a product, whatever its version, by rules that name models."""
    rules = [rule for rule in policy.rules if library.in_force(rule, policy.timezone, at) and names(rule, product)]
    banned: dict[str, str] = {}
    let: dict[tuple[str, str], None] = {}
    for model in asked:
        concerned = [rule for rule in rules if rule.model is None or model_fits((rule.model,), model)]
        plain = next((number for number, rule in enumerate(concerned) if not is_narrow(rule)), None)
        ban = concerned[plain] if plain is not None else None
        if ban is None or ban.effect != "ban" or ban.model is None:
            continue
        narrow = [rule for rule in concerned[:plain] if rule.effect != "ban"]
        if narrow:
            let |= {(ban.id, rule.id): None for rule in narrow}
        else:
            banned[model] = ban.id
    return BannedModels(tuple(banned), tuple(dict.fromkeys(banned.values())), tuple(let))


def is_narrow(rule: Rule) -> bool:
    """Whether a rule matches some versions or programs of a product alone."""
    return rule.versions is not None or bool(rule.audits)


def let_through(product: Product, found: Iterable[BannedModels]) -> list[Unexpressed]:
    """Return what is told of models that are banned but for some versions."""
    pairs = dict.fromkeys(pair for each in found for pair in each.let)
    return [Unexpressed(product.name, ban, _LET.format(before)) for ban, before in pairs]


def known_models(product: Product) -> list[str]:
    """Return the names of models that a product's settings may name: of its own vendor's, where that has models."""
    every = sorted(library.prices.shipped().entries)
    return [name for name in every if library.vendor_of(name) == product.vendor] or every


def bans(policy: Policy, at: dt.datetime) -> tuple[Rule, ...]:
    """Return the bans in force."""
    return tuple(rule for rule in policy.rules if rule.effect == "ban" and library.in_force(rule, policy.timezone, at))


def told(found: Range) -> str:
    """Return the lowest version of a range that can be told, plain where there is one; empty where there is none."""
    return next(iter(found.examples()), "")


def beside(banned: Banned, cut: Cut) -> tuple[str, ...]:
    """Return ids of the rules whose bans begin or end at a place between versions."""
    shares = zip(banned.rules, banned.shares, strict=True)
    return tuple(rule for rule, share in shares if any(cut in interval for interval in share.intervals))
