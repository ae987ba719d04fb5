"""Campaigns: operators with cards, addresses, engineers and a queue of work. The log follows from these.

Stealth is money: each level buys off what the one before it still shares.

- S0: few cards, few servers, one frozen relay (a product that others use too), one harness;
- S1: a residential address for each account, from a seller who reuses them;
- S2: also a virtual card and an imitated client for each account, and hours of its own;
- S3: also every prompt paraphrased, and harvest only a tenth of the traffic, inside resold ordinary use;
- S4: no two accounts share anything: own line, own client, own persona, at most 30 exchanges a day, no failover.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from wiretell.simulation import clients, honest, places
from wiretell.simulation.draw import DAY_US, Array
from wiretell.simulation.settings import Plan, plans
from wiretell.simulation.world import (
    BAD,
    GREY,
    MIXED,
    NEVER,
    SUBGROUPS,
    Making,
)

_CAMPAIGN: Final = SUBGROUPS.index("campaign")
_BLOCKED: Final = 0.12
"""Part of a campaign's accounts that the provider blocks on the way; as many are bought later."""

_OWN_RELAY: Final = 0.2
"""Of operators, those who wrote, or changed, their relay themselves."""
_IN_USE: Final = 0.86
"""Part of a campaign's time that one of its accounts is in use, on average: 24 % of them half of it, all from the
second day on."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs a campaign, and what they own."""

    number: int
    kind: str
    """`distillation`, `reseller-pool`, `hydra`, `shared-key`; grey: `friends`, `hijacked`."""
    stealth: str
    members: Array
    """Accounts."""
    begins: int
    harvest: float
    """Part of the exchanges that are harvest; the others are resold to end users."""
    agentic: float
    """Part of the harvest in conversations of several turns with tools."""
    families: Array
    """Templates of prompts."""
    weights: Array
    """How often each is used: the same mix on every account, for the queue is dealt out at random."""
    ratio: float
    """Own triples of words of a prompt, for each of the template: Jaccard of two prompts is 1 / (1 + 2 ratio)."""
    systems: Array
    """System parts of the harness; none where it sends that of a public agent."""
    users: Array
    """Clients of end users."""
    salt: int
    zone: int
    """Of the engineers."""
    pooled: bool
    """Whether a refused request is retried on a sibling, and a conversation may change accounts."""
    copies: int = 0
    """Token of the innocent group whose workspaces its harness copies; 0: none."""
    hijacked: Array | None = None
    """Faces of the thieves of `members`, from `begins` on."""


def recruit(made: Making) -> tuple[Operator, ...]:
    """Add all campaigns and grey accounts; return who runs them, campaigns first."""
    found: list[Operator] = []
    for plan in plans(made.settings):
        found.append(_campaign(made, plan, len(found)))
    for _ in range(max(0, round(made.settings.shared_keys * made.settings.scale))):
        found.append(_shared_key(made, len(found)))
    grey = round(made.settings.grey * made.settings.accounts * made.settings.scale / 2)
    for _ in range(grey):
        found.append(_friends(made, len(found)))
    return tuple(found)


def _campaign(made: Making, plan: Plan, number: int) -> Operator:
    rng, size = made.rng, plan.size
    level = int(plan.stealth[1])
    earliest, latest = made.settings.span
    begins = made.start + int(rng.uniform(earliest, latest) * made.settings.days * DAY_US)
    zone = int(rng.integers(0, len(places.ZONES)))
    created, starts, ends = _lives(made, size, level, begins)
    zone_each = honest.zones(made, size) if level >= 2 else np.full(size, zone)
    face = _faces(made, size, level, zone_each, begins)
    members = made.add_accounts(
        size,
        subgroup=_CAMPAIGN,
        label=BAD,
        operator=number,
        payment=_cards(made, size, level),
        created=created,
        begins=starts,
        ends=ends,
        rate=_budgets(made, size, level),
        work=MIXED,
        zone=zone_each,
        quota=rng.choice([40, 40, 80], size),
        face=face,
    )
    return Operator(number, plan.kind, plan.stealth, members, begins, zone=zone, **_work(made, plan, level))


