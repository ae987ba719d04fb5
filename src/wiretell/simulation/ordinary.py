"""A day of honest accounts: conversations of people and of programs."""

from __future__ import annotations

from typing import Final

import numpy as np

from wiretell.simulation import clients
from wiretell.simulation.devices import MAIN_SHARE
from wiretell.simulation.draw import DAY_US, HOUR_US, Array, below, mix, unit, zipf
from wiretell.simulation.places import ZONE_HOURS
from wiretell.simulation.talks import MEAN_TURNS, SIBLING, STAYS, Owners, Talks, made, systems, turns_of
from wiretell.simulation.world import EVAL, MIXED, SAAS, SOLD, SUBGROUPS, World

_BENCHMARK_ITEMS: Final = 4_000
_HARNESSES: Final = 6
_GREETINGS: Final = 40
_BURST: Final = 0.6
"""Shape of the Gamma that spreads an account's volume over days."""
_LAUNCH_TRAFFIC: Final = 3.0
_STOP_DAYS: Final = 4
_TRAVELLER: Final = SUBGROUPS.index("traveller")


def talks(world: World, day: int, rng: np.random.Generator) -> Talks:
    """Return the conversations of one day of those who belong to no campaign."""
    accounts = world.accounts
    own = np.flatnonzero(accounts.work != MIXED)
    midnight = world.start + day * DAY_US
    open_ = own[(accounts.begins[own] < midnight + DAY_US) & (accounts.ends[own] > midnight)]
    account = np.repeat(open_, rng.poisson(_volume(world, open_, midnight, rng)))
    n = len(account)
    token = rng.integers(1, 2**63, n).astype(np.uint64)
    start = _starts(world, account, midnight, rng)
    keep = start >= accounts.begins[account]
    account, token, start = account[keep], token[keep], start[keep]
    return _talks(world, account, token, start, rng)


def _volume(world: World, account: Array, midnight: int, rng: np.random.Generator) -> Array:
    accounts = world.accounts
    weekend = ((midnight // DAY_US) + 3) % 7 >= 5
    human = accounts.spread[account] == 0
    usual = accounts.rate[account] / MEAN_TURNS[accounts.work[account]]
    days = np.where(human & weekend, 0.45, np.where(human, 1.22, 1.0))
    launched = (world.launch <= midnight) & (midnight < world.launch + 3 * DAY_US)
    tries = launched & np.isin(accounts.subgroup[account], _AT_LAUNCH)
    return usual * days * rng.gamma(_BURST, 1 / _BURST, len(account)) * np.where(tries, _LAUNCH_TRAFFIC, 1.0)


_AT_LAUNCH: Final = np.array([SUBGROUPS.index("evaluation"), SUBGROUPS.index("launch-day")])


def _starts(world: World, account: Array, midnight: int, rng: np.random.Generator) -> Array:
    """Return starts: people in one or two blocks of hours a day by their clock, programs at any time."""
    accounts = world.accounts
    day = midnight // DAY_US
    block = (rng.random(len(account)) < 0.4).astype(np.int64)
    centre = clock_hours(mix("block", account, day, block))
    hour = centre + rng.weibull(0.8, len(account)) * 0.8 - ZONE_HOURS[accounts.zone[account]]
    anywhere = rng.random(len(account)) * 24
    at = np.where(accounts.spread[account] == 1, anywhere, hour % 24)
    return midnight + (at * HOUR_US).astype(np.int64)


def clock_hours(token: Array) -> Array:
    """Return hours at which people begin to work, by their own clocks: morning, afternoon, evening."""
    hump = below(mix("hump", token), 20)
    normal = np.sqrt(-2 * np.log(unit(mix("radius", token)))) * np.cos(2 * np.pi * unit(mix("angle", token)))
    return np.select([hump < 8, hump < 15], [9.7 + 1.3 * normal, 14.3 + 1.6 * normal], 20.3 + 1.8 * normal)


def _devices(world: World, account: Array, token: Array, start: Array) -> Array:
    """Return the face of each conversation: a person's usual device or another; a traveller's stop of these days."""
    accounts = world.accounts
    faces = accounts.faces[account]
    further = 1 + below(mix("further", token), np.maximum(faces - 1, 1))
    device = np.where((faces > 1) & (unit(mix("device", token)) >= MAIN_SHARE), further, 0)
    stop = below(mix("stop", account, start // (_STOP_DAYS * DAY_US)), faces)
    found: Array = accounts.face[account] + np.where(accounts.subgroup[account] == _TRAVELLER, stop, device)
    return found


def _talks(world: World, account: Array, token: Array, start: Array, rng: np.random.Generator) -> Talks:
    accounts, faces = world.accounts, world.faces
    n = len(account)
    work = accounts.work[account]
    face = _devices(world, account, token, start)
    client = faces.used[face]
    ends_users = np.isin(work, (SAAS, SOLD))
    user = np.where(ends_users, mix("end user", account, below(token, 400)), faces.key[face])
    shared = rng.random(n) < accounts.share[account]
    sold = work == SOLD
    client = np.where(sold, clients.AGENTS[below(mix("sold", user), len(clients.AGENTS))], client)
    owners = Owners(user, accounts.group[account], shared & ~sold)
    system = systems(world, faces, face, client, start, owners, token)
    family = mix("said", accounts.group[account], zipf(mix("which", token), 5))
    said, ratio, first = accounts.said[account], np.full(n, 0.3), mix("first", token)

    item = below(mix("item", accounts.group[account], start // (6 * HOUR_US), below(token, 60)), _BENCHMARK_ITEMS)
    greeting = zipf(mix("greeting", token), _GREETINGS)
    is_item = work == EVAL
    greets = (clients.SYSTEM[client] == clients.NONE) & (rng.random(n) < 0.5)
    system = np.where(
        is_item, mix(world.salt, "harness", below(mix("uses", accounts.group[account]), _HARNESSES)), system
    )
    family = np.select([is_item, greets], [mix("item", item), mix("greeting", greeting)], family)
    first = np.where(is_item | greets, mix("as is", family), first)
    said = np.where(is_item | greets, 1.0, said)
    ratio = np.where(is_item | greets, 0.0, ratio)
    moves = np.where(accounts.sibling[account] >= 0, SIBLING, STAYS)
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
        first=first,
        family=family,
        said=said,
        ratio=ratio,
        moves=moves,
    )
