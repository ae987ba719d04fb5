"""What a person's account shows besides one device: a second client, another machine, a relay in front of them.

An account's faces stand one after the other, its main one first; all of a person have one `key`, so that workspaces and
the address at home are the same.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from wiretell.simulation import clients, places, relays
from wiretell.simulation.draw import Array, chosen, within
from wiretell.simulation.world import Making

MAIN_SHARE: Final = 0.65
"""Of a person's conversations, on the first of several devices."""
_DEVICES: Final = (0.50, 0.35, 0.15)
"""Parts of people with 1, 2, 3 devices."""
_OTHER_CLIENT: Final = 0.6
"""Of the further devices, those with a client of their own."""
_ELSEWHERE: Final = 0.25
"""Of the further devices, those whose clock has another zone: servers, containers."""
_RELAYED: Final = 0.04
"""Part of the people who use a relay product."""


def one(made: Making, n: int, shown: dict[str, Any]) -> tuple[Array, Array]:
    """Add one face for each of `n` accounts; return them, and how many each has."""
    return made.add_faces(n, **shown), np.ones(n, dtype=np.int64)


def several(made: Making, n: int, shown: dict[str, Any]) -> tuple[Array, Array]:
    """Add one to three devices for each of `n` people; return the first ones, and how many each has."""
    rng = made.rng
    face, faces, owner, columns = repeated(n, shown, rng.choice(3, n, p=_DEVICES) + 1)
    many = len(owner)
    is_further = within(faces) > 0
    others = rng.choice(len(clients.CLIENTS), many, p=clients.WEIGHTS / clients.WEIGHTS.sum())
    used = np.where(is_further & (rng.random(many) < _OTHER_CLIENT), others, columns["client"])
    platform = (rng.random(many) ** 1.5 * clients.PLATFORMS[used]).astype(np.int64)
    elsewhere = is_further & (rng.random(many) < _ELSEWHERE)
    columns |= {
        "client": used,
        "used": used,
        "platform": np.where(is_further, platform, columns["platform"]),
        "pin": np.where(used == columns["client"], columns.get("pin", -1), -1),
        "zone": np.where(elsewhere, chosen(made.tokens(many) << np.uint64(1), places.ZONE_SHARES), columns["zone"]),
    }
    return made.add_faces(many, **_behind_relays(made, n, owner, columns))[face], faces


def repeated(n: int, shown: dict[str, Any], faces: Array) -> tuple[Array, Array, Array, dict[str, Any]]:
    """Repeat each account's columns for its faces; return the place of its first one, `faces`, owners and columns."""
    owner = np.repeat(np.arange(n), faces)
    columns = {name: np.broadcast_to(np.asarray(value), n)[owner] for name, value in shown.items()}
    return np.cumsum(faces) - faces, faces, owner, columns


def _behind_relays(made: Making, n: int, owner: Array, columns: dict[str, Any]) -> dict[str, Any]:
    """Let some people send all that their devices ask through one relay, which names its own client."""
    build = made.relays.chosen(n, made.rng)[owner]
    is_relayed = (made.rng.random(n) < _RELAYED)[owner]
    twist = np.asarray(columns.get("twist", np.uint64(0)))
    return columns | {
        "client": np.where(is_relayed, relays.CLIENT, columns["client"]),
        "platform": np.where(is_relayed, 0, columns["platform"]),
        "pin": np.where(is_relayed, made.relays.pin[build], columns["pin"]),
        "twist": np.where(is_relayed, made.relays.twist[build], twist),
    }