def _work(made: Making, plan: Plan, level: int) -> dict[str, Any]:
    """Return what the operator's work is: harvest, resale, or both."""
    rng = made.rng
    harvest = {"distillation": 1.0, "hydra": float(rng.uniform(0.4, 0.7)), "reseller-pool": 0.0}[plan.kind]
    if level == 3 and harvest:
        harvest = 0.1
    count = int(rng.integers(4, 11))
    jaccard = float(rng.uniform(0.05, 0.15)) if level >= 3 else float(rng.uniform(0.5, 0.8))
    masked = level == 4 or (level == 3 and rng.random() < 0.5)
    return {
        "harvest": harvest,
        "agentic": float(rng.uniform(0.2, 0.6)) if level < 4 else 0.8,
        "families": made.tokens(count),
        "weights": rng.dirichlet(np.full(count, 3.0)),
        "ratio": (1 / jaccard - 1) / 2,
        "systems": made.tokens(0 if masked else int(rng.integers(1, 4))),
        "users": honest.client_of(made, max(8, plan.size * 5)),
        "salt": int(rng.integers(1, 2**62)),
        "pooled": level < 4,
    }


def _lives(made: Making, size: int, level: int, begins: int) -> tuple[Array, Array, Array]:
    """Return when accounts were made, are first used, and are blocked: bought in bursts, later more slowly, or aged."""
    rng = made.rng
    end = made.start + made.settings.days * DAY_US
    within_days = (1.5, 1.5, 8.0, 25.0, 250.0)[level]
    created = begins - (rng.random(size) * within_days * DAY_US).astype(np.int64)
    aged = rng.random(size) < (0.0, 0.0, 0.1, 0.4, 1.0)[level]
    created = np.where(aged, np.minimum(made.aged(size), begins), created)
    starts = np.full(size, begins) + (rng.random(size) * min(2.0, made.settings.days / 5) * DAY_US).astype(np.int64)
    ends = np.full(size, NEVER)
    lost = int(size * _BLOCKED) if level < 4 else 0
    if lost:
        gone = begins + (rng.uniform(0.2, 0.9, lost) * (end - begins)).astype(np.int64)
        ends[:lost] = gone
        starts[lost : 2 * lost] = gone + (rng.random(lost) * DAY_US).astype(np.int64)
        created[lost : 2 * lost] = gone - (rng.random(lost) * DAY_US * 0.5).astype(np.int64)
    return created, starts, ends


