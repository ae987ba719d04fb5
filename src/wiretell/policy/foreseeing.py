"""When a policy's answer will be another one.

What decides goes on to do so until it ends, or until a rule before it begins: only these days are looked at, and only
by rules that match.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from wiretell.model.policy import Asked, Decision, Policy, Rule
from wiretell.policy.deciding import decide, matches
from wiretell.policy.periods import interval, start_of_day

_DAY: Final = dt.timedelta(days=1)


def upcoming(policy: Policy, asked: Asked, at: dt.datetime) -> tuple[dt.date, Decision] | None:
    """Return the next day after a moment on which another rule decides, and how; None: never. Pure.

    The moment has a time zone. The day is one of the policy's time zone, and begins as `from` does.
    """
    now = decide(policy, asked, at)
    matching = replace(policy, rules=tuple(_matching(policy, asked, now)))
    for day in sorted(_borders(matching, now)):
        begins = start_of_day(policy.timezone, day)
        if begins > at and (then := decide(matching, asked, begins)).told != now.told:
            return interval(policy.timezone, "day", begins).first, then  # a day that the zone left out is the next one
    return None


def _matching(policy: Policy, asked: Asked, now: Decision) -> Iterator[Rule]:
    """Give the rules that may decide on some day, without those that will not while the present one is there."""
    for rule in policy.rules:
        if matches(rule, asked):
            yield rule
        if rule is now.rule and rule.until is None:
            return


def _borders(policy: Policy, now: Decision) -> set[dt.date]:
    """Return the days on which a rule before the one that decides begins, or this one has ended."""
    found = set()
    for rule in policy.rules:
        if rule.since is not None:
            found.add(rule.since)
        if rule is now.rule:
            return found | ({rule.until + _DAY} if rule.until is not None else set())
    return found
