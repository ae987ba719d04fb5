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
class Audited:
    """What one audit document says, as far as a rule with `audits` needs it."""

    document: str
    """As the policy names it."""
    verdict: str
    """`covert`, `undeclared`, `declared`, `clean` or `inconclusive`."""
    product: str
    """Of the catalogue; empty for a program or a folder, which are known by their hash alone."""
    version: str
    """Empty where `product` is."""
    sha256: str
    """Of a program's file or a folder; empty for a package, whose hash is that of an archive and of no install."""


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
    """`>=2.1.91,<2.1.198` and the other forms of `wiretell.policy.versions`."""
    since: dt.date | None = None
    """`from`: midnight of this day in the policy's time zone; None: always."""
    reason: str = ""
    instead: str = ""
    until: dt.date | None = None
    """Last day in force, through its end in the policy's time zone; None: for ever."""
    audits: tuple[str, ...] = ()
    """Audit documents, as the file names them."""
    verdict: str = ""
    """What `audits` must say; empty where there are none."""
    audited: tuple[Audited, ...] = ()
    """Those of `audits` that say it: the rule matches these versions and hashes, and no others."""


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
class Asked:
    """What is to be decided on: an install for `fleet`, a request for the gateway."""

    client: Client = Client()
    model: str = ""
    user: str | None = None
    groups: tuple[str, ...] = ()
    sha256: str = ""
    """Of the program's file, where it is known: rules with `audits` may know it by that. Lower-case hex."""


@dataclass(frozen=True, slots=True)
class Example:
    """One `[[example]]`: what the policy shall say, by its author."""

    number: int
    """Place among the file's examples, from 1."""
    asked: Asked
    on: dt.date
    at: dt.datetime
    """With the policy's time zone; where the file names no time, the first moment of `on`."""
    expect: Effect | Literal["pass"]
    rule: str = ""
    """Id of the rule that shall decide; empty where any may."""


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
    examples: tuple[Example, ...] = ()
    """For `fleet policy test`; no decision looks at them."""


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


RemarkKind = Literal["contradiction", "unreachable", "unknown", "overlap"]


@dataclass(frozen=True, slots=True)
class Remark:
    """What a policy's author should know of it. `error`: what he wrote cannot be what he meant."""

    kind: RemarkKind
    """`contradiction`: an earlier rule names the same and says otherwise. `unreachable`: earlier rules decide all that
    it could. `unknown`: a name that fits nothing known. `overlap`: two rules say different things of one request."""
    severity: Literal["error", "note"]
    rules: tuple[str, ...]
    """Ids of the rules it is about, in the order of the file; none for an example."""
    sentence: str
    witness: Asked | None = None
    """Of an overlap: something that both rules match."""
    on: dt.date | None = None
    """Of an overlap: a day on which both are in force."""
