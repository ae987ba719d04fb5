"""Attackers who frame others: they copy what innocent groups show, so that these look like theirs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Final

import numpy as np

from wiretell.simulation.draw import Array, generator, mix
from wiretell.simulation.operators import Operator
from wiretell.simulation.world import SUBGROUPS, Accounts, Faces, World

_VICTIMS: Final = tuple(SUBGROUPS.index(name) for name in ("undeclared-team", "contractor", "coworking", "office"))


def framed(world: World) -> World:
    """Return the world in which every other campaign copies one innocent group.

    What can be copied is copied: client, version, headers, network, system parts, templates. What cannot: the victims'
    cards, the days on which their accounts were made, and what the provider refused them.
    """
    rng = generator(world.settings.seed, "frame")
    accounts, faces = _writable(world.accounts), _writable_faces(world.faces)
    operators = list(world.operators)
    for number in range(0, len(operators), 2):
        if operators[number].stealth and (victims := _victims(world, accounts, rng)) is not None:
            operators[number] = _copies(accounts, faces, operators[number], victims)
    return replace(world, accounts=accounts, faces=faces, operators=tuple(operators))


def _writable(accounts: Accounts) -> Accounts:
    return Accounts(**{column.name: getattr(accounts, column.name).copy() for column in fields(Accounts)})


def _writable_faces(faces: Faces) -> Faces:
    return Faces(**{column.name: getattr(faces, column.name).copy() for column in fields(Faces)})


def _victims(world: World, accounts: Accounts, rng: np.random.Generator) -> Array | None:
    """Return a group of at least two that nobody has framed yet."""
    open_ = np.flatnonzero(np.isin(accounts.subgroup, _VICTIMS) & ~accounts.framed)
    place = world.faces.place[accounts.face[open_]]
    known, many = np.unique(place, return_counts=True)
    known = known[many >= 2]
    return open_[place == rng.choice(known)] if len(known) else None


def _copies(accounts: Accounts, faces: Faces, operator: Operator, victims: Array) -> Operator:
    """Give the operator's accounts the faces of the victims, and its harness their system parts and templates."""
    accounts.framed[victims] = True
    copied = accounts.face[victims[np.arange(len(operator.members)) % len(victims)]]
    own = accounts.face[operator.members]
    for name in ("place", "client", "used", "pin", "platform", "twist", "lag_us", "zone"):
        getattr(faces, name)[own] = getattr(faces, name)[copied]
    group = accounts.group[victims[:1]]
    number = len(operator.families)
    families = mix("said", np.repeat(group, number), np.arange(number))
    return replace(operator, systems=np.zeros(0, dtype=np.uint64), copies=int(group[0]), families=families)
