"""The world's tables: accounts, and the faces (devices with a network) that use them. One array a column."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Final

import numpy as np

from wiretell.simulation.clients import Releases
from wiretell.simulation.draw import DAY_US, Array, generator
from wiretell.simulation.places import Networks, Places, PlacesMade, networks
from wiretell.simulation.relays import Relays, relays
from wiretell.simulation.settings import Settings

SUBGROUPS: Final = (
    "solo",
    "public-agent",
    "cgnat",
    "office",
    "vpn",
    "agency",
    "ci",
    "saas",
    "evaluation",
    "labelling",
    "aggregator",
    "traveller",
    "two-accounts",
    "undeclared-team",
    "contractor",
    "coworking",
    "launch-day",
    "friends",
    "hijacked",
    "campaign",
)
HARD: Final = frozenset(
    {"cgnat", "vpn", "agency", "ci", "evaluation", "labelling", "aggregator", "traveller", "two-accounts"}
    | {"undeclared-team", "contractor", "coworking", "launch-day"}
)
"""Honest accounts that look like a campaign in some way."""
HONEST, BAD, GREY = range(3)
LABELS: Final = ("honest", "bad", "grey")
NEVER: Final = 1 << 62
"""A time that does not come."""

_BLOCKED_WRONGLY: Final = 0.001
_NO_CARD: Final = 0.03
"""Part of the accounts of which no payment is known: paid in advance, by invoice, or with a voucher."""

AGENT, CHAT, JOBS, SAAS, EVAL, RATING, SCRIPT, SOLD, MIXED = range(9)
"""What an account is used for: an agent, a chat, jobs of continuous integration, a product's end users, benchmarks,
data labelling, scripts, end users of a storefront, a campaign's own work."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts, in no order that the log shows."""

    name: Array
    """Random 64 bits."""
    subgroup: Array
    label: Array
    operator: Array
    """Number of the campaign; -1: none."""
    org: Array
    """Token of the declared organisation; 0: an individual."""
    payment: Array
    created: Array
    begins: Array
    """First time at which it may be used, microseconds."""
    ends: Array
    """When the provider blocks it; NEVER."""
    rate: Array
    """Exchanges a day."""
    work: Array
    group: Array
    """Token of those who share workspaces, prompts, jobs."""
    share: Array
    """Part of its conversations in the group's workspaces."""
    said: Array
    """Part of its texts that follow the group's templates."""
    zone: Array
    spread: Array
    """0: works in blocks of hours; 1: at all hours."""
    quota: Array
    """Exchanges an hour that the provider allows."""
    sibling: Array
    """Account of the same person, to which a conversation goes on when this one is at its limit; -1."""
    face: Array
    """First of its faces."""
    faces: Array
    """How many; the others are its person's further devices and stops, or people it is shared with."""
    framed: Array
    """Whether a campaign copies what this account shows."""

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, slots=True)
class Faces:
    """Devices: what a request shows of where it came from."""

    key: Array
    place: Array
    away: Array
    """The second place."""
    away_share: Array
    client: Array
    """That its headers name."""
    used: Array
    """The client in use: another one where a relay is between."""
    lag_us: Array
    """How late it updates."""
    pin: Array
    """Version it stays at; -1: none."""
    platform: Array
    twist: Array
    """What makes its headers other than the public client's; 0: nothing."""
    zone: Array
    """That its clock has."""

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, slots=True)
class World:
    """All that is there before the first exchange."""

    settings: Settings
    start: int
    """First microsecond."""
    salt: int
    """Tokens of other seeds are others."""
    accounts: Accounts
    faces: Faces
    places: Places
    releases: Releases
    launch: int
    """When the provider brings out a new model, microseconds."""
    operators: tuple[Any, ...] = ()
    """`operators.Operator`, by number."""

    @property
    def end(self) -> int:
        """Return the first microsecond after the last day."""
        return self.start + self.settings.days * DAY_US


