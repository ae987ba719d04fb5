"""Exchanges from conversations: their times, what the provider refuses, and where a refused conversation goes on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from wiretell.simulation.draw import HOUR_US, SECOND_US, Array, within
from wiretell.simulation.queues import at_work
from wiretell.simulation.talks import POOL, SIBLING, STAYS, TOOL_GAP_S, USER_GAP_S, USERS_TURNS, Talks
from wiretell.simulation.world import World

OK, BAD_REQUEST, BLOCKED, LIMITED, OVERLOADED = 200, 400, 403, 429, 529
_OVERLOAD: Final = 0.002
_BAD_REQUEST: Final = 0.002
_STICKY_US: Final = HOUR_US
"""A relay forgets after an hour which account a conversation was on."""
_RETRY_S: Final = {STAYS: 420.0, SIBLING: 240.0, POOL: 35.0}
"""Medians, log-normal: a client waits for its limit, a person changes the account, a relay does so at once."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Exchanges of conversations. `talk` numbers the conversation."""

    talk: Array
    turn: Array
    ts: Array
    account: Array
    status: Array
    is_users: Array
    """Whether the user writes in this turn."""
    gap_us: Array
    """Since the turn before."""

    def __len__(self) -> int:
        return len(self.talk)

    def of(self, rows: Array) -> Rows:
        """Return some of the rows, by number or by a mask."""
        return Rows(*(getattr(self, column.name)[rows] for column in fields(self)))


def exchanges(world: World, talks: Talks, midnight: int, rng: np.random.Generator) -> Rows:
    """Return the exchanges of conversations, in no order."""
    plain = _turns(talks, rng)
    why, wants_move = _refusals(world, talks, plain, rng)
    return _after(world, talks, plain, why, wants_move, midnight, rng)


def _turns(talks: Talks, rng: np.random.Generator) -> Rows:
    talk = np.repeat(np.arange(len(talks)), talks.turns)
    turn = within(talks.turns)
    work = talks.work[talk]
    is_users = (turn == 0) | (rng.random(len(talk)) < USERS_TURNS[work])
    median = np.where(is_users, USER_GAP_S[work], TOOL_GAP_S[work])
    gap = median * np.exp(np.where(is_users, 1.1, 0.7) * rng.standard_normal(len(talk)))
    gap_us = np.where(turn == 0, 0, gap * SECOND_US).astype(np.int64)
    passed = np.cumsum(gap_us)
    begun = np.repeat(passed[np.cumsum(talks.turns) - talks.turns], talks.turns) if len(talk) else passed
    status = np.full(len(talk), OK)
    return Rows(talk, turn, talks.start[talk] + passed - begun, talks.account[talk], status, is_users, gap_us)


def _refusals(world: World, talks: Talks, rows: Rows, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return of each row the status by which it is refused (0: it is not), and whether the pool forgot its account."""
    why = np.where(rng.random(len(rows)) < _OVERLOAD, OVERLOADED, 0)
    order = np.lexsort((rows.ts, rows.account))
    account, hour = rows.account[order], rows.ts[order] // HOUR_US
    is_new = np.append(True, (account[1:] != account[:-1]) | (hour[1:] != hour[:-1]))[: len(order)]
    begins = np.flatnonzero(is_new)
    rank = within(np.diff(np.append(begins, len(order))))
    why[order[rank >= world.accounts.quota[account]]] = LIMITED
    why[rows.ts >= world.accounts.ends[rows.account]] = BLOCKED
    forgot = (rows.gap_us > _STICKY_US) & (talks.moves[rows.talk] == POOL)
    return why, forgot


def _after(
    world: World, talks: Talks, rows: Rows, why: Array, forgot: Array, midnight: int, rng: np.random.Generator
) -> Rows:
    """Refuse, and go on elsewhere or later: the first trouble of a conversation decides, its later ones pass."""
    first = np.full(len(talks), np.iinfo(np.int64).max)
    troubled = np.flatnonzero((why > 0) | forgot)
    np.minimum.at(first, rows.talk[troubled], rows.turn[troubled])
    at_first = rows.turn == first[rows.talk]
    changed = np.flatnonzero(at_first)
    delay = np.zeros(len(talks), dtype=np.int64)
    target = talks.account.copy()
    moves = talks.moves[rows.talk[changed]]
    median = np.select([moves == SIBLING, moves == POOL], [_RETRY_S[SIBLING], _RETRY_S[POOL]], _RETRY_S[STAYS])
    waits = (median * np.exp(rng.standard_normal(len(changed))) * SECOND_US).astype(np.int64)
    refused = why[changed] > 0
    quick = (why[changed] == OVERLOADED) & (moves != POOL)  # nobody changes accounts for that, but a relay
    waits = np.where(quick, waits // 60 + 2 * SECOND_US, waits)
    delay[rows.talk[changed]] = np.where(refused, waits, 0)
    goes = changed[~quick]
    target[rows.talk[goes]] = _targets(world, talks, rows.of(goes), midnight, rng)
    later = rows.turn >= first[rows.talk]
    account = np.where(later, target[rows.talk], rows.account)
    status = np.where(rng.random(len(rows)) < _BAD_REQUEST, BAD_REQUEST, rows.status)
    moved = Rows(
        rows.talk,
        rows.turn,
        np.where(later, rows.ts + delay[rows.talk], rows.ts),
        account,
        status,
        rows.is_users,
        rows.gap_us,
    )
    stays_blocked = later & (why[np.maximum.accumulate(np.where(at_first, np.arange(len(rows)), 0))] == BLOCKED)
    stays_blocked &= account == rows.account
    extra = rows.of(changed[refused])
    extra = Rows(extra.talk, extra.turn, extra.ts, extra.account, why[changed[refused]], extra.is_users, extra.gap_us)
    return _both(moved.of(~stays_blocked), extra)


def _both(one: Rows, other: Rows) -> Rows:
    return Rows(*(np.concatenate([getattr(one, c.name), getattr(other, c.name)]) for c in fields(Rows)))


def _targets(world: World, talks: Talks, rows: Rows, midnight: int, rng: np.random.Generator) -> Array:
    """Return the accounts on which conversations go on."""
    moves, operator = talks.moves[rows.talk], talks.operator[rows.talk]
    other = world.accounts.sibling[rows.account]
    is_there = (world.accounts.begins[other] <= rows.ts) & (world.accounts.ends[other] > rows.ts)
    target = np.where((moves == SIBLING) & is_there, other, rows.account)
    for number in np.unique(operator[moves == POOL]):
        here = np.flatnonzero((moves == POOL) & (operator == number))
        members = at_work(world, world.operators[number], midnight)
        members = members[world.accounts.ends[members] > rows.ts[here].max(initial=0)]
        if len(members):
            target[here] = members[rng.integers(0, len(members), len(here))]
    return target
