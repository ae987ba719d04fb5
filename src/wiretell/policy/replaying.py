"""What a policy would have done to traffic that is in the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from wiretell.errors import UsageError
from wiretell.model.exchange import Row, Spent, Usage
from wiretell.model.policy import Asked, Budget, Claim, Client, Decision, Policy, Rule
from wiretell.policy.budgets import NOBODY, claims
from wiretell.policy.deciding import decide
from wiretell.policy.prices import PriceTable, reservation, undated
from wiretell.policy.products import products, recognise

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Hit:
    """What one rule or budget would have done to one user, group or organisation."""

    who: str
    """`user:dev-017`, `user:(nobody)`, `group:search-team`, `org`."""
    requests: int
    first: int
    """`ts` of the first such request; `last` of the last."""
    last: int
    micro_usd: int
    """What these requests cost, by the table of the replay."""


@dataclass(frozen=True, slots=True)
class RuleReplayed:
    """One rule; it counts requests that it was the first to match."""

    rule: Rule
    hits: tuple[Hit, ...]
    """By `who`."""


@dataclass(frozen=True, slots=True)
class BudgetReplayed:
    """One budget; it counts requests that it would have refused."""

    budget: Budget
    hits: tuple[Hit, ...]
    """By `who`."""
    periods: int
    """How many periods, of everybody's, it would have run out in."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a policy would have done."""

    rows: int
    first: int | None
    last: int | None
    rules: tuple[RuleReplayed, ...]
    """In the order of the file; all of them, hits or not."""
    budgets: tuple[BudgetReplayed, ...]
    banned: int
    """Requests."""
    over_budget: int
    """Requests; each is counted at the first budget that had no room."""
    not_sent: int
    """Requests that nothing was sent upstream for: rules are tried on them, but nobody knows what they would cost."""
    unknown_models: int
    """Requests for models that the table has not, counted at the price of the vendor's dearest."""
    price_table: str


@dataclass(slots=True)
class _Tally:
    requests: int = 0
    first: int = 0
    last: int = 0
    micro_usd: int = 0

    def add(self, ts: int, micro_usd: int) -> None:
        self.first = self.first if self.requests else ts
        self.last = ts
        self.requests += 1
        self.micro_usd += micro_usd


@dataclass(slots=True)
class _Replay:
    """One pass; budgets are counted as the gateway counts them, but as if requests came one after the other."""

    policy: Policy
    table: PriceTable
    tallies: dict[str, dict[str, _Tally]] = field(default_factory=dict)
    """`rule:ID` or `budget:ID` -> who -> what."""
    counters: dict[str, int] = field(default_factory=dict)
    """Claim.key -> settled, in the budget's unit."""
    full: dict[str, set[str]] = field(default_factory=dict)
    """Budget id -> keys that refused something."""
    rows: int = 0
    first: int | None = None
    last: int | None = None
    banned: int = 0
    over_budget: int = 0
    not_sent: int = 0
    unknown_models: int = 0

    def row(self, row: Row) -> None:
        """Replay one request: rules, then budgets."""
        self._count(row)
        at = _EPOCH + dt.timedelta(microseconds=row.ts)
        asked = _asked(row)
        decision = decide(self.policy, asked, at)
        used = self._used(row)
        if decision.rule is not None:
            self._hit(f"rule:{decision.rule.id}", f"user:{row.user or NOBODY}", row.ts, used.micro_usd)
        if self._is_sent(row, decision):
            self._budgets(row, asked, at, used)

    def _count(self, row: Row) -> None:
        if self.last is not None and row.ts < self.last:
            raise UsageError("The rows of the log are not in the order of time; sort them by ts before a replay.")
        self.rows += 1
        self.first = row.ts if self.first is None else self.first
        self.last = row.ts

    def _used(self, row: Row) -> Spent:
        if row.upstream is None or not _is_generation(row):
            return Spent()
        usage = _usage(row)
        cost = self.table.cost(_sent_model(row, self.table), usage)
        self.unknown_models += not cost.known
        return Spent(cost.micro_usd, usage.total, requests=1)

    def _is_sent(self, row: Row, decision: Decision) -> bool:
        """Whether budgets see the request; counts those that they do not."""
        self.banned += decision.effect == "ban"
        self.not_sent += row.upstream is None
        return decision.effect != "ban" and row.upstream is not None and _is_generation(row)

    def _budgets(self, row: Row, asked: Asked, at: dt.datetime, used: Spent) -> None:
        model = _sent_model(row, self.table)
        due = claims(self.policy, replace(asked, model=model), at)
        if not due:
            return
        wanted = reservation(self.table, model, row.request_bytes, row.max_tokens)
        without_room = next((each for each in due if not self._has_room(each, wanted.of(each.budget.unit))), None)
        if without_room is not None:
            self.over_budget += 1
            self._hit(f"budget:{without_room.budget.id}", without_room.who, row.ts, used.micro_usd)
            self.full.setdefault(without_room.budget.id, set()).add(without_room.key)
            return
        for claim in due:
            self.counters[claim.key] = self.counters.get(claim.key, 0) + used.of(claim.budget.unit)

    def _has_room(self, claim: Claim, wanted: int) -> bool:
        return self.counters.get(claim.key, 0) + wanted <= claim.budget.limit

    def _hit(self, what: str, who: str, ts: int, cost: int) -> None:
        self.tallies.setdefault(what, {}).setdefault(who, _Tally()).add(ts, cost)

    def hits(self, what: str) -> tuple[Hit, ...]:
        found = self.tallies.get(what, {})
        return tuple(Hit(who, it.requests, it.first, it.last, it.micro_usd) for who, it in sorted(found.items()))


