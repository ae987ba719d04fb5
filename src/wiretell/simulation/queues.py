"""A day of campaigns: a queue of work dealt out over an operator's accounts, and a storefront's end users."""

from __future__ import annotations

import numpy as np

from wiretell.simulation.draw import DAY_US, HOUR_US, Array, below, chosen, generator, mix, zipf
from wiretell.simulation.operators import Operator
from wiretell.simulation.ordinary import clock_hours
from wiretell.simulation.places import ZONE_HOURS, ZONE_SHARES
from wiretell.simulation.talks import (
    AGENTIC,
    HARVEST,
    MEAN_TURNS,
    POOL,
    STAYS,
    Owners,
    Talks,
    made,
    systems,
    turns_of,
)
from wiretell.simulation.world import MIXED, World


def talks(world: World, day: int) -> list[Talks]:
    """Return the conversations of one day of all operators, each by chance of its own."""
    found: list[Talks] = []
    for operator in world.operators:
        rng = generator(world.settings.seed, "campaign", operator.number, day)
        midnight = world.start + day * DAY_US
        members = at_work(world, operator, midnight)
        if len(members):
            found += _of_day(world, operator, members, midnight, rng)
    return found


def at_work(world: World, operator: Operator, midnight: int) -> Array:
    """Return the operator's accounts that may be used on a day."""
    accounts, members = world.accounts, operator.members
    begun = np.maximum(accounts.begins[members], operator.begins) < midnight + DAY_US
    found: Array = members[begun & (accounts.ends[members] > midnight)]
    return found


def _of_day(world: World, operator: Operator, members: Array, midnight: int, rng: np.random.Generator) -> list[Talks]:
    """Return a day's harvest and resale; both are dealt out by the same budget of the accounts."""
    budget = world.accounts.rate[members] * rng.lognormal(-0.02, 0.2)
    found: list[Talks] = []
    if operator.hijacked is not None:
        budget = budget * 8.0  # a thief takes more than the owner
    if operator.harvest:
        mean = 1 - operator.agentic + operator.agentic * MEAN_TURNS[AGENTIC]
        account = np.repeat(members, rng.poisson(budget * operator.harvest / mean))
        found.append(_harvest(world, operator, account, midnight, rng))
    if operator.harvest < 1:
        count = int(rng.poisson(budget.sum() * (1 - operator.harvest) / MEAN_TURNS[MIXED]))
        found.append(_resale(world, operator, members, count, midnight, rng))
    return [each for each in found if len(each)]


def _harvest(world: World, operator: Operator, account: Array, midnight: int, rng: np.random.Generator) -> Talks:
    """Return items of the queue: each on one account, in the shift in which a worker uses that account."""
    n = len(account)
    token = rng.integers(1, 2**63, n).astype(np.uint64)
    start = _shifts(world, operator, account, midnight, rng)
    keep = start >= np.maximum(world.accounts.begins[account], operator.begins)
    account, token, start = account[keep], token[keep], start[keep]
    n = len(account)
    work = np.where(rng.random(n) < operator.agentic, AGENTIC, HARVEST)
    family = operator.families[rng.choice(len(operator.families), n, p=operator.weights)]
    face = world.accounts.face[account] if operator.hijacked is None else np.broadcast_to(operator.hijacked, n)
    client = world.faces.client[face]
    if len(operator.systems):
        system = operator.systems[zipf(mix("system", operator.salt, family), len(operator.systems))]
    else:
        key = world.faces.key[face]
        group = np.full(n, operator.copies, dtype=np.uint64)
        owners = Owners(key, group, np.full(n, operator.copies != 0))
        system = systems(world, world.faces, face, client, start, owners, token)
    if operator.stealth == "S4":  # personas: templates of its own for each account
        family = mix("persona", family, account)
    return made(
        n,
        token=token,
        account=account,
        face=face,
        client=client,
        start=start,
        turns=turns_of(work, rng),
        work=work,
        system=system,
        family=family,
        said=1.0,
        ratio=operator.ratio,
        moves=POOL if operator.pooled else STAYS,
        operator=operator.number,
    )


def _shifts(world: World, operator: Operator, account: Array, midnight: int, rng: np.random.Generator) -> Array:
    """Return starts: an account is used in one or two shifts of an hour or two a day.

    Up to S1 in the engineers' hours; from S2 on in those of the account's own zone.
    """
    day = midnight // DAY_US
    n = len(account)
    shift = (rng.random(n) < 0.35).astype(np.int64)
    token = mix("shift", account, day, shift, operator.salt)
    engineers = 8.5 + 13.0 * (below(mix("engineer", token), 1 << 20) / (1 << 20)) - ZONE_HOURS[operator.zone]
    own = clock_hours(token) - ZONE_HOURS[world.accounts.zone[account]]
    begin = own if operator.stealth >= "S2" else engineers
    long_h = 0.3 + 1.4 * (below(mix("length", token), 1 << 20) / (1 << 20))
    at = (begin + rng.random(n) * long_h) % 24
    found: Array = midnight + (at * HOUR_US).astype(np.int64)
    return found


def _resale(
    world: World, operator: Operator, members: Array, count: int, midnight: int, rng: np.random.Generator
) -> Talks:
    """Return end users' conversations, each on the account that its user sticks to for an hour."""
    accounts, faces = world.accounts, world.faces
    token = rng.integers(1, 2**63, count).astype(np.uint64)
    user = zipf(mix("user", token), len(operator.users), 0.7)
    who = mix("end user", operator.salt, user)
    zone = chosen(mix("zone", who), ZONE_SHARES)
    day = midnight // DAY_US
    hour = clock_hours(mix("hours", who, day)) + rng.weibull(0.8, count) * 0.8 - ZONE_HOURS[zone]
    start = midnight + ((hour % 24) * HOUR_US).astype(np.int64)
    sticky = mix("sticky", who, start // HOUR_US)
    account = members[chosen(sticky, accounts.rate[members])]
    keep = start >= np.maximum(accounts.begins[account], operator.begins)
    token, user, who, start, account = token[keep], user[keep], who[keep], start[keep], account[keep]
    n = len(token)
    client = operator.users[user]
    face = accounts.face[account]
    if accounts.faces[account[0]] > 1 if n else False:  # a key that was sold: the buyers' own devices
        face = face + user % accounts.faces[account]
    owners = Owners(who, who, np.zeros(n, dtype=bool))
    return made(
        n,
        token=token,
        account=account,
        face=face,
        client=client,
        start=start,
        turns=turns_of(np.full(n, MIXED), rng),
        work=MIXED,
        system=systems(world, faces, face, client, start, owners, token),
        family=np.uint64(0),
        moves=POOL if operator.pooled else STAYS,
        operator=operator.number,
    )
