"""Makes `Tables` from who holds what, with ordinary profiles for all that a test does not care about.

```
tables([("ann", "payment", "card1"), ("bob", "payment", "card1"), ("ann", "headers", "h1"), ("bob", "headers", "h1")])
```
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.tables import HOURS, SHAPES, Accounts, Edges, Names, Tables, Tokens
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

DAY_US: Final = 86_400_000_000
START_US: Final = 20_000 * DAY_US
"""First microsecond of the logs made here."""
DAYS: Final = 30
"""Days of them."""
END_US: Final = START_US + DAYS * DAY_US - 1
_MASK: Final = sum(1 << day % 64 for day in range(START_US // DAY_US, END_US // DAY_US + 1))

Triple = tuple[str, str, str]
"""Account, kind, token."""


def names(values: Iterable[str]) -> Names:
    """Return an array of Python strings."""
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def accounts(
    who: Iterable[str], *, entities: Mapping[str, str] | None = None, declared: Iterable[str] = (), **columns: Any
) -> Accounts:
    """Return profiles of accounts, in ascending order of their names.

    `entities` maps an account to the organisation or agreed group that it belongs to (declared by that; `declared`
    names more such accounts); others are entities of their own. `columns` replaces columns of `Accounts`: a scalar for
    all, an array in ascending order of names, or a mapping from account to value for some.
    """
    order = sorted(set(who))
    n = len(order)
    of = entities or {}
    owners = [("group", of[name]) if name in of else ("account", name) for name in order]
    numbers = {owner: at for at, owner in enumerate(dict.fromkeys(owners))}
    given: dict[str, Any] = {
        "names": names(order),
        "entity": np.array([numbers[owner] for owner in owners], dtype=np.int32),
        "declared": np.array([name in of or name in set(declared) for name in order], dtype=np.bool_),
        "day_mask": np.full(n, _MASK, dtype=np.uint64),
        "client": names(["agent"] * n),
    }
    for field in fields(Accounts):
        if field.name not in given:
            given[field.name] = _ordinary(field.name, n)
    for column, value in columns.items():
        given[column] = _replaced(given[column], order, value)
    return Accounts(**given)


_ORDINARY: Final = {
    "rows": 300,
    "first": START_US,
    "last": END_US,
    "created": START_US - 100 * DAY_US,
    "active_days": DAYS,
    "chains": 60,
    "single_turns": 6,
    "refused": 2,
    "contradictions": 0,
    "known_systems": 300,
    "peak_chains": 2,
    "busy_hours": 120,
    "peak_networks": 1,
    "networks": 2,
    "systems": 2,
    "header_tuples": 1,
    "clients": 1,
    "zones": 1,
    "early_chains": 4,
    "late_chains": 4,
}


def _ordinary(column: str, n: int) -> NDArray[np.int64]:
    if column == "hours":
        working = np.zeros(HOURS, dtype=np.int64)
        working[8:18] = 30
        return np.tile(working, (n, 1))
    if column == "shapes":
        mixed = np.zeros(SHAPES, dtype=np.int64)
        mixed[:6] = 50
        return np.tile(mixed, (n, 1))
    return np.full(n, _ORDINARY[column], dtype=np.int64)


def _replaced(old: NDArray[Any], order: Sequence[str], value: Any) -> NDArray[Any]:
    new = old.copy()
    if isinstance(value, Mapping):
        for at, name in enumerate(order):
            if name in value:
                new[at] = value[name]
    else:
        new[:] = value
    return new


def code(kind: str) -> int:
    """Return a kind's place among `SHARED_KINDS`."""
    return SHARED_KINDS.index(EvidenceKind(kind))


