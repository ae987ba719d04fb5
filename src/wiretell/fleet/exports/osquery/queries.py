"""Queries from a policy: `tables` finds, the policy's rules decide, the first that matches, as `policy.decide` does.

Product and vendor of what is found are those of the catalogue, so rules that name them are resolved here; what is left
to the machine are versions, hashes and the day. A rule that names a model cannot match an install, there or here.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wiretell import policy as policies
from wiretell.fleet.exports.osquery import versions_sql
from wiretell.fleet.exports.osquery.literals import rows, text, texts
from wiretell.fleet.exports.osquery.tables import COLUMNS, SOURCES, Products, Reach, Source
from wiretell.model.policy import Effect, Policy, Rule
from wiretell.policy import Product
from wiretell.policy.globs import fits
from wiretell.policy.periods import start_of_day
from wiretell.policy.versions import order, parse_range

DECIDED: Final = (*COLUMNS, "model", "effect", "rule", "since", "until", "reason", "instead")
"""Columns of the queries of a policy. `model` is empty: osquery's tables know of none."""

EVERY: Final = ("ban", "warn", "allow", "pass")

_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Query:
    """One query."""

    name: str
    """`wiretell_inventory_npm`, `wiretell_policy_npm`: stable, as `fleet report` reads them back."""
    sql: str
    """One statement, with a semicolon."""
    platform: str
    """`posix` or `linux`."""
    least: str
    """Version of osquery that it needs."""
    told: str
    """What a row of it means, as a sentence."""
    snapshot: bool = False
    """Whether all its rows are to be logged each time, not those alone that appeared or vanished."""


_MACHINE: Final = Query(
    "wiretell_inventory_machine",
    "SELECT " + ", ".join(f"'' AS {column}" for column in COLUMNS) + " FROM time;",
    "posix",
    "5.0.0",
    "One row always, with nothing in it: the machine asked itself, whether it has agents or not.",
    snapshot=True,
)


def inventory(products: Products | None = None, reach: Reach | None = None) -> tuple[Query, ...]:
    """Return the queries that list every agent of the catalogue, without a policy, and one that tells that the machine
    was asked. Pure.

    All are snapshots: a machine on which nothing changes, or on which there is nothing, is heard of all the same.
    """
    made = _found(policies.products() if products is None else products, reach or Reach())
    listing = (
        Query(
            f"wiretell_inventory_{source.name}",
            _tidy(f"WITH RECURSIVE {found}\nSELECT {', '.join(COLUMNS)} FROM found ORDER BY product, path;"),
            source.platform,
            source.least,
            source.told,
            snapshot=True,
        )
        for source, found in made
    )
    return (*listing, _MACHINE)


def decisions(
    policy: Policy,
    products: Products | None = None,
    reach: Reach | None = None,
    effects: Sequence[str] = ("ban", "warn"),
) -> tuple[Query, ...]:
    """Return the queries that hold what is found against a policy, with the machine's clock. Pure.

    `effects`: which decisions give a row; `pass` is what no rule decides. Native programs are hashed only where a
    rule goes by hash, whatever `reach` says. Products that no rule can decide on are not looked for, unless `pass` is
    asked for.
    """
    every = policies.products() if products is None else products
    looked = every if "pass" in effects else _decidable(policy, every, effects)
    far = replace(reach or Reach(), hashes=_goes_by_hash(policy))
    return tuple(
        Query(
            f"wiretell_policy_{source.name}",
            _decided(policy, looked, found, effects),
            source.platform,
            source.least,
            f"{source.told} Each with what the policy says of it.",
        )
        for source, found in _found(looked, far)
    )


def bans(policy: Policy, rule: Rule, products: Products | None = None, reach: Reach | None = None) -> tuple[Query, ...]:
    """Return the queries of `decisions` for the installs that one rule can ban; none where it can ban no install. Pure.

    Rules before it decide what they decide: a row may name another rule. Processes are left out: what they run from is
    an install, and is found as that.
    """
    every = policies.products() if products is None else products
    named = {name: product for name, product in every.items() if rule.effect == "ban" and _names(rule, product)}
    made = decisions(policy, named, reach, ("ban",)) if named else ()
    return tuple(query for query in made if not query.name.endswith("_processes"))


def unless_banned(rule: Rule, queries: Iterable[Query]) -> str:
    """Return a query with one row where a rule bans nothing, and none where it does: what a policy of Fleet is.

    `queries`: of `bans`.
    """
    parts = (
        f"NOT EXISTS (SELECT 1 FROM (\n{query.sql.rstrip(';')}\n) WHERE effect = 'ban' AND rule = {text(rule.id)})"
        for query in queries
    )
    return f"SELECT 1 AS passed WHERE {' AND '.join(parts)};"


