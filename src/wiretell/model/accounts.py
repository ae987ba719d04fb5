"""What is told from a log for an account: a statement for reimbursement, an export for an appeal, a policy tried.

Money is in micro-dollars, times are UTC.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from wiretell.model.policy import Budget, Rule


@dataclass(frozen=True, slots=True)
class Span:
    """A period that was asked for."""

    name: str
    """`2026-07`, `2026-W28`, `2026-07-10`."""
    timezone: str
    """In which it begins and ends, and days do."""
    starts: dt.datetime
    """UTC, the first moment of it."""
    ends: dt.datetime
    """UTC, the first moment after it."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One day and model, by one price table."""

    day: dt.date
    """In the statement's time zone."""
    model: str
    """That the response named; where it named none, that was asked for."""
    price_table: str
    """Empty where none was used."""
    requests: int
    input_tokens: int
    """Without those of the two that follow."""
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    micro_usd: int
    estimated: int
    """Requests whose tokens the upstream did not tell."""
    unpriced: int
    """Requests without a cost in the log."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one user's requests cost."""

    user: str
    span: Span
    lines: tuple[StatementLine, ...]
    """By day, model and price table."""
    not_sent: int
    """Exchanges of the user for which nothing was sent upstream: refused, or in error. They are in no line."""
    free: int
    """Exchanges that ask no model (counting tokens, listing models). They are in no line."""
    digest: str
    """SHA-256, hex, over `EXCHANGE_ID MICRO_USD` and a line feed for each request of the lines, sorted."""
    head: str = ""
    """The last value of the log's chain when the statement was made; empty: the log has none."""
    broken: int = 0
    """Places where that chain is broken."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A signed export, made or checked."""

    file: str
    problems: tuple[str, ...]
    """What is not as it was signed, one sentence each; empty: all is."""
    key: str
    """SHA-256, hex, of the public key (32 bytes) that the signature is by."""
    user: str = ""
    span: Span | None = None
    created: str = ""
    """UTC, ISO 8601, by the clock of who made it."""
    exchanges: int = 0
    bodies: int = 0
    """Exchanges whose heads and bodies are in it."""
    edits: int = 0
    """Ledger entries."""
    head: str = ""
    remarks: tuple[str, ...] = ()
    """What the export lacks, one sentence each."""
    key_is_known: bool = False
    """Whether the key was compared with one that the reader named."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule or a budget would have done to one user, group or organisation."""

    who: str
    first: dt.datetime
    last: dt.datetime
    requests: int
    micro_usd: int
    """What these requests cost."""


@dataclass(frozen=True, slots=True)
class ReplayedRule:
    """One rule of a policy that was tried."""

    rule: Rule
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class ReplayedBudget:
    """One budget of a policy that was tried."""

    budget: Budget
    periods: int
    """In which it would have run out, of everybody."""
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class PolicyReplay:
    """What a policy would have done to the requests of a log."""

    source: str
    sha256: str
    """Of the policy's file, hex."""
    timezone: str
    span: Span | None
    """None: the whole log."""
    requests: int
    first: dt.datetime | None
    last: dt.datetime | None
    rules: tuple[ReplayedRule, ...]
    budgets: tuple[ReplayedBudget, ...]
    banned: int
    over_budget: int
    not_sent: int
    unknown_models: int
    price_table: str