def replay(policy: Policy, table: PriceTable, rows: Iterable[Row]) -> Replayed:
    """Say what a policy would have done to the requests of a log, in the order of time. Pure; one pass.

    Rules are those in force at each request's own time (leave `from` out to ask "what if always"). A budget refuses
    where the gateway would: when what it would reserve finds no room; what is refused spends nothing. Not the same
    as the gateway: requests in parallel hold nothing, and an agent that was refused might have stopped.

    Of each row these are read: `ts`, `user`, `groups`, `client`, `client_version`, `user_agent` (where `client` is
    empty), `model`, `model_served`, `operation`, `upstream`, `request_bytes`, `max_tokens` and the five of tokens.

    :raises UsageError: if rows are not in the order of `ts`.
    """
    run = _Replay(policy, table)
    for row in rows:
        run.row(row)
    return Replayed(
        rows=run.rows,
        first=run.first,
        last=run.last,
        rules=tuple(RuleReplayed(rule, run.hits(f"rule:{rule.id}")) for rule in policy.rules),
        budgets=tuple(
            BudgetReplayed(budget, run.hits(f"budget:{budget.id}"), len(run.full.get(budget.id, ())))
            for budget in policy.budgets
        ),
        banned=run.banned,
        over_budget=run.over_budget,
        not_sent=run.not_sent,
        unknown_models=run.unknown_models,
        price_table=table.name,
    )


def _asked(row: Row) -> Asked:
    return Asked(_client(row.client, row.client_version, row.user_agent), row.model, row.user, tuple(row.groups))


@lru_cache(maxsize=1024)
def _client(product: str, version: str, user_agent: str) -> Client:
    """The log's own columns first; the vendor is not among them."""
    if not product:
        return recognise(user_agent)
    known = products().get(product)
    return Client(product, known.vendor if known else "", version)


def _is_generation(row: Row) -> bool:
    """Logs that others wrote have no `operation`; what they hold are generations."""
    return row.operation in {"generate", ""}


def _sent_model(row: Row, table: PriceTable) -> str:
    """The model that budgets count: the one asked for, or where a route led the request to another, that one.

    The log has no column of it. It is read off the model that the response names: where that is not the model asked
    for in another spelling, and the table knows it (an upstream's own name for what was asked for tells no price).
    """
    served = row.model_served or row.model
    if undated(served) == undated(row.model):
        return row.model
    return served if table.find(served)[1] else row.model


def _usage(row: Row) -> Usage:
    return Usage(
        row.input_tokens,
        row.cache_read_tokens,
        row.cache_write_tokens,
        row.cache_write_1h_tokens,
        row.output_tokens,
    )
