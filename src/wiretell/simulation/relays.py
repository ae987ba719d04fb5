"""Relay products: programs that many people put between their client and the provider, operators among them.

A relay names the client that it was made to look like, at the version of the day on which it was built. So one frozen
header tuple, and headers that contradict the system part, are seen with honest people too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from wiretell.simulation.clients import Releases
from wiretell.simulation.draw import DAY_US, Array, generator

CLIENT: Final = 0
"""That relays look like."""
_PRODUCTS: Final = 3
_BUILDS: Final = 2
_SHARES: Final = np.array([0.4, 0.15, 0.2, 0.1, 0.1, 0.05])
"""Of the users, by build."""


@dataclass(frozen=True, slots=True)
class Relays:
    """Builds of relay products in use."""

    pin: Array
    """Version of `CLIENT` that each names."""
    twist: Array
    """As in `Faces`: one for each product."""

    def chosen(self, n: int, rng: np.random.Generator) -> Array:
        """Return the builds that `n` people use."""
        return rng.choice(len(self.pin), n, p=_SHARES)


def relays(seed: int, start: int, releases: Releases) -> Relays:
    """Return the builds in use from the start (microseconds) on, each made 20 to 90 days before it."""
    rng = generator(seed, "relays")
    built = start - rng.uniform(20, 90, _PRODUCTS * _BUILDS) * DAY_US
    pin = np.array([releases.newest(CLIENT, int(at)) for at in built])
    return Relays(pin, np.repeat(rng.integers(1, 2**63, _PRODUCTS).astype(np.uint64), _BUILDS))
