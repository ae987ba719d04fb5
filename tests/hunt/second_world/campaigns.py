"""Operators: they buy accounts, cards, addresses and relays, and fields of the log follow from what they bought.

S0: shared cards, few servers, one relay. S1: proxies. S2: own cards, aged accounts, a client imitated for each account,
hours of people. S3: prompts in other words, harvest a tenth of resold traffic, clients kept up to date, half without
quick retries.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from tests.hunt.second_world.clock import DAY, START, Account, Network, Process, Seat, Talk, World, digest
from tests.hunt.second_world.habits import Habits, begin
from tests.hunt.second_world.places import CAP, ZONES, Places
from tests.hunt.second_world.words import Speaker, name, paraphrase, template

PLAN: Final = (
    ("distillation", 0),
    ("distillation", 1),
    ("distillation", 2),
    ("distillation", 3),
    ("reseller-pool", 0),
    ("reseller-pool", 1),
    ("reseller-pool", 2),
    ("reseller-pool", 3),
    ("hydra", 1),
    ("hydra", 2),
    ("hydra", 3),
)
SIZES: Final = (6, 6, 9, 12, 16, 24, 30, 45, 70, 120, 300)


@dataclass(frozen=True, slots=True)
class Told:
    """An operator, for the truth."""

    number: int
    kind: str
    level: int | None
    size: int


class Operator:
    """One campaign: its accounts, what it owns, and its queue."""

    def __init__(self, world: World, places: Places, told: Told, proxies: list[str]) -> None:
        """Buy what the level pays for."""
        self.world, self.places, self.told, self.rng = world, places, told, world.rng
        rng, level = world.rng, told.level or 0
        self.level = level
        self.begins = START + rng.uniform(0, world.days * 0.5) * DAY
        self.ends = min(world.end, self.begins + rng.uniform(8, 18) * DAY)
        self.servers = places.network("hosting", rng.randint(1, 3))
        self.frozen = digest(f"relay {told.number}").hex()
        self.zone = rng.choice(tuple(ZONES))
        self.accounts = self._bought()
        self.seats = {account.name: self._seat(proxies) for account in self.accounts}
        self.templates = [template(rng, rng.randint(3, 6)) for _ in range(rng.randint(3, 8))]
        self.speaker = Speaker(rng, 3, 400)
        self.harness = f"{template(rng, 6)} {name(rng, 5)}"
        self.bare = level == 3 and rng.random() < 0.5
        self.agentic = rng.random() < 0.5
        self.patient = level == 3 and rng.random() < 0.5
        """Whether it waits for an account to be free rather than retry on another at once."""
        self.ready = deque(rng.sample(self.accounts, len(self.accounts)))

    def _bought(self) -> list[Account]:
        rng, per_card = self.rng, self.rng.randint(8, 40)
        made: list[Account] = []
        card, batch = self.places.card(), self.begins - rng.uniform(0.2, 4) * DAY
        for at in range(self.told.size):
            if at and at % per_card == 0:
                card = self.places.card()
            if at and at % 25 == 0:
                batch = self.begins + rng.uniform(-4, 4) * DAY
            own = self.level >= 2
            created = self.begins - rng.expovariate(1 / 40) * DAY if own else batch + rng.random() * 5 * 3600
            payment = (self.places.card() if own else card) if rng.random() < 0.95 else None
            account = self.world.account("campaign", created=created, payment=payment, operator=self.told.number)
            if rng.random() < (0.15, 0.08, 0.04, 0.02)[self.level]:
                account.banned = self.begins + rng.uniform(2, 15) * DAY
            made.append(account)
        return made

    def _seat(self, proxies: list[str]) -> Seat:
        rng, level = self.rng, self.level
        network = self.servers
        if level:
            kind = "residential" if rng.random() < 0.85 else None
            network = Network(rng.sample(proxies, rng.randint(1, 3)), rng.randrange(3000, 64000), kind, 4 * DAY)
        seat = self.places.seat(
            network, "pyclient" if level < 2 else None, self.zone if level < 2 else rng.choice(tuple(ZONES))
        )
        seat.lag = -(START - self.begins) if level < 2 else seat.lag
        if level < 2:
            seat.header, seat.lag, seat.session = self.frozen, -rng.uniform(0, 1) * DAY, False
        elif level == 2:
            seat.lag = -20 * DAY
        return seat

    # ---------------------------------------------------------------- sending

    def next(self, but: Account | None = None) -> Account:
        """Return the account that has rested longest."""
        for _ in range(len(self.ready)):
            account = self.ready.popleft()
            self.ready.append(account)
            if account is not but and not (account.banned and account.banned < self.world.now):
                return account
        return self.ready[0]

    def pass_on(
        self, account: Account, talk: Talk, text: str | None, **rest: object
    ) -> Generator[float, None, Account | None]:
        """Send by an account; refused, by the next one. Returns the one that was answered, or None."""
        for _ in range(5):
            status = self.world.send(account, self.seats[account.name], talk, text, **rest)  # type: ignore[arg-type]
            if status == 200:
                return account
            if status == 529:
                yield self.world.now + self.rng.uniform(5, 60)
            elif self.patient and status == 429:
                yield max(self.world.now + 60, self.world.free_at(account) + self.rng.expovariate(1 / 900))
            else:
                account = self.next(but=account)
                yield self.world.now + self.rng.expovariate(1 / (4 if self.level < 2 else 40))
        return None

    # ---------------------------------------------------------------- harvest

    def harvest(self, per_day: float) -> Process:
        """Work off the queue: one worker's items, each once, on whatever account is next."""
        rng, world = self.rng, self.world
        while world.now < self.ends:
            item = self.speaker.fill(rng.choice(self.templates)) + " " + self.speaker.ask()
            text: str | None = paraphrase(rng, item) if self.level == 3 else item
            talk = world.talk(None if self.bare else self.harness)
            account = self.next()
            for step in range(1 + (int(rng.expovariate(0.3)) if self.agentic else 0)):
                talk.add(text or f"result {rng.getrandbits(40)}")
                answered = yield from self.pass_on(
                    account,
                    talk,
                    text,
                    results=int(step > 0),
                    calls=int(self.agentic),
                    capped=0.1 if self.agentic else 0.35,
                    out=(2500.0, CAP),
                )
                if answered is None:
                    break
                account, text = answered, None
                yield world.now + rng.lognormvariate(2.5, 0.6)
            yield self._rested(world.now + rng.expovariate(per_day / DAY))

    def _rested(self, at: float) -> float:
        """From S2 on, work rests at night."""
        if self.level < 2:
            return at
        hour = (at / 3600 + ZONES[self.zone]) % 24
        return at + (8 - hour) * 3600 + self.rng.random() * 7200 if hour < 7 else at

    # ---------------------------------------------------------------- resale

    def customer(self) -> Process:
        """One end user: conversations that stay on an account until it is refused."""
        rng, world = self.rng, self.world
        zone = rng.choice(tuple(ZONES))
        own = self.places.seat(self.servers, None, zone)
        habits = Habits([own], Speaker(rng), zone, turns=rng.lognormvariate(0.8, 0.5), agentic=rng.random())
        chat = f"storefront {self.told.number}" if self.level < 2 and rng.random() < 0.4 else None
        active, account = rng.uniform(0.3, 1.0), self.next()
        while world.now < self.ends:
            talk = world.talk(chat) if chat else begin(world, habits, own)
            if rng.random() < 0.3:
                account = self.next()
            for turn in range(1 + int(rng.expovariate(1 / habits.turns))):
                text: str | None = habits.speaker.follow() if turn else habits.speaker.ask()
                for step in range(1 + (int(rng.expovariate(0.4)) if rng.random() < habits.agentic else 0)):
                    talk.add(text or f"result {rng.getrandbits(40)}")
                    answered = yield from self.pass_on(account, talk, text, results=int(step > 0))
                    if answered is None:
                        break
                    account, text = answered, None
                    yield world.now + rng.lognormvariate(2.3, 0.7)
                yield world.now + rng.lognormvariate(4.4, 1.0)
            wait = rng.expovariate(active / DAY * 2.2)
            hour = ((world.now + wait) / 3600 + ZONES[zone]) % 24
            yield world.now + wait + (max(0.0, 8 - hour) * 3600)

    def set_to_work(self, daily: float) -> None:
        """Start workers and customers, for so many exchanges a day and account."""
        rng, days = self.rng, (self.ends - self.begins) / DAY
        total = daily * days * self.told.size
        share = {"distillation": 1.0, "reseller-pool": 0.0, "hydra": 0.4}[self.told.kind]
        if self.level == 3 and share:
            share = 0.1
        items = total * share / (4.0 if self.agentic else 1.0)
        workers = max(1, math.ceil(items / days / 150))
        for _ in range(workers if items else 0):
            self.world.start(self.harvest(items / days / workers), self.begins + rng.random() * DAY)
        for _ in range(round(total * (1 - share) / (days * 5))):
            self.world.start(self.customer(), self.begins + rng.random() * 3 * DAY)


