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
    known = Known(inventory)
    judged = [_judged(finding, known, policy, on) for finding in findings]
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
        """Return who would send the request that comes of a setting; of one that is nobody's own, with anybody's.

        Where no such product is installed, nobody is known who would: rules for products do not speak of the setting,
        those for models do. Of several versions none can be told, so that it counts as any of them.
        """
        users = {user, ""} if user else {whose for name, whose in self._found if name == product}
        versions = set().union(*(self._found.get((product, whose), set()) for whose in users))
        if not versions:
            return Client()
        return Client(product, vendor, next(iter(versions)) if len(versions) == 1 else "")


class Known:
    """What an inventory knows beside a finding itself."""

    def __init__(self, inventory: Inventory) -> None:
        self.versions = Versions((each.product, each.user, each.version) for each in inventory.installs)
        self.hashes = {each.id: each.sha256 for each in inventory.installs}
        """Id of an install -> the hash of its program, by which some rules go."""


def asked(finding: Finding, known: Known) -> Asked:
    """Return a finding as the policy's question."""
    match finding:
        case Install():
            return Asked(Client(finding.product, finding.vendor, finding.version), sha256=finding.sha256)
        case Process():
            client = Client(finding.product, finding.vendor, finding.version)
            return Asked(client, sha256=known.hashes.get(finding.install, ""))
        case Setting():
            return Asked(known.versions.client(finding.product, finding.vendor, finding.user), finding.model)


def _judged(finding: Finding, known: Known, policy: Policy, on: dt.datetime) -> Judged:
    question = asked(finding, known)
    upcoming = policies.upcoming(policy, question, on)
    return Judged(finding, policies.decide(policy, question, on), Upcoming(*upcoming) if upcoming else None)
