"""Who is how near to which budget: counters and the policy's budgets put together. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from wiretell.gateway.counters.interface import Standing
from wiretell.model.exchange import MICRO_USD
from wiretell.model.policy import Budget, Period


@dataclass(frozen=True, slots=True)
class Level:
    """One counter of the running period, in US dollars, tokens or requests."""

    budget: str
    who: str
    """`user:dev-017`."""
    unit: str
    per: str
    starts: str
    """First day of the period, `YYYY-MM-DD`."""
    spent: float
    reserved: float
    limit: float

    @property
    def share(self) -> float:
        """What of the limit is spent or held; 1 where the limit is 0."""
        return (self.spent + self.reserved) / self.limit if self.limit else 1.0


def levels(
    standings: Iterable[Standing], budgets: Sequence[Budget], now: dt.datetime, zone: str = "UTC"
) -> tuple[Level, ...]:
    """Return the counters of the running periods, the nearest to its limit first.

    A counter whose budget is no longer in the policy is left out; `zone` is the policy's, in which days begin.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    found = [level for standing in standings if (level := _level(standing, budgets, today)) is not None]
    return tuple(sorted(found, key=lambda level: (-level.share, level.who, level.budget)))


def _level(standing: Standing, budgets: Sequence[Budget], today: dt.date) -> Level | None:
    # An id may hold any character, the separator too: the longest that fits is meant.
    fitting = [budget for budget in budgets if standing.key.startswith(budget.id + "|")]
    if not fitting:
        return None
    budget = max(fitting, key=lambda each: len(each.id))
    who, _, starts = standing.key[len(budget.id) + 1 :].rpartition("|")
    if starts[:10] != _period_start(budget.per, today).isoformat():
        return None
    scale = MICRO_USD if budget.unit == "usd" else 1
    amounts = (standing.spent / scale, standing.reserved / scale, budget.limit / scale)
    return Level(budget.id, who, budget.unit, budget.per, starts[:10], *amounts)


def _period_start(per: Period, today: dt.date) -> dt.date:
    match per:
        case "day":
            return today
        case "week":
            return today - dt.timedelta(days=today.weekday())
        case "month":
            return today.replace(day=1)
