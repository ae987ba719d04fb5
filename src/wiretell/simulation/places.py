"""Where requests come from: pools of addresses with a network, a kind, and a way to give them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from wiretell.simulation.draw import DAY_US, HOUR_US, Array, below, mix, unit

KINDS: Final = ("residential", "mobile", "hosting", "office", "vpn", "unknown")
RESIDENTIAL, MOBILE, HOSTING, OFFICE, VPN, UNKNOWN = range(6)

_SIX: Final = 0.25
"""Part of the customers of carriers who come by IPv6."""
_CARRIER: Final = 1 << 9
"""Addresses of a pool, at least; the small ones are courses' and sellers' of addresses, which have IPv4 alone."""
_SIX_PREFIX: Final = np.uint64(0x2A02 << 48)

ZONES: Final = (
    ("America/New_York", -4, 0.17),
    ("America/Los_Angeles", -7, 0.14),
    ("America/Sao_Paulo", -3, 0.06),
    ("Europe/London", 1, 0.09),
    ("Europe/Berlin", 2, 0.14),
    ("Europe/Warsaw", 2, 0.05),
    ("Asia/Kolkata", 5, 0.13),
    ("Asia/Shanghai", 8, 0.05),
    ("Asia/Singapore", 8, 0.05),
    ("Asia/Tokyo", 9, 0.06),
    ("Australia/Sydney", 10, 0.03),
    ("Asia/Ho_Chi_Minh", 7, 0.03),
)
"""Name, offset of April to October in hours, share of people."""
ZONE_NAMES: Final = tuple(zone[0] for zone in ZONES)
ZONE_HOURS: Final = np.array([zone[1] for zone in ZONES])
ZONE_SHARES: Final = np.array([zone[2] for zone in ZONES])


@dataclass(frozen=True, slots=True)
class Places:
    """Pools of addresses, as arrays of one length."""

    kind: Array
    asn: Array
    base: Array
    """Lowest address of the pool, IPv4 as a number."""
    size: Array
    """How many addresses."""
    lease_us: Array
    """How long somebody keeps an address; 0: for one conversation."""
    salt: Array

    def address(self, place: Array, key: Array, ts: Array, talk: Array) -> Array:
        """Return addresses: of somebody (`key`) at a time, or of a conversation where nobody keeps one.

        Numbers below 2**32 are IPv4; others are the first 64 bits of IPv6, which carriers give to some customers.
        """
        lease = self.lease_us[place]
        held = np.where(lease > 0, ts // np.maximum(lease, 1), 0).view(np.uint64)
        token = mix(self.salt[place], np.where(lease > 0, key ^ held, talk))
        found = (self.base[place] + below(token, self.size[place])).astype(np.uint64)
        is_carrier = (self.size[place] >= _CARRIER) & np.isin(self.kind[place], (RESIDENTIAL, MOBILE))
        is_six = is_carrier & (unit(mix("six", key)) < _SIX)
        return np.where(is_six, _SIX_PREFIX | (found << np.uint64(16)), found)


@dataclass(slots=True)
class PlacesMade:
    """Pools as they are made. Numbers are given out in order."""

    rng: np.random.Generator
    rows: list[tuple[Array, ...]] = field(default_factory=list)
    count: int = 0

    def add(self, n: int, kind: int, *, size: Array | int, lease_us: int) -> Array:
        """Make `n` pools; return their numbers."""
        return self._add(
            n, kind, self.rng.integers(3_000, 60_000, n), self.rng.integers(0x18000000, 0xDF000000, n), size, lease_us
        )

    def among(self, homes: Array, *, size: int, lease_us: int) -> Array:
        """Make pools of `size` addresses within those of carriers, one for each of `homes`; return their numbers."""
        asn, base, room = (np.concatenate([row[column] for row in self.rows])[homes] for column in (1, 2, 3))
        inside = base + (self.rng.random(len(homes)) * (room - size)).astype(np.int64)
        return self._add(len(homes), RESIDENTIAL, asn, inside, size, lease_us)

    def _add(self, n: int, kind: int, networks: Array, base: Array, size: Array | int, lease_us: int) -> Array:
        numbers = np.arange(self.count, self.count + n)
        salt = self.rng.integers(0, 2**63, n).astype(np.uint64)
        columns = (kind, networks, base, size, lease_us, salt)
        self.rows.append(tuple(np.broadcast_to(np.asarray(column), n) for column in columns))
        self.count += n
        return numbers

    def made(self) -> Places:
        """Return all pools."""
        return Places(*(np.concatenate(column) for column in zip(*self.rows, strict=True)))


@dataclass(frozen=True, slots=True)
class Networks:
    """Pools that everybody uses: carriers, VPNs, clouds, sellers of residential addresses."""

    homes: Array
    """[zone, carrier]: lines of homes, an address for two weeks."""
    phones: Array
    """[zone, carrier]: many people behind few addresses."""
    vpns: Array
    clouds: Array
    """Addresses of runners of continuous integration and servers, other ones with every job."""
    proxies: Array
    """[seller, zone, pool]: addresses of homes; the sellers hand the same ones to several customers."""


def networks(made: PlacesMade) -> Networks:
    """Make the pools that everybody uses."""
    zones, homes, phones = len(ZONES), 6, 4
    lines = made.add(zones * homes, RESIDENTIAL, size=1 << 17, lease_us=14 * DAY_US).reshape(zones, homes)
    rented = np.broadcast_to(np.repeat(lines, 2, axis=1), (4, zones, homes * 2))
    return Networks(
        lines,
        made.add(zones * phones, MOBILE, size=1 << 9, lease_us=6 * HOUR_US).reshape(zones, phones),
        made.add(12, VPN, size=made.rng.integers(30, 160, 12), lease_us=4 * HOUR_US),
        made.add(6, HOSTING, size=1 << 12, lease_us=0),
        made.among(rented.ravel(), size=40, lease_us=10 * DAY_US).reshape(rented.shape),
    )
