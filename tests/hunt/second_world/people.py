"""Honest people, teams and programs, each group by what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from random import Random
from typing import Any, Final

from tests.hunt.second_world.clock import DAY, START, Account, Seat, World
from tests.hunt.second_world.habits import Ask, Habits, live
from tests.hunt.second_world.places import ZONES, Places
from tests.hunt.second_world.words import Speaker, name, template

_ZONES: Final = tuple(ZONES)


class People:
    """Puts honest people into a world."""

    def __init__(self, world: World, places: Places) -> None:
        """Take a world without people."""
        self.world, self.places, self.rng = world, places, world.rng

    def settle(self) -> None:
        """Put all groups in."""
        for group, how_many, put in self.groups():
            for _ in range(how_many):
                put(group)

    def groups(self) -> Sequence[tuple[str, int, Callable[[str], None]]]:
        """Return groups, how many of each, and what puts one in."""
        return (
            ("solo", 950, self.solo),
            ("mobile", 120, self.mobile),
            ("plugin", 260, self.plugin),
            ("vpn", 150, self.vpn),
            ("company", 12, self.company),
            ("team", 42, self.team),
            ("class", 2, self.class_),
            ("hackathon", 2, self.hackathon),
            ("bootcamp", 2, self.bootcamp),
            ("ci", 45, self.runner),
            ("agency", 5, self.agency),
            ("family", 60, self.family),
            ("two-accounts", 45, self.two_accounts),
            ("benchmark", 45, self.benchmark),
            ("relay-user", 120, self.relay_user),
            ("translator", 60, self.translator),
            ("saas", 9, self.saas),
            ("saas-keys", 2, self.saas_keys),
        )

    # ---------------------------------------------------------------- parts

    def created(self) -> float:
        return (
            START - self.rng.expovariate(1 / 120) * DAY
            if self.rng.random() < 0.8
            else START + self.rng.random() * self.world.days * DAY
        )

    def card(self) -> str | None:
        return self.places.card() if self.rng.random() < 0.85 else None

    def one(
        self, group: str, seats: Sequence[Seat], zone: str, *, account: Account | None = None, **habits: Any
    ) -> Account:
        """Put one person in, with an account."""
        rng = self.rng
        keys = {key: habits.pop(key) for key in ("payment", "org", "created", "limit") if key in habits}
        account = account or self.world.account(group, **({"created": self.created(), "payment": self.card()} | keys))
        defaults: dict[str, Any] = {
            "speaker": Speaker(rng),
            "talks": rng.lognormvariate(0.4, 0.6),
            "active": rng.betavariate(1.5, 2.5),
            "turns": rng.lognormvariate(0.7, 0.5),
            "agentic": rng.random() * 0.8,
            "hours": (8.0, rng.choice((19.0, 23.0, 26.0))),
        }
        self.world.start(live(self.world, account, Habits(seats=seats, zone=zone, **(defaults | habits))))
        return account

    def zone(self) -> str:
        return self.rng.choice(_ZONES)

    def mixed(self, speaker: Speaker, shared: Sequence[str], often: float) -> Ask:
        """Return prompts of which a share is made from templates that are shared."""
        return lambda _: speaker.fill(self.rng.choice(shared)) if self.rng.random() < often else speaker.ask()

    # ---------------------------------------------------------------- individuals

    def solo(self, group: str) -> None:
        zone, home = self.zone(), self.places.home()
        seats = [self.places.seat(home, zone=zone)]
        while self.rng.random() < 0.35:
            network = home if self.rng.random() < 0.5 else self.places.network("mobile", 3)
            seats.append(self.places.seat(network, zone=zone if self.rng.random() < 0.8 else self.zone()))
        self.one(group, seats, zone)

    def mobile(self, group: str) -> None:
        zone = self.zone()
        self.one(group, [self.places.seat(self.rng.choice(self.places.carriers), zone=zone)], zone)

    def plugin(self, group: str) -> None:
        zone = self.zone()
        self.one(
            group, [self.places.seat(self.places.home(), "inkpad", zone)], zone, system=["You are inkpad, a plugin."]
        )

    def vpn(self, group: str) -> None:
        zone = self.zone()
        self.one(group, [self.places.seat(self.places.exits, zone=zone)], zone)

    def family(self, group: str) -> None:
        home, zone, card = self.places.home(), self.zone(), self.card()
        for _ in range(self.rng.randint(2, 4)):
            self.one(group, [self.places.seat(home, zone=zone)], zone, payment=card)

    def two_accounts(self, group: str) -> None:
        zone, card = self.zone(), self.card()
        seats = [self.places.seat(self.places.home(), zone=zone)]
        second = self.world.account(
            group,
            created=self.created(),
            payment=card if self.rng.random() < 0.5 else self.card(),
            limit=(5 * 3600, 40),
        )
        second.created = min(second.created, START)
        self.one(
            group,
            seats,
            zone,
            payment=card,
            others=[second],
            talks=3.5,
            turns=6.0,
            agentic=0.8,
            active=0.6,
            limit=(5 * 3600, 40),
        )

    def benchmark(self, group: str) -> None:
        """Run public items under a public harness, at night, all alone."""
        zone, which = self.zone(), self.rng.randrange(3)
        items = _benchmark(which)
        todo = cycle(self.rng.sample(items, len(items)))
        night = (START + self.rng.randrange(self.world.days - 3) * DAY, 0.0)
        self.one(
            group,
            [self.places.seat(self.places.home(), "pyclient", zone)],
            zone,
            ask=lambda _: next(todo),
            system=[f"Answer with the letter only. harness {which}"],
            typed=False,
            agentic=0.0,
            talks=110.0,
            active=0.9,
            capped=0.7,
            most=(256, 512, 1024)[which],
            span=(night[0], night[0] + 2.5 * DAY),
            hours=(20.0, 31.0),
            limit=(DAY, 4000),
        )

    def relay_user(self, group: str) -> None:
        """Use a relay product alone: its headers are the same wherever it runs."""
        zone = self.zone()
        network = self.places.network("hosting") if self.rng.random() < 0.5 else self.places.home()
        seat = self.places.seat(network, "termcoder", None)
        seat.header, seat.lag = "9d" * 8, -3 * DAY
        self.one(group, [seat], zone)

    def translator(self, group: str) -> None:
        zone, speaker = self.zone(), Speaker(self.rng, 1)
        languages = self.rng.sample(("French", "Polish", "Turkish", "Korean", "Thai", "Greek", "Swahili"), 2)

        def ask(_: float) -> str:
            return _TRANSLATE.format(
                language=self.rng.choice(languages), text=" ".join(speaker.ask() for _ in range(2))
            )

        self.one(
            group,
            [self.places.seat(self.places.home(), "pyclient", zone)],
            zone,
            ask=ask,
            typed=False,
            agentic=0.0,
            talks=18.0,
            capped=0.05,
            most=4096,
            system=[None],
            hours=(8.0, 20.0),
        )

    # ---------------------------------------------------------------- groups

    def company(self, group: str) -> None:
        self._office(group, self.rng.randint(5, 50), org=f"org-{name(self.rng)}", card=self.card(), cards=1.0)

    def team(self, group: str) -> None:
        self._office(group, self.rng.randint(3, 12), org=None, card=self.card(), cards=float(self.rng.random() < 0.5))

    def _office(self, group: str, size: int, *, org: str | None, card: str | None, cards: float) -> None:
        rng, zone, office = self.rng, self.zone(), self.places.network("office", self.rng.randint(1, 2))
        commands, shared = [template(rng, 3) for _ in range(4)], Speaker(rng, 2, 8)
        private = f"{template(rng, 5)} {name(rng)}"
        founded = START - rng.uniform(-10, 200) * DAY
        for _ in range(size):
            seats = [self.places.seat(office, zone=zone)]
            if rng.random() < 0.5:
                seats.append(self.places.seat(self.places.home(), zone=zone))
            ask = self.mixed(shared, commands, 0.35)
            self.one(
                group,
                seats,
                zone,
                org=org,
                payment=card if rng.random() < cards else self.card(),
                ask=ask,
                speaker=shared,
                created=founded if rng.random() < 0.5 else founded + rng.random() * 30 * DAY,
                hours=(8.5, 19.0),
                system=[private] if rng.random() < 0.7 else None,
            )

    def agency(self, group: str) -> None:
        """Work for clients, with the agency's card and prompts, in the clients' organisations where they are told."""
        rng, zone, office, card = self.rng, self.zone(), self.places.network("office"), self.places.card()
        commands, private = [template(rng, 4) for _ in range(3)], template(rng, 5)
        told = rng.random() < 0.5
        for _ in range(rng.randint(5, 11)):
            speaker = Speaker(rng)
            ask = self.mixed(speaker, commands, 0.5)
            self.one(
                group,
                [self.places.seat(office, "termcoder", zone)],
                zone,
                payment=card,
                ask=ask,
                speaker=speaker,
                system=[private],
                org=f"org-{name(rng)}" if told else None,
            )

    def class_(self, group: str) -> None:
        """Do the same homework in the same weeks, from the campus and from home."""
        rng, zone, campus = self.rng, self.zone(), self.places.network("office", 4)
        weeks = [[template(rng, 3) for _ in range(4)] for _ in range(6)]
        opened = START + rng.randint(0, 5) * DAY
        for _ in range(70):
            own = Speaker(rng, 1)

            def ask(now: float, own: Speaker = own) -> str:
                tasks = weeks[min(5, int((now - START) / (7 * DAY)))]
                return own.fill(rng.choice(tasks)) if rng.random() < 0.7 else own.ask()

            seats = [
                self.places.seat(campus, rng.choice(("chatbox", "inkpad")), zone),
                self.places.seat(self.places.home(), "chatbox", zone),
            ]
            created = opened + 36_000 + rng.random() * (5400 if rng.random() < 0.7 else 3 * DAY)
            self.one(
                group,
                seats,
                zone,
                created=created,
                payment=None if rng.random() < 0.7 else self.card(),
                ask=ask,
                speaker=own,
            )

    def hackathon(self, group: str) -> None:
        """Build something in two days, in one hall, from one starter kit; one of them with a sponsor's credits."""
        rng, zone, hall = self.rng, self.zone(), self.places.network("office", 1)
        kit, private, opened = [template(rng, 4) for _ in range(5)], template(rng, 5), START + rng.randint(4, 20) * DAY
        sponsor = self.places.card() if rng.random() < 0.5 else None
        for _ in range(45):
            own = Speaker(rng, 1)
            ask = self.mixed(own, kit, 0.4)
            self.one(
                group,
                [self.places.seat(hall, "treehand", zone)],
                zone,
                created=opened + rng.random() * 6 * 3600,
                ask=ask,
                payment=sponsor,
                speaker=own,
                system=[private],
                talks=9.0,
                active=1.0,
                turns=4.0,
                agentic=0.8,
                span=(opened, opened + 2 * DAY),
                hours=(0.0, 24.0),
            )

    def bootcamp(self, group: str) -> None:
        rng, zone = self.rng, self.zone()
        course, private = [template(rng, 3) for _ in range(25)], template(rng, 4)
        opened = START + rng.randint(-3, 3) * DAY
        for _ in range(30):
            own = Speaker(rng, 1)

            def ask(now: float, own: Speaker = own) -> str:
                lesson = course[int((now - START) / DAY) % len(course)]
                return own.fill(lesson) if rng.random() < 0.6 else own.ask()

            self.one(
                group,
                [self.places.seat(self.places.home(), "termcoder", zone)],
                zone,
                ask=ask,
                speaker=own,
                system=[private],
                created=opened + rng.random() * 2 * DAY,
                active=0.7,
                hours=(9.0, 18.0),
            )

    # ---------------------------------------------------------------- programs

    def runner(self, group: str) -> None:
        """Review changes of an open project on public runners, at all hours, by a public action."""
        own = Speaker(self.rng, 1)
        ask: Ask = lambda _: _REVIEW.format(text=own.ask(), name=self.rng.choice(own.names))  # noqa: E731
        self.one(
            group,
            [self.places.seat(self.places.runners, "jsclient", None)],
            "Europe/London",
            ask=ask,
            typed=False,
            system=["You review changes. review-action v3"],
            talks=self.rng.uniform(2, 14),
            active=0.9,
            agentic=0.3,
            hours=(0.0, 24.0),
            most=4096,
            capped=0.03,
        )

    def saas(self, group: str) -> None:
        """A product's server: many end users behind one account, which says so or not."""
        org = f"org-{name(self.rng)}" if self.rng.random() < 0.5 else None
        self._backend(
            group,
            [self.world.account(group, created=START - 90 * DAY, payment=self.card(), org=org, limit=(DAY, 9000))],
        )

    def saas_keys(self, group: str) -> None:
        """A product's server with three undeclared accounts, used one after the other: honest, like a pool."""
        card = self.places.card()
        keys = [self.world.account(group, created=START - 90 * DAY, payment=card, limit=(3600, 30)) for _ in range(3)]
        self._backend(group, keys)

    def _backend(self, group: str, accounts: list[Account]) -> None:
        rng, server = self.rng, self.places.network("hosting")
        private, frame = template(rng, 5), template(rng, 3)
        for _ in range(rng.randint(15, 40)):
            own = Speaker(rng, 1)
            seat = self.places.seat(server, "pyclient")
            account = rng.choice(accounts)
            others = [one for one in accounts if one is not account]
            self.one(
                group,
                [seat],
                self.zone(),
                account=account,
                speaker=own,
                system=[private],
                others=others,
                agentic=0.0,
                ask=lambda _, s=own: s.fill(frame),
                active=0.3,
                hours=(0.0, 24.0),
            )


_TRANSLATE: Final = (
    "Translate the following text into {language}. Keep tone, register and line breaks, do not explain choices, "
    "and leave product names as they are. Text: {text}"
)
_REVIEW: Final = (
    "Review the following change of {name}. Point out bugs, missing tests and unclear names. Answer as a list of "
    "comments with file and line, most important first. Change: {text}"
)


def _benchmark(which: int) -> list[str]:
    """Return the items of a public benchmark: the same in every world."""
    rng = Random(which)
    return [f"Question. {Speaker(rng, 2).ask()} Options A B C D. Answer:" for _ in range(300)]