def shared_key(world: World, places: Places, number: int) -> Told:
    """One account that is sold to many: unrelated people at once, by a relay."""
    rng = world.rng
    account = world.account(
        "shared-key", created=START - 30 * DAY, payment=places.card(), operator=number, limit=(5 * 3600, 900)
    )
    from tests.hunt.second_world.habits import live

    for _ in range(rng.randint(8, 30)):
        zone = rng.choice(tuple(ZONES))
        network = places.network("hosting") if rng.random() < 0.1 else places.home()
        habits = Habits([places.seat(network, None, zone)], Speaker(rng), zone, active=0.6, talks=1.5)
        world.start(live(world, account, habits))
    return Told(number, "shared-key", None, 1)


def invade(
    world: World,
    places: Places,
    plan: tuple[tuple[str, int], ...] = PLAN,
    sizes: tuple[int, ...] = SIZES,
    volume: float = 1.0,
) -> list[Told]:
    """Put operators in; sizes fall to kinds and levels by chance.

    `volume`: 1 makes some 8 to 40 exchanges a day and account (reported campaigns: 26), 0.25 thin ones.
    """
    told: list[Told] = []
    proxies = places.proxies(500)
    drawn = world.rng.sample(sizes, len(sizes))
    for number, ((kind, level), size) in enumerate(zip(plan, drawn, strict=False), 1):
        told.append(Told(number, kind, level, size))
        operator = Operator(world, places, told[-1], proxies)
        rate = math.exp(world.rng.uniform(math.log(8), math.log(40))) if size < 100 else world.rng.uniform(7, 14)
        operator.set_to_work(rate * volume)
    return [*told, *(shared_key(world, places, number) for number in range(len(told) + 1, len(told) + 4))]
