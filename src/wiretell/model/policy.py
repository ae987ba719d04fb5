"""A policy: rules and budgets as values, and what a decision by them is. `wiretell.policy` reads and decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Effect = Literal["ban", "warn", "allow"]
Unit = Literal["usd", "tokens", "requests"]
Period = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Client:
    """What a program says that it is. A user agent can be spoofed: this is order, not security."""

    product: str = ""
    """`claude-code`; empty where none is known."""
    vendor: str = ""
    """`anthropic`; empty where none is known."""
    version: str = ""
    """`2.1.91`; empty where it is not told."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One `[[rule]]`. All that it names must match; the first rule that matches decides."""

    id: str
    effect: Effect
    product: str | None = None
    """Glob, case-insensitive; as `vendor` and `model`."""
    vendor: str | None = None
    model: str | None = None
    versions: str | None = None
    """`>=2.1.91,<2.1.198`: every part must hold (npm and PyPI order agree on plain x.y.z)."""
    since: dt.date | None = None
    """`from`: midnight of this day in the policy's time zone; None: always."""
    reason: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """One `[[budget]]`: so much a period for each whom it names."""

    id: str
    """Given, or made of the entry: `user:* usd per week`."""
    who: str
    """`user:*` (each user has it), `user:NAME`, `group:NAME` (all of it together), `org`."""
    unit: Unit
    limit: int
    """Micro-dollars, tokens or requests."""
    per: Period
    models: tuple[str, ...] = ()
    """Globs; empty: every model."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy file."""

    rules: tuple[Rule, ...] = ()
    budgets: tuple[Budget, ...] = ()
    timezone: str = "UTC"
    """In which days, weeks (from Monday) and months begin."""
    source: str = ""
    sha256: str = ""
    """Of the file's bytes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be decided on: an install for `fleet`, a request for the gateway."""

    client: Client = Client()
    model: str = ""
    user: str | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy's rules say of one request or install."""

    effect: Effect | Literal["pass"]
    """`pass`: no rule matched."""
    rule: Rule | None = None
    sentence: str = ""
    """What to tell the user: what, since when, why, and what instead. Empty for `pass` and `allow`."""

    @property
    def told(self) -> str:
        """As the column `decision` has it: `ban:high-risk-software`."""
        return f"{self.effect}:{self.rule.id}" if self.rule else self.effect


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request would take from one budget in the running period."""

    key: str
    """Of the counter: `BUDGET-ID|user:dev-017|2026-07-06`. Another period is another key."""
    budget: Budget
    who: str
    """Resolved: `user:dev-017`."""
    starts: dt.datetime
    """UTC, the first moment of the period; `ends` is the first moment after it."""
    ends: dt.datetime
