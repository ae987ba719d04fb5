"""What the inventories of many machines come to: by version and team, by rule, and over time.

Days are those of the policy's time zone. A machine counts once wherever machines are counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from wiretell.model.fleet import NotExamined, Upcoming
from wiretell.model.policy import Decision


@dataclass(frozen=True, slots=True)
class What:
    """What a policy is asked of, on however many machines it is."""

    product: str
    vendor: str
    version: str
    """Empty: not known."""
    sha256: str = ""
    """Of its program, where the inventory has it and the policy looks at it."""
    model: str = ""
    """Of a setting."""
    used: bool = True
    """Of a setting: whether its product is installed where it stands; if not, rules for products do not speak of it."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One version of a product, or one model, and where it is."""

    what: What
    decision: Decision
    upcoming: Upcoming | None
    """The next change within the days that are looked ahead; None: none."""
    machines: int
    running: int
    """Machines on which it runs."""
    teams: Mapping[str, int]
    """Team -> machines."""


@dataclass(frozen=True, slots=True)
class Team:
    """One team's machines."""

    name: str
    machines: int
    banned: int
    """Machines with something banned; the following alike."""
    warned: int
    expiring: int
    """With something that will be banned within the days that are looked ahead."""
    unknown: int
    """With something whose version is not known, or of which no rule speaks."""
    silent: int
    """Whose last inventory is too old."""


@dataclass(frozen=True, slots=True)
class Item:
    """One banned finding: a line of the list of what is to be done."""

    machine: str
    """Host name."""
    team: str
    user: str
    product: str
    version: str
    model: str
    how: str
    """Manager of the install; `running`; where a setting stands."""
    where: str
    rule: str
    taken: str
    """ISO 8601, UTC: when it was seen."""
    id: str = ""
    """Of the machine: tells those of one name apart."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day."""

    day: dt.date
    machines: int
    """Heard of within the days before it."""
    banned: int
    """Of these, with something that was banned on that day."""
    products: Mapping[str, int]
    """Product -> machines that had it, installed or running, banned or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReport:
    """Many machines on one page."""

    policy_source: str
    """Empty: without a policy; then nothing is decided."""
    policy_sha256: str
    timezone: str
    on: dt.datetime
    """With a time zone."""
    ahead_days: int
    silent_days: int
    machines: int
    inventories: int
    """That were read; of these the last of each machine counts for today."""
    teams: tuple[Team, ...]
    """By banned machines, then by name."""
    spread: tuple[Spread, ...]
    """By product, then version, newest first."""
    banned: tuple[Item, ...]
    days: tuple[Day, ...]
    partly: tuple[tuple[str, int], ...]
    """What inventories did not look at, by reason -> machines."""
    unread: tuple[NotExamined, ...] = ()
    """Files that hold no inventory, or only in part."""
    wall_s: float = 0.0
