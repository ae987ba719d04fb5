"""Public agents and their releases: the header tuple of an exchange is a function of client, version and platform.

The names are made up. Some clients send one system part for everybody, some one for each workspace, some leave it to
the program that uses them, some have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from wiretell.simulation.draw import DAY_US, Array, generator

SHARED, WORKSPACE, OWN, NONE = range(4)
"""Where the system part comes from."""


@dataclass(frozen=True, slots=True)
class Client:
    """One public client."""

    name: str
    weight: float
    """Of its users among people; those of programs have a weight of their own work."""
    system: int
    cadence_days: float
    """Between releases, on average."""
    tells_zone: bool = False
    tells_session: bool = False
    max_tokens: int = 0
    """That it sends; 0: none."""
    caches: bool = True
    platforms: int = 3


CLIENTS: Final = (
    Client("quill-cli", 0.26, WORKSPACE, 2.2, True, True, 32_000),
    Client("brook-code", 0.17, SHARED, 4.0, False, True, 16_384),
    Client("lathe-ide", 0.14, WORKSPACE, 7.0, True, True, 8_192),
    Client("heron-agent", 0.09, SHARED, 6.0, False, False, 8_192),
    Client("pilot-shell", 0.07, WORKSPACE, 9.0, False, True, 16_384),
    Client("moss-editor", 0.06, SHARED, 12.0, True, False, 4_096),
    Client("atlas-chat", 0.07, SHARED, 10.0, True, True, 0),
    Client("tern-notebook", 0.03, WORKSPACE, 14.0, False, False, 4_096),
    Client("rook-review", 0.02, SHARED, 20.0, False, False, 4_096),
    Client("sdk-python", 0.05, OWN, 8.0, False, False, 1_024, False, 4),
    Client("sdk-node", 0.03, OWN, 8.0, False, False, 1_024, False, 4),
    Client("curl", 0.01, NONE, 60.0, False, False, 1_024, False, 2),
)
WEIGHTS: Final = np.array([client.weight for client in CLIENTS])
AGENTS: Final = np.array([0, 1, 2, 3, 4, 5])
CHAT: Final = 6
SDKS: Final = np.array([9, 10])
CURL: Final = 11
SYSTEM: Final = np.array([client.system for client in CLIENTS])
TELLS_ZONE: Final = np.array([client.tells_zone for client in CLIENTS])
TELLS_SESSION: Final = np.array([client.tells_session for client in CLIENTS])
MAX_TOKENS: Final = np.array([client.max_tokens for client in CLIENTS], dtype=np.int32)
CACHES: Final = np.array([client.caches for client in CLIENTS])
PLATFORMS: Final = np.array([client.platforms for client in CLIENTS])

_BEFORE_DAYS: Final = 250
HEADERS_LAST: Final = 3
"""Releases in which the stable headers stay the same, on average."""


@dataclass(frozen=True, slots=True)
class Releases:
    """When each client's versions came out."""

    times: tuple[Array, ...]
    """Microseconds, of each client, ascending."""

    def version(self, client: Array, ts: Array, lag_us: Array, pin: Array) -> Array:
        """Return the number of the version that somebody uses who updates `lag_us` late, or never (`pin` >= 0)."""
        found = np.zeros(len(client), dtype=np.int64)
        for number, times in enumerate(self.times):
            rows = np.flatnonzero(client == number)
            if len(rows):
                found[rows] = np.searchsorted(times, ts[rows] - lag_us[rows], side="right")
        return np.where(pin >= 0, pin, found)

    def newest(self, client: int, ts: int) -> int:
        """Return the number of the newest version at a time."""
        return int(np.searchsorted(self.times[client], ts, side="right"))


def releases(seed: int, start: int, days: int) -> Releases:
    """Return releases from long before the start (microseconds) to the end; gaps follow a Gamma of shape 2."""
    times = []
    for client in CLIENTS:
        rng = generator(seed, "releases", client.name)
        count = int((_BEFORE_DAYS + days) / client.cadence_days * 2) + 20
        gaps = rng.gamma(2.0, client.cadence_days / 2.0, count)
        times.append((start + (np.cumsum(gaps) - _BEFORE_DAYS) * DAY_US).astype(np.int64))
    return Releases(tuple(times))


def version_name(client: int, version: int) -> str:
    """Return a version as its client writes it."""
    return f"{1 + client % 3}.{version // 24}.{version % 24}"
