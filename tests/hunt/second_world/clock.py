"""One clock, a provider with limits, and the rows that it writes."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from random import Random
from typing import Any, Final

import rensa

from wiretell.gateway.tables import template
from wiretell.gateway.tables.derive import positions

START: Final = 1_772_409_600
"""2026-03-02 00:00 UTC, a Monday; seconds."""
DAY: Final = 86_400
LIMITS: Final = ((5 * 3600, 40), (5 * 3600, 160), (3600, 30), (DAY, 120), (7 * DAY, 600))
"""Plans: in so many seconds, so many exchanges."""
Process = Iterator[float]
"""Yields the times (seconds) at which it wants to go on."""


def digest(text: str, size: int = 8) -> bytes:
    """Return a hash as the gateway makes them."""
    return blake2b(text.encode(), digest_size=size).digest()


@dataclass(slots=True, eq=False)
class Account:
    """Who pays."""

    name: str
    group: str
    limit: tuple[int, int]
    created: float
    payment: str | None = None
    org: str | None = None
    operator: int | None = None
    banned: float | None = None
    used: list[float] = field(default_factory=list)
    """Times of what was answered in the present window."""


@dataclass(slots=True)
class Network:
    """Addresses that somebody has at a time."""

    addresses: list[str]
    asn: int | None
    kind: str | None
    every: float = 0
    """Seconds after which the address changes; 0: drawn for each conversation."""

    def at(self, time: float, rng: Random) -> str:
        """Return the address of a moment."""
        if len(self.addresses) == 1:
            return self.addresses[0]
        return (
            self.addresses[int(time / self.every) % len(self.addresses)] if self.every else rng.choice(self.addresses)
        )


@dataclass(slots=True)
class Seat:
    """A machine with a program on it."""

    network: Network
    client: Any
    """`places.Client`."""
    lag: float
    """Seconds by which its updates come late; below zero: it was never updated since that moment."""
    platform: str
    tz: str | None
    header: str | None = None
    """Of a relay: the same for whatever stands behind it."""
    session: bool = True


class Talk:
    """A conversation: its messages as hashes."""

    __slots__ = ("head", "messages", "name", "system")

    def __init__(self, system: str | None, name: str) -> None:
        """Begin with a system part, or none."""
        self.system = digest(system).hex() if system else None
        self.head = b"16,0;" + digest(system, 16) if system else b""
        self.messages: list[bytes] = []
        self.name = name

    def add(self, text: str) -> None:
        """Add a message of either side."""
        self.messages.append(digest(text, 16))

    def blocks(self) -> list[str]:
        """Return the hashes of its beginnings."""
        joined = b"".join(self.messages)
        head = self.head or b"0,0;"
        return [
            blake2b(head + joined[: length * 16], digest_size=8).hexdigest()
            for length in positions(len(self.messages), has_head=bool(self.head))
        ]


class World:
    """All that happens."""

    def __init__(self, seed: int, days: int) -> None:
        """Begin with nobody."""
        self.rng = Random(seed)
        self.days = days
        self.end = START + days * DAY
        self.accounts: list[Account] = []
        self.rows: list[tuple[Any, ...]] = []
        self._due: list[tuple[float, int, Process]] = []
        self._order = count()
        self._bands: dict[str, list[str]] = {}
        self.outages = sorted(START + self.rng.random() * days * DAY for _ in range(6))

    def account(self, group: str, **rest: Any) -> Account:
        """Open an account."""
        limit = rest.pop("limit", None) or self.rng.choice(LIMITS)
        made = Account(f"key:{self.rng.getrandbits(64):016x}", group, limit, **rest)
        self.accounts.append(made)
        return made

    def start(self, process: Process, at: float = START) -> None:
        """Let somebody begin."""
        heapq.heappush(self._due, (at, next(self._order), process))

    def run(self) -> None:
        """Let time pass until the end."""
        while self._due:
            at, _, process = heapq.heappop(self._due)
            if at >= self.end:
                continue
            self.now = at
            again = next(process, None)
            if again is not None:
                heapq.heappush(self._due, (max(again, at), next(self._order), process))

    def talk(self, system: str | None) -> Talk:
        """Begin a conversation."""
        return Talk(system, f"{self.rng.getrandbits(64):016x}")

    def free_at(self, account: Account) -> float:
        """Return when an account is answered again."""
        return account.used[0] + account.limit[0] + 1 if account.used else self.now

    def _status(self, account: Account) -> int:
        if account.banned is not None and self.now >= account.banned:
            return 403
        if any(start <= self.now < start + 1500 for start in self.outages) and self.rng.random() < 0.6:
            return 529
        window, most = account.limit
        while account.used and account.used[0] < self.now - window:
            account.used.pop(0)
        if len(account.used) >= most:
            return 429
        account.used.append(self.now)
        return 200

    def send(
        self,
        account: Account,
        seat: Seat,
        talk: Talk,
        text: str | None,
        *,
        results: int = 0,
        calls: int = 0,
        out: tuple[float, int] = (350.0, 16_000),
        capped: float = 0.0,
        address: str | None = None,
    ) -> int:
        """Send a conversation's last message as it is; return the provider's status.

        `text`: the user's own; None where a tool speaks. `out`: mean and most tokens of an answer; `capped`: how often
        an answer is as long as it may.
        """
        rng, status = self.rng, self._status(account)
        length = sum(map(len, talk.messages))
        answered = 0
        if status == 200:
            answered = out[1] if rng.random() < capped else min(out[1], int(rng.gammavariate(1.3, out[0] / 1.3)) + 3)
        version = seat.client.version(self.now, seat.lag)
        header = seat.header or seat.client.header(version, seat.platform)
        ip: str | None = address or seat.network.at(self.now, rng)
        draw = rng.random()
        cached = len(talk.messages) > 2
        self.rows.append(
            (
                int(self.now * 1e6) + rng.randrange(1000),
                account,
                None if draw < 0.01 else "" if draw < 0.02 else ip,
                seat.network.asn,
                seat.network.kind,
                seat.client.name,
                version,
                header,
                seat.tz if seat.client.tells_tz else None,
                talk.name if seat.session and seat.client.tells_session else None,
                seat.client.model(self.now, rng),
                talk.system,
                talk.blocks(),
                self._template(text) if text else [],
                int(400 + length * rng.uniform(1, 9)) if not cached else 90,
                length * 20 if cached else 0,
                answered,
                out[1],
                calls if status == 200 else 0,
                results,
                status,
            )
        )
        if status == 200:
            talk.messages.append(rng.randbytes(16))
        return status

    def _template(self, text: str) -> list[str]:
        known = self._bands.get(text)
        if known is None:
            known = list(template.bands(text, rensa.RMinHash, b""))
            if len(self._bands) < 50_000:
                self._bands[text] = known
        return known
