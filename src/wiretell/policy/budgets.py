"""Which budgets a request counts against, and what is said when one is spent.

Every budget that names the request counts it, so a larger one for one user does not lift `user:*`. Under `user:*` all
requests without a user count together, as those of one, `user:(nobody)`: who sends no name has no budget of his own,
and not none. `user:NAME` and `group:NAME` count those alone who are it; `org` counts all. A budget with `models`
counts requests for these models; of one that names none, no model is known.
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

from wiretell.model.policy import Asked, Budget, Claim, Policy
from wiretell.policy.amounts import amount
from wiretell.policy.globs import model_fits
from wiretell.policy.periods import interval

NOBODY: Final = "(nobody)"
"""Stands for a user where a request has none."""
_THIS: Final = {"day": "today", "week": "this week", "month": "this month"}


def claims(policy: Policy, asked: Asked, at: dt.datetime) -> tuple[Claim, ...]:
    """Return what a request at a moment (with a time zone) counts against, in the order of the file. Pure."""
    return tuple(_claim(policy, budget, asked, at) for budget in policy.budgets if counts(budget, asked))


def counts(budget: Budget, asked: Asked) -> bool:
    """Whether a budget counts a request, whenever it is."""
    if budget.models and not model_fits(budget.models, asked.model):
        return False
    kind, _, name = budget.who.partition(":")
    if kind == "group":
        return name in asked.groups
    return kind == "org" or name in {"*", asked.user or NOBODY}


def _claim(policy: Policy, budget: Budget, asked: Asked, at: dt.datetime) -> Claim:
    who = f"user:{asked.user or NOBODY}" if budget.who == "user:*" else budget.who
    period = interval(policy.timezone, budget.per, at)
    key = f"{budget.id}|{who}|{period.first.isoformat()}"
    return Claim(key, budget, who, period.starts, period.ends)


def spent_sentence(policy: Policy, claim: Claim, spent: int, reserved: int = 0, wanted: int = 0) -> str:
    """Say that a budget has no room, with the numbers and when it begins anew.

    `spent`, `reserved` (by requests that run now) and `wanted` (by the one that is refused) are in the budget's unit;
    the latter two are told where what was spent does not explain it.
    """
    budget = claim.budget
    of = f"{amount(budget.unit, spent)} of {amount(budget.unit, budget.limit)}"
    also = ""
    if spent < budget.limit and reserved:
        also += f", running requests hold {amount(budget.unit, reserved)}"
    if spent < budget.limit and wanted:
        also += f", this request may take {amount(budget.unit, wanted)}"
    begins = claim.ends.astimezone(ZoneInfo(policy.timezone)).strftime("%Y-%m-%d %H:%M")
    return (
        f"{_has(claim.who)} used {of} {_THIS[budget.per]}{also} (policy budget {budget.id}); "
        f"it begins anew on {begins} {policy.timezone}."
    )


def _has(who: str) -> str:
    kind, _, name = who.partition(":")
    if name == NOBODY:
        return "Requests without a user have"
    return {"user": "You have", "group": f"Group {name} has"}.get(kind, "Your organisation has")