def tables(
    triples: Iterable[Triple],
    *,
    profiles: Accounts | None = None,
    others: Accounts | None = None,
    keys: Accounts | None = None,
    holders: Mapping[tuple[str, str], int] | None = None,
    total_accounts: int | None = None,
    seen: Mapping[Triple, tuple[int, int, int]] | None = None,
) -> Tables:
    """Return tables of a log.

    :param profiles: of exactly the accounts that `triples` names, and any more; ordinary ones if absent.
    :param others: the sample of all accounts; the same as `profiles` if absent.
    :param keys: accounts worth a look as shared keys; none if absent.
    :param holders: by (kind, token), entities of the whole log that hold it; those of `triples` if absent.
    :param total_accounts: of the log; twice those of `profiles` if absent.
    :param seen: by triple, (n, first, last); 10 exchanges over the account's own time if absent.
    """
    pairs = sorted({(who, code(kind), token) for who, kind, token in triples})
    who = profiles if profiles is not None else accounts({pair[0] for pair in pairs})
    place = {name: at for at, name in enumerate(who.names)}
    order = sorted({(kind, token) for _, kind, token in pairs})
    number = {token: at for at, token in enumerate(order)}
    rows = sorted((place[name], number[kind, token]) for name, kind, token in pairs)
    told = {(place[a], number[code(k), t]): value for (a, k, t), value in (seen or {}).items()}
    account = np.array([row[0] for row in rows], dtype=np.int32)
    token = np.array([row[1] for row in rows], dtype=np.int32)
    when = [told.get(row, (10, int(who.first[row[0]]), int(who.last[row[0]]))) for row in rows]
    n, first, last = np.array(when, dtype=np.int64).reshape(-1, 3).T
    known = {(code(kind), name): count for (kind, name), count in (holders or {}).items()}
    return assemble(
        who,
        Edges(account=account, token=token, n=n, first=first, last=last),
        kind=np.array([kind for kind, _ in order], dtype=np.int8),
        token_names=names(name for _, name in order),
        holders={number[key]: count for key, count in known.items() if key in number},
        others=others,
        keys=keys,
        total_accounts=total_accounts,
    )


def assemble(
    who: Accounts,
    edges: Edges,
    *,
    kind: NDArray[np.int8],
    token_names: Names,
    holders: Mapping[int, int] | NDArray[np.int64] | None = None,
    others: Accounts | None = None,
    keys: Accounts | None = None,
    total_accounts: int | None = None,
) -> Tables:
    """Return tables of arrays; what they do not say is counted from the edges."""
    inside = held_by(who, edges, len(kind))
    counts = np.bincount(edges.token, minlength=len(kind)).astype(np.int64)
    if isinstance(holders, np.ndarray):
        inside, counts = holders.astype(np.int64), np.maximum(counts, holders)
    else:
        for at, count in (holders or {}).items():
            inside[at], counts[at] = count, max(count, int(counts[at]))
    total = 2 * len(who) if total_accounts is None else total_accounts
    lone = len(who) - (int(who.entity.max()) + 1 if len(who) else 0)
    holding = [int(inside[kind == at].max(initial=0)) for at in range(len(SHARED_KINDS))]
    return Tables(
        accounts=who,
        edges=edges,
        tokens=Tokens(kind=kind, names=token_names, holders=inside, accounts=counts),
        others=others if others is not None else who,
        keys=keys if keys is not None else accounts([]),
        total_accounts=total,
        total_entities=total - lone,
        holding=np.array([max(held, total // 2) for held in holding], dtype=np.int64),
        rows=int(who.rows.sum()),
        first=int(who.first.min()) if len(who) else None,
        last=int(who.last.max()) if len(who) else None,
        populations={},
    )


def held_by(who: Accounts, edges: Edges, tokens: int) -> NDArray[np.int64]:
    """Return for each token how many entities hold it."""
    if not len(edges):
        return np.zeros(tokens, dtype=np.int64)
    span = int(who.entity.max()) + 1
    pairs = np.unique(edges.token.astype(np.int64) * span + who.entity[edges.account])
    return np.bincount(pairs // span, minlength=tokens).astype(np.int64)