def _found(products: Products, reach: Reach) -> list[tuple[Source, str]]:
    made = ((source, source.found(products, reach)) for source in SOURCES)
    return [(source, found) for source, found in made if found is not None]


def _decidable(policy: Policy, products: Products, effects: Sequence[str]) -> Products:
    return {
        name: product
        for name, product in products.items()
        if any(rule.effect in effects and _names(rule, product) for rule in policy.rules)
    }


def _goes_by_hash(policy: Policy) -> bool:
    return any(each.sha256 for rule in policy.rules for each in rule.audited)


def _names(rule: Rule, product: Product) -> bool:
    """Whether a rule can match installs of a product, by the names alone."""
    if rule.model is not None:
        return False
    if rule.product is not None and not fits(rule.product, product.name):
        return False
    if rule.vendor is not None and not fits(rule.vendor, product.vendor):
        return False
    return not rule.audits or any(each.product in ("", product.name) for each in rule.audited)


def _decided(policy: Policy, products: Products, found: str, effects: Sequence[str]) -> str:
    numbered = enumerate(policy.rules, 1)
    rules = [(number, rule, said) for number, rule in numbered if (said := _condition(rule, policy.timezone, products))]
    whens = " ".join(f"WHEN {said} THEN {number}" for number, _, said in rules)
    told = rows((number, *_told(rule)) for number, rule, _ in rules) if rules else "SELECT 0, '', '', '', '', '', ''"
    columns = ", ".join(f"f.{column}" for column in COLUMNS)
    by_version = "k.key" in whens
    return _tidy(f"""WITH RECURSIVE {found}, {f"{versions_sql.ctes()}, " if by_version else ""}
today(at) AS (SELECT unix_time FROM time),
ruled({", ".join(COLUMNS)}, number) AS (
  SELECT {columns}, {f"CASE {whens} END" if rules else "NULL"}
  FROM found f CROSS JOIN today t {"LEFT JOIN keys k ON k.version = f.version" if by_version else ""}
), rules(number, effect, rule, since, until, reason, instead) AS ({told})
SELECT {columns}, '' AS model, {_texts("effect", "pass")}, {_texts("rule", "")},
  {", ".join(_texts(name, "") for name in ("since", "until", "reason", "instead"))}
FROM ruled f LEFT JOIN rules r ON r.number = f.number
WHERE coalesce(r.effect, 'pass') IN {texts(effects)} ORDER BY f.product, f.path;""")


def _tidy(sql: str) -> str:
    """Return it without spaces at the ends of lines, which YAML's blocks cannot hold."""
    return "\n".join(line.rstrip() for line in sql.split("\n"))


def _texts(name: str, otherwise: str) -> str:
    return f"coalesce(r.{name}, {text(otherwise)}) AS {name}"


def _told(rule: Rule) -> tuple[Effect, str, str, str, str, str]:
    since, until = (str(day) if day else "" for day in (rule.since, rule.until))
    return rule.effect, rule.id, since, until, rule.reason, rule.instead


def _condition(rule: Rule, zone: str, products: Mapping[str, Product]) -> str:
    """Return when a rule decides, of `f` (what is found), `k` (its version) and `t` (now); empty: never."""
    named = [name for name, product in products.items() if _names(rule, product)]
    if not named:
        return ""
    parts = [] if len(named) == len(products) else [f"f.product IN {texts(named)}"]
    if rule.since is not None:
        parts.append(f"t.at >= {_begins(zone, rule.since)}")
    if rule.until is not None and rule.until < dt.date.max:
        parts.append(f"t.at < {_begins(zone, rule.until + _DAY)}")
    if rule.versions is not None:
        parts.append(_of_versions(rule, versions_sql.within(parse_range(rule.versions))))
    if rule.audits:
        parts.append(_of_audits(rule))
    return " AND ".join(parts) or "1"


def _begins(zone: str, day: dt.date) -> int:
    """Return the first whole second of a day."""
    return math.ceil(start_of_day(zone, day).timestamp())


def _of_versions(rule: Rule, condition: str) -> str:
    """A version that cannot be read counts as one of a ban or a warning, as none of an allowance."""
    return f"{condition} IS 1" if rule.effect == "allow" else f"(k.key IS NULL OR {condition})"


def _of_audits(rule: Rule) -> str:
    hashes = [each.sha256 for each in rule.audited if not each.product]
    parts = [f"f.sha256 IN {texts(hashes)}"] if hashes else []
    for each in rule.audited:
        key = order(each.version) if each.product else None
        if each.product:
            same = f"k.key = {text(versions_sql.key(key))}" if key is not None else "0"
            parts.append(f"(f.product = {text(each.product)} AND {_of_versions(rule, f'({same})')})")
    return f"({' OR '.join(parts)})"
