"""What text and page say alike: verdict, headline, order of rows. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wiretell.report.console import limited
from wiretell.report.fleet_report.document_v1 import Banned, FleetReportDocument, Version
from wiretell.report.words import plural

VERSIONS_TOLD = 12
EFFECTS = {"ban": "banned", "warn": "warning", "allow": "allowed", "pass": "no rule"}


@dataclass(frozen=True, slots=True)
class Expiring:
    """What a rule will ban from a day on, of one product."""

    day: str
    product: str
    rule: str
    items: Sequence[Version]

    @property
    def told(self) -> str:
        """Which versions and models, the first few."""
        names = dict.fromkeys(item.model or item.version or "version not known" for item in self.items)
        return ", ".join(limited(list(names), VERSIONS_TOLD))

    @property
    def most(self) -> int:
        """Machines, at most: some may have several versions."""
        return sum(item.machines for item in self.items)


def banned_machines(document: FleetReportDocument) -> int:
    """Return on how many machines something is banned."""
    return sum(team.banned for team in document.teams)


def verdict(document: FleetReportDocument) -> str:
    """Return the first word of the report."""
    if document.policy is None:
        return "INVENTORY"
    return "BANNED" if document.banned else "NOTHING BANNED"


def headline(document: FleetReportDocument) -> str:
    """Return the report in one sentence."""
    of = plural(document.machines, "machine")
    if document.policy is None:
        return f"{plural(len(products(document)), 'product')} on {of}."
    if not document.banned:
        return f"Nothing banned was found on {of}, of what was looked at."
    return f"{banned_machines(document):,} of {of} have something banned."


def aside(document: FleetReportDocument) -> str:
    """Return what a reader must not overlook."""
    silent = sum(team.silent for team in document.teams)
    told = [f"{plural(silent, 'machine')} not heard of for {document.silent_days} days"] if silent else []
    told += ["some files or lines not read, see below"] if document.unread else []
    expiring = sum(team.expiring for team in document.teams)
    told += [f"{plural(expiring, 'machine')} with something that will be banned within {document.ahead_days} days"] * (
        expiring > 0
    )
    return "; ".join(told)


def products(document: FleetReportDocument) -> dict[str, list[Version]]:
    """Return versions by product, the most machines first; settings that belong to no product last."""
    found: defaultdict[str, list[Version]] = defaultdict(list)
    for item in document.versions:
        found[item.product].append(item)
    return dict(sorted(found.items(), key=lambda each: (not each[0], -sum(v.machines for v in each[1]), each[0])))


def expiring(document: FleetReportDocument) -> Sequence[Expiring]:
    """Return what will be banned, soonest first: versions of a product that go on one day by one rule are one line."""
    found: defaultdict[tuple[str, str, str], list[Version]] = defaultdict(list)
    for item in document.versions:
        if item.effect != "ban" and item.upcoming and item.upcoming.effect == "ban":
            found[item.upcoming.day, item.product, item.upcoming.rule].append(item)
    return [Expiring(day, product, rule, items) for (day, product, rule), items in sorted(found.items())]


def unknown(document: FleetReportDocument) -> Sequence[Version]:
    """Return what has no version, or no rule where there is a policy; the most machines first."""
    found = [item for item in document.versions if _is_unknown(item, document.policy is not None)]
    return sorted(found, key=lambda item: -item.machines)


def by_rule(document: FleetReportDocument) -> dict[str, list[Banned]]:
    """Return banned findings by rule, the most first."""
    found: defaultdict[str, list[Banned]] = defaultdict(list)
    for item in document.banned:
        found[item.rule].append(item)
    return dict(sorted(found.items(), key=lambda each: (-len(each[1]), each[0])))


def widest(items: Sequence[Version], sizes: Mapping[str, int]) -> float:
    """Return the largest share of a team's machines that one version has; 1 where there is none."""
    versions = [item for item in items if not item.model] or items
    shares = (count / sizes[team] for item in versions for team, count in item.teams.items() if sizes.get(team))
    return max(shares, default=0) or 1


def name(item: Version | Banned) -> str:
    """Return what something is, in a few words."""
    if item.model:
        return f"{item.product or 'a setting'} with {item.model}"
    return f"{item.product} {item.version or '(version not known)'}"


def _is_unknown(item: Version, has_policy: bool) -> bool:
    return (not item.version and not item.model) or (has_policy and item.effect == "pass")
