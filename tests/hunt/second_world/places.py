"""Networks, programs and cards that people and operators use."""

from __future__ import annotations

from random import Random
from typing import Final

from tests.hunt.second_world.clock import DAY, START, Network, Seat, digest

ZONES: Final = {
    "America/New_York": -5, "America/Los_Angeles": -8, "America/Sao_Paulo": -3, "Europe/London": 0, "Europe/Berlin": 1,
    "Europe/Kyiv": 2, "Asia/Kolkata": 5.5, "Asia/Shanghai": 8, "Asia/Tokyo": 9, "Australia/Sydney": 10,
}  # fmt: skip
"""Hours before UTC."""
CAP: Final = 8192


class Client:
    """A program, its versions and what it sends."""

    def __init__(self, rng: Random, name: str, *, tells: str, model: str, per_project: bool, days: int) -> None:
        """Draw its releases; `tells` holds `t` for a time zone, `s` for sessions, `h` for stable headers."""
        self.name = name
        self.tells_tz, self.tells_session, self.tells_header = "t" in tells, "s" in tells, "h" in tells
        self.per_project = per_project
        self.system = f"You are {name}. {rng.getrandbits(64)}"
        self._model = model
        at, minor = START - 40.0 * DAY, rng.randint(1, 30)
        self._releases: list[tuple[float, str, int]] = []
        shape = 0
        while at < START + days * DAY:
            shape += rng.random() < 0.25
            self._releases.append((at, f"1.{minor}.{rng.randint(0, 9)}", shape))
            minor += 1
            at += rng.uniform(3, 10) * DAY

    def version(self, now: float, lag: float) -> str:
        """Return what somebody has who is late by `lag` seconds, or (below zero) stopped at START - lag."""
        until = now - lag if lag >= 0 else START + lag
        found = [version for at, version, _ in self._releases if at <= until]
        return found[-1] if found else self._releases[0][1]

    def header(self, version: str, platform: str) -> str | None:
        """Return the hash of names and order of headers: a release seldom changes them."""
        shape = next((shape for _, known, shape in self._releases if known == version), 0)
        return digest(f"{self.name} {shape} {platform}").hex() if self.tells_header else None

    def model(self, now: float, rng: Random) -> str:
        """Return the model asked for; a new one comes on day 14."""
        if now > START + 14 * DAY and rng.random() < 0.5:
            return f"{self._model}-next"
        return self._model if rng.random() < 0.85 else f"{self._model}-small"


class Places:
    """What there is to use."""

    def __init__(self, rng: Random, days: int) -> None:
        """Draw programs and carriers."""
        self.rng = rng
        made = (
            ("termcoder", "tsh", "large", True), ("inkpad", "sh", "large", False), ("chatbox", "s", "medium", False),
            ("pyclient", "h", "large", False), ("jsclient", "h", "medium", False), ("desk", "tsh", "medium", False),
            ("treehand", "th", "large", True), ("", "", "medium", False),
        )  # fmt: skip
        self.clients = {
            name: Client(rng, name, tells=tells, model=model, per_project=project, days=days)
            for name, tells, model, project in made
        }
        self.carriers = [self.network("mobile", 4) for _ in range(4)]
        self.exits = self.network("vpn", 12)
        self.runners = self.network("hosting", 40)
        self.homes: list[str] = []
        """Addresses of people at home: some are nodes of a proxy seller without knowing."""

    def address(self) -> str:
        """Return a public IPv4 address."""
        rng = self.rng
        first = rng.choice((23, 45, 62, 78, 84, 91, 102, 128, 151, 178, 188, 203))
        return f"{first}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"

    def network(self, kind: str, addresses: int = 1, every: float = 0) -> Network:
        """Return a network with addresses of its own."""
        known = self.rng.random()
        asn = self.rng.randrange(3000, 64000) if known > 0.15 else None
        return Network([self.address() for _ in range(addresses)], asn, kind if known > 0.08 else None, every)

    def home(self) -> Network:
        """Return a home: one IPv4, one that changes every few days, or IPv6 with a new end each day."""
        draw, rng = self.rng.random(), self.rng
        if draw < 0.25:
            prefix = (
                f"2a0{rng.randrange(16):x}:{rng.randrange(65536):x}:{rng.randrange(65536):x}:{rng.randrange(65536):x}"
            )
            ends = [":".join(f"{rng.randrange(1, 65536):x}" for _ in range(4)) for _ in range(30)]
            return Network([f"{prefix}:{end}" for end in ends], rng.randrange(3000, 64000), "residential", DAY)
        made = self.network("residential", 1 if draw < 0.6 else rng.randint(2, 8), rng.uniform(2, 9) * DAY)
        self.homes += made.addresses[:1]
        return made

    def proxies(self, size: int) -> list[str]:
        """Return what a proxy seller has to let: own addresses, and homes."""
        return [self.address() for _ in range(size)] + self.rng.sample(self.homes, min(len(self.homes), size // 5))

    def seat(self, network: Network, client: str | None = None, zone: str | None = None) -> Seat:
        """Return a machine."""
        rng = self.rng
        name = client if client is not None else rng.choices(list(self.clients), (30, 14, 14, 10, 10, 9, 8, 5))[0]
        lag = rng.expovariate(1 / (2 * DAY)) if rng.random() < 0.9 else -rng.uniform(0, 30) * DAY
        platform = rng.choices(("linux x64 20", "linux x64 22", "darwin arm64 22", "win x64 22", "darwin arm64 24"))[0]
        return Seat(network, self.clients[name], lag, platform, zone)

    def card(self) -> str:
        """Return the hash of a card."""
        return f"{self.rng.getrandbits(64):016x}"
