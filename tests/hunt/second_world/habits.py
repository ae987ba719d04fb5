"""How one person or program uses accounts: a process on the clock."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.hunt.second_world.clock import DAY, START, Account, Process, Seat, Talk, World
from tests.hunt.second_world.places import ZONES
from tests.hunt.second_world.words import Speaker

Ask = Callable[[float], str]
"""From the time to the first prompt of a conversation."""


@dataclass(slots=True)
class Habits:
    """What somebody does."""

    seats: Sequence[Seat]
    speaker: Speaker
    zone: str
    ask: Ask | None = None
    """None: as the speaker asks."""
    system: Sequence[str | None] | None = None
    """System parts in the place of the client's own."""
    talks: float = 1.2
    """Conversations a day, on days with any."""
    active: float = 0.5
    """Share of days with any."""
    turns: float = 3.0
    agentic: float = 0.5
    """How often a turn calls tools."""
    span: tuple[float, float] = (START, math.inf)
    """Seconds between which it happens."""
    capped: float = 0.01
    most: int = 16_000
    typed: bool = True
    """Whether follow-ups are typed; else the talk is one question."""
    hours: tuple[float, float] = (9.0, 21.0)
    """Local; beyond 24 goes on into the night."""
    others: Sequence[Account] = field(default_factory=tuple)
    """Accounts on which one goes on at a limit."""


def live(world: World, account: Account, habits: Habits) -> Process:
    """Use an account, day by day."""
    rng = world.rng
    first = max(habits.span[0], account.created)
    day = math.floor((first - START) / DAY)
    peak = rng.uniform(*habits.hours)
    while (midnight := START + day * DAY) < min(habits.span[1], world.end):
        weekend = 0.4 if day % 7 >= 5 else 1.0
        if rng.random() < habits.active * weekend:
            times = sorted(_hour(rng, habits, peak) for _ in range(1 + _poisson(rng, habits.talks - 1)))
            for hour in times:
                at = midnight + (hour - ZONES[habits.zone]) * 3600
                if first <= at <= habits.span[1] and at >= getattr(world, "now", START) - DAY:
                    yield at
                    yield from converse(world, account, habits)
        day += 1


def _hour(rng: Random, habits: Habits, peak: float) -> float:
    low, high = habits.hours
    return min(high, max(low, rng.gauss(peak, 3.0))) if high - low < 24 else rng.uniform(low, high)


def _poisson(rng: Random, mean: float) -> int:
    k, product = 0, rng.random()
    while product > math.exp(-max(mean, 0.0)):
        k += 1
        product *= rng.random()
    return k


def begin(world: World, habits: Habits, seat: Seat) -> Talk:
    """Begin a conversation with the system part that belongs to it."""
    rng = world.rng
    if habits.system is not None:
        return world.talk(rng.choice(habits.system))
    if not seat.client.name or seat.client.name.endswith("client"):
        return world.talk(None if rng.random() < 0.6 else f"You are a helpful assistant. {habits.speaker.names[0]}")
    project = f" {rng.choice(habits.speaker.names[:4])}" if seat.client.per_project else ""
    return world.talk(f"{seat.client.system} {seat.client.version(world.now, seat.lag)}{project}")


def converse(world: World, account: Account, habits: Habits) -> Iterator[float]:
    """Hold one conversation: typed turns, each with as many calls of tools as it takes."""
    rng = world.rng
    seat = rng.choice(list(habits.seats))
    talk, now = begin(world, habits, seat), account
    address = seat.network.at(world.now, rng)
    for turn in range(1 + (int(rng.expovariate(1 / max(habits.turns - 1, 0.1))) if habits.typed else 0)):
        text: str | None = habits.speaker.follow() if turn else (habits.ask or _asks(habits))(world.now)
        talk.add(text or "")
        steps = 1 + (int(rng.expovariate(0.4)) if rng.random() < habits.agentic else 0)
        for step in range(steps):
            calls = 1 if step + 1 < steps else 0
            if step:
                text = None
                talk.add(f"result {rng.getrandbits(40)}")
            status = world.send(
                now, seat, talk, text, results=int(step > 0), calls=calls, capped=habits.capped,
                out=(350.0, habits.most), address=address,
            )  # fmt: skip
            for _ in range(3):
                if status == 200:
                    break
                if status == 429 and habits.others:
                    now = rng.choice([one for one in (account, *habits.others) if one is not now])
                    yield world.now + rng.lognormvariate(4.2, 1.0)
                elif status == 529:
                    yield world.now + rng.uniform(20, 600)
                elif status == 429 and rng.random() < 0.4:
                    yield max(world.now + 60, world.free_at(now) + rng.expovariate(1 / 1800))
                else:
                    return
                status = world.send(now, seat, talk, text, results=int(step > 0), calls=calls, address=address)
            if status != 200:
                return
            yield world.now + rng.lognormvariate(2.3, 0.7)
        yield world.now + rng.lognormvariate(4.5, 1.0)


def _asks(habits: Habits) -> Ask:
    return lambda _: habits.speaker.ask()
