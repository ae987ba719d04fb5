"""Conversations: what people and programs do with an account. One array a column; rows follow from them.

Gaps and volumes follow what was measured of production traffic (ServeGen, arXiv 2505.09999: bursty arrivals, Gamma or
Weibull; long-tailed inputs, Pareto and log-normal; exponential outputs).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np

from wiretell.simulation import clients
from wiretell.simulation.draw import Array, below, mix, zipf
from wiretell.simulation.world import Faces, World

HARVEST, AGENTIC = 9, 10
"""Work of a campaign's harness, after those of `world`: single turns, and tasks with tools."""
STAYS, SIBLING, POOL = range(3)
"""Where a refused conversation goes on: on the same account later, on its sibling, on any of the operator's."""

#                      agent chat jobs saas eval rating script sold mixed harvest agentic
_MEDIAN: Final = np.array([7, 2, 6, 2, 2, 1, 1, 6, 6, 1, 7], dtype=np.float64)
_SIGMA: Final = np.array([1.0, 0.8, 0.7, 0.8, 1.0, 0.0, 0.5, 1.0, 1.0, 0.0, 0.8])
MEAN_TURNS: Final = np.maximum(1.0, _MEDIAN * np.exp(_SIGMA**2 / 2))
USERS_TURNS: Final = np.array([0.18, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.25, 0.2, 1.0, 0.04])
"""Part of the turns after the first in which the user writes; the others bring results of tools."""
TOOL_GAP_S: Final = np.array([9, 9, 6, 9, 5, 9, 4, 9, 9, 5, 7], dtype=np.float64)
USER_GAP_S: Final = np.array([110, 70, 20, 45, 20, 20, 8, 90, 110, 20, 30], dtype=np.float64)
"""Medians; log-normal."""
OUTPUT: Final = np.array([350, 480, 400, 260, 500, 420, 300, 380, 350, 3200, 900], dtype=np.float64)
"""Tokens of an answer on average; exponential."""
MOST_TURNS: Final = 150


@dataclass(frozen=True, slots=True)
class Talks:
    """Conversations of a day."""

    token: Array
    account: Array
    face: Array
    client: Array
    """Whose system part is sent: that of the end user, also where a relay shows another client's headers."""
    start: Array
    """Microseconds."""
    turns: Array
    work: Array
    system: Array
    """Token of system part and tools; 0: none."""
    first: Array
    """Token of the first message."""
    family: Array
    """Template of its texts."""
    said: Array
    """Part of the texts that follow it."""
    ratio: Array
    moves: Array
    operator: Array

    def __len__(self) -> int:
        return len(self.token)


def joined(parts: list[Talks]) -> Talks:
    """Return conversations of several sources, one after the other."""
    return Talks(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Talks)))


def made(n: int, **columns: Any) -> Talks:
    """Return `n` conversations; what is one value for all is given once."""
    usual: dict[str, Any] = {"said": 0.0, "ratio": 0.3, "moves": STAYS, "operator": -1, "family": np.uint64(0)}
    usual |= columns
    if "first" not in usual:
        usual["first"] = mix("first", usual["token"])
    return Talks(**{column.name: np.broadcast_to(np.asarray(usual[column.name]), n) for column in fields(Talks)})


def turns_of(work: Array, rng: np.random.Generator) -> Array:
    """Return how many exchanges conversations have: log-normal."""
    drawn = _MEDIAN[work] * np.exp(_SIGMA[work] * rng.standard_normal(len(work)))
    floor = np.floor(drawn + rng.random(len(work)))  # the mean stays what it is
    return np.where(_SIGMA[work] == 0, 1, np.clip(floor, 1, MOST_TURNS)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose workspaces conversations are in: one row a conversation."""

    user: Array
    """Token of the person."""
    group: Array
    """Token of the group, where the workspace is shared."""
    is_shared: Array


def systems(world: World, faces: Faces, face: Array, client: Array, ts: Array, owners: Owners, token: Array) -> Array:
    """Return the system parts that clients send: for everybody, by workspace, by program, none."""
    lag, pin = faces.lag_us[face], np.where(faces.client[face] == client, faces.pin[face], -1)
    version = world.releases.version(client, ts, lag, pin)
    owner = np.where(owners.is_shared, owners.group, owners.user)
    workspace = zipf(mix("workspace", owner, token), 9, 1.4)
    kind = clients.SYSTEM[client]
    salt = world.salt
    return np.select(
        [kind == clients.SHARED, kind == clients.WORKSPACE, kind == clients.OWN],
        [
            mix(salt, "shared", client, version),
            mix(salt, "workspace", client, version, owner, workspace),
            mix(salt, "program", owner, below(mix("program", owner, token), 3)),
        ],
        np.uint64(0),
    )
