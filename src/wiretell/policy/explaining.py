"""Rules in plain words: what each says, what of the catalogue it is about, and why it does not decide on something."""

from __future__ import annotations

import datetime as dt
from typing import Final

from wiretell.model.policy import Asked, Policy, Rule
from wiretell.policy.conditions import Extent
from wiretell.policy.deciding import in_force, is_audited, matches_unknown
from wiretell.policy.globs import fits, model_fits
from wiretell.policy.inclusion import common
from wiretell.policy.periods import start_of_day
from wiretell.policy.products import model_families, products
from wiretell.policy.versions import order, parse_range

_DOES: Final = {"ban": "Bans", "warn": "Warns of", "allow": "Allows"}


def in_words(rule: Rule) -> str:
    """Return a rule as one sentence: `Bans claude-code in versions >=2.1.91,<2.1.198 from 2026-07-10 on.`"""
    versions = f" in versions {rule.versions}" if rule.versions else ""
    if versions and matches_unknown(rule):
        versions += " (a version that is not told counts)"
    since = f" from {rule.since} on" if rule.since else ""
    until = f" until the end of {rule.until}" if rule.until else ""
    return f"{_DOES[rule.effect]} {_about(rule)}{versions}{since}{until}."


def _about(rule: Rule) -> str:
    programs = " and ".join(
        filter(None, (_named("", rule.product), _named("programs of the vendor ", rule.vendor), _audited(rule)))
    )
    if rule.model is None:
        return programs
    models = _named("models ", rule.model)
    return f"{models} in {programs}" if programs else models


def _named(kind: str, glob: str | None) -> str:
    if glob == "*":
        return f"every program ({kind or 'product '}*)" if kind != "models " else "every model"
    return f"{kind}{glob}" if glob else ""


def _audited(rule: Rule) -> str:
    if not rule.audits:
        return ""
    names = (f"{each.product} {each.version}" if each.product else f"SHA-256 {each.sha256}" for each in rule.audited)
    return f"what audits found {rule.verdict} ({', '.join(names)})"


def products_of(rule: Rule) -> tuple[str, ...]:
    """Return the products of the catalogue that a rule may be about; none for one about models alone."""
    if rule.product is None and rule.vendor is None and not rule.audits:
        return ()
    return tuple(
        product.name
        for product in products().values()
        if any(
            not each.sha256
            and (each.product is None or fits(each.product, product.name))
            and (each.vendor is None or fits(each.vendor, product.vendor))
            for each in Extent.of(rule).known
        )
    )


def families_of(rule: Rule) -> tuple[str, ...]:
    """Return the known families of models (as globs) that a rule may be about."""
    if rule.model is None:
        return ()
    return tuple(family for family in model_families() if common(rule.model, family) is not None)


def why_not(policy: Policy, rule: Rule, asked: Asked, at: dt.datetime) -> str:
    """Say why a rule does not match something at a moment: the first reason; empty where it does. Pure."""
    zone = policy.timezone
    if not in_force(rule, zone, at):
        begun = rule.since is None or at >= start_of_day(zone, rule.since)
        return f"it ended with {rule.until}" if begun else f"it begins on {rule.since}"
    client = asked.client
    for kind, glob, value in (("product", rule.product, client.product), ("vendor", rule.vendor, client.vendor)):
        if glob is not None and not fits(glob, value):
            return f"{kind} {_or_none(value)} is not {glob}"
    if rule.model is not None and not model_fits((rule.model,), asked.model):
        return f"model {_or_none(asked.model)} is not {rule.model}"
    return _not_its_version(rule, asked)


def _not_its_version(rule: Rule, asked: Asked) -> str:
    version = order(asked.client.version)
    if rule.versions is not None:
        holds = matches_unknown(rule) if version is None else parse_range(rule.versions).holds(version)
        return "" if holds else f"version {_or_none(asked.client.version)} is not in {rule.versions}"
    if rule.audits and not any(is_audited(rule, each, asked) for each in rule.audited):
        return "it is none of what was audited"
    return ""


def _or_none(value: str) -> str:
    return value or "(none)"
