"""An inventory held against a policy: every finding is asked of the same rules that the gateway asks. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from wiretell import policy as policies
from wiretell.model.fleet import Checked, Finding, Install, Inventory, Judged, Process, Setting, Upcoming
from wiretell.policy import Asked, Client, Policy

_ORDER: Final = ("ban", "warn", "allow", "pass")


def check(inventory: Inventory, policy: Policy, on: dt.datetime) -> Checked:
    """Hold every install and process, and every setting that names a model, against a policy at a moment.

    A setting that names no model is configuration, not use: no rule speaks of it. `on` has a time zone.
    """
    findings: list[Finding] = [*inventory.installs, *inventory.processes]
    findings += [setting for setting in inventory.settings if setting.model]
    versions = Versions((each.product, each.user, each.version) for each in inventory.installs)
    judged = [_judged(finding, versions, policy, on) for finding in findings]
    return Checked(
        inventory=inventory,
        policy_source=policy.source,
        policy_sha256=policy.sha256,
        timezone=policy.timezone,
        on=on,
        judged=tuple(sorted(judged, key=lambda each: _ORDER.index(each.decision.effect))),
        remarks=tuple(remark.sentence for remark in policies.remarks(policy)),
    )


class Versions:
    """Which versions of a product a user can start: those in the own home, and the system's."""

    def __init__(self, installs: Iterable[tuple[str, str, str]]) -> None:
        """`installs`: product, user (empty: the system's), version."""
        self._found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for product, user, version in installs:
            self._found[product, user].add(version)

    def client(self, product: str, vendor: str, user: str) -> Client:
        """Return who would send the request that comes of a setting.

        Where no such product is installed, nobody is known who would: rules for products do not speak of the setting,
        those for models do. Of several versions none can be told, so that it counts as any of them.
        """
        versions = self._found.get((product, user), set()) | self._found.get((product, ""), set())
        if not versions:
            return Client()
        return Client(product, vendor, next(iter(versions)) if len(versions) == 1 else "")


def asked(finding: Finding, versions: Versions) -> Asked:
    """Return a finding as the policy's question."""
    match finding:
        case Install():
            return Asked(Client(finding.product, finding.vendor, finding.version), sha256=finding.sha256)
        case Process():
            return Asked(Client(finding.product, finding.vendor, finding.version))
        case Setting():
            return Asked(versions.client(finding.product, finding.vendor, finding.user), finding.model)


def _judged(finding: Finding, versions: Versions, policy: Policy, on: dt.datetime) -> Judged:
    question = asked(finding, versions)
    upcoming = policies.upcoming(policy, question, on)
    return Judged(finding, policies.decide(policy, question, on), Upcoming(*upcoming) if upcoming else None)
