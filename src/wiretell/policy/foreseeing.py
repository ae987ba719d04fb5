"""When a policy's answer will be another one."""

from __future__ import annotations

import datetime as dt
from typing import Final

from wiretell.model.policy import Asked, Decision, Policy
from wiretell.policy.deciding import decide
from wiretell.policy.periods import start_of_day

_DAY: Final = dt.timedelta(days=1)


def upcoming(policy: Policy, asked: Asked, at: dt.datetime) -> tuple[dt.date, Decision] | None:
    """Return the next day after a moment on which another rule decides, and how; None: never. Pure.

    The moment has a time zone. The day is one of the policy's time zone, and begins as `from` does.
    """
    now = decide(policy, asked, at).told
    for day in sorted(_borders(policy)):
        begins = start_of_day(policy.timezone, day)
        if begins > at and (then := decide(policy, asked, begins)).told != now:
            return day, then
    return None


def _borders(policy: Policy) -> set[dt.date]:
    """Return the days on which some rule begins or has ended."""
    begins = {rule.since for rule in policy.rules if rule.since is not None}
    return begins | {rule.until + _DAY for rule in policy.rules if rule.until is not None}