@dataclass(slots=True)
class Making:
    """A world as it is made."""

    settings: Settings
    start: int
    salt: int
    releases: Releases
    launch: int
    rng: np.random.Generator = field(init=False)
    places: PlacesMade = field(init=False)
    nets: Networks = field(init=False)
    relays: Relays = field(init=False)
    accounts: int = 0
    faces: int = 0
    _accounts: list[dict[str, Array]] = field(default_factory=list)
    _faces: list[dict[str, Array]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = generator(self.settings.seed, "world")
        self.places = PlacesMade(generator(self.settings.seed, "places"))
        self.nets = networks(self.places)
        self.relays = relays(self.settings.seed, self.start, self.releases)

    def tokens(self, n: int) -> Array:
        """Return random tokens, none of them 0."""
        return self.rng.integers(1, 2**63, n).astype(np.uint64)

    def add_faces(self, n: int, **columns: Any) -> Array:
        """Add faces; return their numbers. What is not named is as with most people."""
        numbers = np.arange(self.faces, self.faces + n)
        usual: dict[str, Any] = {
            "key": self.tokens(n),
            "away_share": 0.0,
            "lag_us": (self.rng.lognormal(np.log(2.0), 1.0, n) * DAY_US).astype(np.int64),
            "pin": -1,
            "platform": 0,
            "twist": np.uint64(0),
            "zone": 0,
        } | columns
        usual.setdefault("away", usual["place"])
        usual.setdefault("used", usual["client"])
        self._faces.append(_broad(Faces, usual, n))
        self.faces += n
        return numbers

    def add_accounts(self, n: int, **columns: Any) -> Array:
        """Add accounts; return their numbers. What is not named is as with most people."""
        numbers = np.arange(self.accounts, self.accounts + n)
        usual: dict[str, Any] = {
            "name": self.tokens(n),
            "label": HONEST,
            "operator": -1,
            "org": np.uint64(0),
            "ends": self._mistakes(n),
            "work": AGENT,
            "group": self.tokens(n),
            "share": 0.0,
            "said": 0.0,
            "zone": 0,
            "spread": 0,
            "quota": self.rng.choice([40, 40, 80, 160], n),
            "sibling": -1,
            "faces": 1,
            "framed": False,
        } | columns
        payment = usual.get("payment", self.tokens(n))
        usual["payment"] = np.where(self.rng.random(n) < _NO_CARD, np.uint64(0), payment)
        quota = np.asarray(usual["quota"]) * self.settings.limit_scale
        usual["quota"] = np.maximum(1, np.round(quota)).astype(np.int64)
        usual.setdefault("created", self.aged(n))
        usual.setdefault("begins", np.maximum(usual["created"], self.start))
        self._accounts.append(_broad(Accounts, usual, n))
        self.accounts += n
        return numbers

    def next_in_group(self, numbers: Array, group: Array) -> None:
        """Make each of accounts just added (`numbers`, by ascending group) the sibling of the one before, in a ring."""
        n = len(numbers)
        first = np.searchsorted(group, group)
        is_last = np.append(group[1:] != group[:-1], True)
        following = np.where(is_last, first, np.arange(n) + 1)
        self._accounts[-1]["sibling"] = np.where(following == np.arange(n), -1, numbers[following])

    def aged(self, n: int) -> Array:
        """Return when accounts of ordinary people were made: half in the last seven months, some in the time itself."""
        days = self.rng.exponential(300.0, n) - self.settings.days * 0.95
        made: Array = (self.start - days * DAY_US).astype(np.int64)
        return made

    def _mistakes(self, n: int) -> Array:
        """Return when the provider blocks accounts that it should not have blocked: few are."""
        at = self.start + (self.rng.random(n) * self.settings.days * DAY_US).astype(np.int64)
        return np.where(self.rng.random(n) < _BLOCKED_WRONGLY, at, NEVER)

    def made(self) -> tuple[Accounts, Faces, Places]:
        """Return what was made."""
        accounts = Accounts(**_joined(Accounts, self._accounts))
        return accounts, Faces(**_joined(Faces, self._faces)), self.places.made()


def _broad(kind: type, columns: dict[str, Any], n: int) -> dict[str, Array]:
    names = {column.name for column in fields(kind)}
    assert names == set(columns), names ^ set(columns)
    return {name: np.broadcast_to(np.asarray(value), n) for name, value in columns.items()}


def _joined(kind: type, chunks: list[dict[str, Array]]) -> dict[str, Array]:
    return {column.name: np.concatenate([chunk[column.name] for chunk in chunks]) for column in fields(kind)}
