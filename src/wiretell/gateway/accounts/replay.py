"""What a policy would have done to the requests of a log: `wiretell.policy.replay` over its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from wiretell import policy
from wiretell.gateway.accounts.periods import micros, moment
from wiretell.model.accounts import Hit, PolicyReplay, ReplayedBudget, ReplayedRule, Span
from wiretell.model.exchange import Row
from wiretell.policy import Hit as PolicyHit
from wiretell.policy import PriceTable

COLUMNS: Final = (
    "user",
    "groups",
    "client",
    "client_version",
    "user_agent",
    "model",
    "model_served",
    "operation",
    "upstream",
    "request_bytes",
    "max_tokens",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)
"""That are read of the log."""


def replay(tried: policy.Policy, table: PriceTable, rows: Iterable[Row], span: Span | None = None) -> PolicyReplay:
    """Say what a policy would have done to rows in order of time, or to those of a period. Pure; one pass."""
    chosen = rows if span is None else _within(rows, micros(span.starts), micros(span.ends))
    found = policy.replay(tried, table, chosen)
    return PolicyReplay(
        source=tried.source,
        sha256=tried.sha256,
        timezone=tried.timezone,
        span=span,
        requests=found.rows,
        first=None if found.first is None else moment(found.first),
        last=None if found.last is None else moment(found.last),
        rules=tuple(ReplayedRule(item.rule, _hits(item.hits)) for item in found.rules),
        budgets=tuple(ReplayedBudget(item.budget, item.periods, _hits(item.hits)) for item in found.budgets),
        banned=found.banned,
        over_budget=found.over_budget,
        not_sent=found.not_sent,
        unknown_models=found.unknown_models,
        price_table=found.price_table,
    )


def _within(rows: Iterable[Row], starts: int, ends: int) -> Iterable[Row]:
    return (row for row in rows if starts <= row.ts < ends)


def _hits(hits: Iterable[PolicyHit]) -> tuple[Hit, ...]:
    return tuple(Hit(hit.who, moment(hit.first), moment(hit.last), hit.requests, hit.micro_usd) for hit in hits)