def _cards(made: Making, size: int, level: int) -> Array:
    """Return payments: one card for dozens of accounts, or one for each."""
    if level >= 2:
        return made.tokens(size)
    cards = made.tokens(max(1, size // int(made.rng.integers(40, 120))))
    return cards[made.rng.integers(0, len(cards), size)]


def _budgets(made: Making, size: int, level: int) -> Array:
    """Return exchanges a day of accounts, spread little: the queue is dealt out evenly."""
    mean = made.settings.bad_per_day
    if level == 4:
        return np.clip(made.rng.gamma(6.0, 12.0 / 6.0, size), 2.0, 22.0)
    return made.rng.gamma(12.0, mean / _IN_USE / 12.0, size)


def _faces(made: Making, size: int, level: int, zone: Array, begins: int) -> Array:
    rng = made.rng
    if level >= 2:
        client = rng.choice(clients.AGENTS, size, p=[0.45, 0.2, 0.12, 0.1, 0.08, 0.05])
        bought = int(begins - DAY_US)
        frozen = made.releases.version(client, np.full(size, bought), _lag(rng, size), np.full(size, -1))
        pin = frozen if level == 2 else -1
        platform, twist = honest.platforms(made, client), np.uint64(0)
    else:
        client = np.full(size, 0)
        platform = np.zeros(size, dtype=np.int64)
        pin, twist = _relay(made)
    return made.add_faces(
        size,
        place=_lines(made, size, level, zone),
        client=client,
        pin=pin,
        platform=platform,
        twist=twist,
        zone=zone,
        lag_us=_lag(rng, size),
    )


def _relay(made: Making) -> tuple[Any, Any]:
    """Return version and twist of an operator's relay: mostly a product that honest people use too."""
    build = made.relays.chosen(1, made.rng)[0]
    own = made.tokens(1)[0]
    return made.relays.pin[build], own if made.rng.random() < _OWN_RELAY else made.relays.twist[build]


def _lag(rng: np.random.Generator, size: int) -> Array:
    return (rng.exponential(6.0, size) * DAY_US).astype(np.int64)


def _lines(made: Making, size: int, level: int, zone: Array) -> Array:
    """Return places: a few servers, a proxy's residential addresses, or a line of its own for each account."""
    rng = made.rng
    if level == 0:
        count = int(np.clip(size // 60, 1, 40))
        servers = made.places.add(count, places.HOSTING, size=rng.integers(1, 5, count), lease_us=DAY_US)
        return servers[rng.integers(0, count, size)]
    if level <= 3:
        sellers = rng.choice(len(made.nets.proxies), 2, replace=False)[(rng.random(size) < 0.3).astype(np.int64)]
        where = honest.zones(made, size) if level == 1 else zone  # from S2 on where the account says it is
        rented: Array = made.nets.proxies[sellers, where, rng.integers(0, made.nets.proxies.shape[2], size)]
        return rented
    return honest.homes(made, zone)


def _shared_key(made: Making, number: int) -> Operator:
    """Sell one key to many: each buyer with a device of his own, or all through one relay."""
    users = int(np.clip(made.rng.lognormal(np.log(40), 0.7), 12, 250))
    return _shared(made, number, "shared-key", BAD, users, made.rng.random() < 0.5, users * 2.0)


def _friends(made: Making, number: int) -> Operator:
    """Share an account among friends, or have its key stolen."""
    if made.rng.random() < 0.5:
        users = int(made.rng.integers(3, 6))
        return _shared(made, number, "friends", GREY, users, False, users * 2.5)
    return _hijacked(made, number)


def _shared(made: Making, number: int, kind: str, label: int, users: int, relayed: bool, rate: float) -> Operator:
    zone = honest.zones(made, users) if kind == "shared-key" else np.full(users, honest.zones(made, 1)[0])
    client = honest.client_of(made, users)
    begins = made.start + int(made.rng.uniform(0, 0.3) * made.settings.days * DAY_US)
    if relayed:
        place: Any = made.places.add(1, places.HOSTING, size=2, lease_us=DAY_US)[0]
        shown: Any = np.zeros(users, dtype=np.int64)
        pin, twist = _relay(made)
    else:
        place, shown, pin, twist = honest.homes(made, zone), client, -1, np.uint64(0)
    face = made.add_faces(
        users,
        place=place,
        client=shown,
        platform=0 if relayed else honest.platforms(made, shown),
        pin=pin,
        twist=twist,
        zone=zone,
    )
    members = made.add_accounts(
        1,
        subgroup=_CAMPAIGN if label == BAD else SUBGROUPS.index(kind),
        label=label,
        operator=number,
        begins=begins,
        created=np.minimum(made.aged(1), begins),
        rate=rate,
        work=MIXED,
        zone=zone[0],
        quota=400,
        face=face[0],
        faces=users,
    )
    return _alone(made, number, kind, members, begins, client)


def _alone(
    made: Making, number: int, kind: str, members: Array, begins: int, users: Array, thief: Array | None = None
) -> Operator:
    """Return who stands behind one account."""
    return Operator(
        number,
        kind,
        "",
        members,
        begins,
        harvest=0.0 if thief is None else 1.0,
        agentic=0.3,
        families=made.tokens(3),
        weights=np.full(3, 1 / 3),
        ratio=0.4,
        systems=made.tokens(1),
        users=users,
        salt=int(made.rng.integers(1, 2**62)),
        zone=0,
        pooled=False,
        hijacked=thief,
    )


def _hijacked(made: Making, number: int) -> Operator:
    """Let an ordinary account's key be stolen: from a moment on somebody else uses it too, from elsewhere."""
    members = honest.people(made, 1, "hijacked", label=GREY, operator=number)
    begins = made.start + int(made.rng.uniform(0.2, 0.8) * made.settings.days * DAY_US)
    place = made.places.add(1, places.HOSTING, size=3, lease_us=DAY_US)
    thief = made.add_faces(1, place=place, client=int(clients.SDKS[0]), zone=int(made.rng.integers(0, 12)))
    return _alone(made, number, "hijacked", members, begins, np.zeros(1, dtype=np.int64), thief)
