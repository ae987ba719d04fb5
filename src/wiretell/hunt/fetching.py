# ruff: noqa: S608 - what is put into statements are names and numbers of ours, never data of a log
"""From the core in the engine to `Tables` (steps 30 to 51 of `sql/`): all sorted by name, so that engines agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt import core as cores
from wiretell.hunt.core import BANDS, Core, Explained
from wiretell.hunt.engine.interface import ArrowTable, Engine
from wiretell.hunt.rollup import numbers
from wiretell.hunt.rule import Rule
from wiretell.hunt.statements import Progress, Statements, quiet
from wiretell.hunt.tables import HOURS, SHAPES, Accounts, Edges, Indices, Ints, Names, Tables, Tokens, take
from wiretell.model.hunt import SHARED_KINDS

_OTHERS: Final = 20_000
_KEYS: Final = 50_000
_GATEWAYS: Final = ("litellm", "wiretell", "portkey", "helicone", "kong", "one-api", "new-api", "envoy-ai-gateway")
"""Clients that say of themselves that they pass on others' requests."""
_TEMPLATE: Final = 3 * BANDS
_FAILOVER: Final = 5 * BANDS


def core_tables(
    engine: Engine,
    allow: Mapping[str, str],
    rule: Rule,
    seed: int,
    progress: Progress = quiet,
    explained: Explained | None = None,
) -> Tables:
    """Return the core and the profiles that go with it, from the roll-ups that `roll` (or `state.window`) made.

    `allow`: account -> agreed group; `explained`: which payment and network tokens an agreement explains for everybody.
    `seed` chooses the sample of other accounts.
    """
    run = Statements(engine)
    core = cores.find(run, allow, rule, explained, progress)
    progress("profiles")
    profiles = _profiles(run, core, rule, seed)
    keys, everyone = _accounts(profiles)
    in_core = _flag(profiles, "in_core")
    progress("names")
    tokens, token_keys = _tokens(run, core, rule)
    edges = _edges(run, core, keys[in_core], token_keys)
    span = run.fetch("SELECT MIN(first_us) AS first_us, MAX(last_us) AS last_us FROM account").to_pylist()[0]
    return Tables(
        accounts=take(everyone, in_core),
        edges=edges,
        tokens=tokens,
        others=take(everyone, _flag(profiles, "in_other")),
        keys=take(everyone, _flag(profiles, "in_suspect")),
        total_accounts=run.number("SELECT COUNT(*) FROM account"),
        total_entities=run.number("SELECT COUNT(DISTINCT e) FROM holder"),
        holding=_holding(run),
        rows=run.number("SELECT SUM(n) FROM account"),
        first=span["first_us"],
        last=span["last_us"],
        populations=core.populations,
    )


def _profiles(run: Statements, core: Core, rule: Rule, seed: int) -> ArrowTable:
    """Return the profiles of the core, the sample and the candidates, by name."""
    run.step("30-peak")
    run.step("31-other", seed=seed, most=_OTHERS)
    run.step("32-suspect", most=_KEYS, chains=rule.keys.peak_chains, systems=rule.keys.systems)
    run.step("33-wanted", core=core.table)
    for step in ("34-habit", "35-calendar", "36-growth", "37-variety", "38-custom"):
        run.step(step)
    gateways = ", ".join(f"'{name}'" for name in _GATEWAYS)
    run.step("39-known-system", gateways=gateways)
    run.step("40-contradiction", gateways=gateways)
    return run.fetch(f"{run.filled('41-profile')} ORDER BY account")


def _flag(table: ArrowTable, column: str) -> NDArray[np.bool_]:
    return _ints(table, column) > 0


def _ints(table: ArrowTable, column: str) -> Ints:
    """Return a column of whole numbers; the same bits where it is unsigned (a hash)."""
    return np.ascontiguousarray(table.column(column).to_numpy()).astype(np.int64, copy=False)


def _names(table: ArrowTable, column: str) -> Names:
    return np.asarray(table.column(column).to_numpy(zero_copy_only=False), dtype=object)


def _block(table: ArrowTable, letter: str, width: int) -> Ints:
    if not len(table):
        return np.zeros((0, width), dtype=np.int64)
    return np.stack([_ints(table, f"{letter}{at}") for at in range(width)], axis=1)


def _accounts(table: ArrowTable) -> tuple[Ints, Accounts]:
    """Return the engine's keys of the accounts, and their profiles."""
    plain: dict[str, Any] = {
        name: _ints(table, name)
        for name in Accounts.__slots__
        if name in table.column_names and name not in ("entity", "client")
    }
    low, high = _ints(table, "low_days").astype(np.uint64), _ints(table, "high_days").astype(np.uint64)
    entity = table.column("entity").combine_chunks().dictionary_encode().indices.to_numpy()
    return _ints(table, "a"), Accounts(
        names=_names(table, "account"),
        entity=entity.astype(np.int32),
        declared=np.asarray(table.column("is_declared").to_numpy(zero_copy_only=False), dtype=np.bool_),
        rows=_ints(table, "n"),
        first=_ints(table, "first_us"),
        last=_ints(table, "last_us"),
        created=_ints(table, "created_us"),
        day_mask=low | (high << np.uint64(32)),
        hours=_block(table, "h", HOURS),
        shapes=_block(table, "s", SHAPES),
        client=_names(table, "client"),
        **plain,
    )


def _tokens(run: Statements, core: Core, rule: Rule) -> tuple[Tokens, tuple[Ints, Ints]]:
    """Return the core's tokens, and for each the engine's code and key."""
    run.table("core_token", f"SELECT k, token FROM {core.table} GROUP BY k, token")
    run.step("50-name", texts=_texts(run, rule))
    table = run.fetch(
        f"SELECT name.k AS k, name.token AS token, name.k // {BANDS} AS kind, held.accounts AS accounts, "
        f"held.holders AS holders, CASE WHEN name.k // {BANDS} = 3 "
        f"THEN CONCAT(CAST(name.k % {BANDS} AS VARCHAR), ':', name.name) ELSE name.name END AS label "
        "FROM name JOIN held ON name.k = held.k AND name.token = held.token ORDER BY kind, label"
    )
    tokens = Tokens(
        kind=_ints(table, "kind").astype(np.int8),
        names=_names(table, "label"),
        holders=_ints(table, "holders"),
        accounts=_ints(table, "accounts"),
    )
    return tokens, (_ints(table, "k"), _ints(table, "token"))


def _texts(run: Statements, rule: Rule) -> str:
    """Return queries of what templates and conversations of the core are called."""
    found = run.fetch("SELECT k FROM core_token GROUP BY k ORDER BY k").column(0).to_pylist()
    sources = [(_TEMPLATE + band, f"{run.hash}(t{band})", f"t{band}", "phrase_text") for band in numbers(rule)]
    sources.append((_FAILOVER, "token", "name", "chain_text"))
    return "\n".join(
        f"UNION ALL SELECT CAST({code} AS INTEGER) AS k, {token} AS token, {name} AS name FROM {table} "
        f"WHERE {token} IN (SELECT token FROM core_token WHERE k = {code})"
        for code, token, name, table in sources
        if code in found
    )


def _edges(run: Statements, core: Core, accounts: Ints, tokens: tuple[Ints, Ints]) -> Edges:
    table = run.fetch(f"SELECT a, k, token, n, first_us, last_us FROM {core.table}")
    account = _places(accounts, _ints(table, "a"))
    token = _tokens_at(tokens, _ints(table, "k"), _ints(table, "token"))
    order = np.lexsort((token, account))
    columns = (_ints(table, name)[order] for name in ("n", "first_us", "last_us"))
    n, first, last = columns
    return Edges(account=account[order], token=token[order], n=n, first=first, last=last)


def _places(among: NDArray[Any], keys: NDArray[Any]) -> Indices:
    """Return where each of the keys stands among these, which are all different."""
    order = np.argsort(among)
    return order[np.searchsorted(among, keys, sorter=order)].astype(np.int32)


def _tokens_at(tokens: tuple[Ints, Ints], codes: Ints, keys: Ints) -> Indices:
    """Return where tokens stand; a key means something together with its code only."""
    places = np.zeros(len(codes), dtype=np.int32)
    for code in np.unique(codes):
        among, asked = np.flatnonzero(tokens[0] == code), codes == code
        places[asked] = among[_places(tokens[1][among], keys[asked])]
    return places


def _holding(run: Statements) -> Ints:
    sums = ", ".join(f"SUM({kind.value}) AS {kind.value}" for kind in SHARED_KINDS)
    row = run.fetch(f"SELECT {sums} FROM shows").to_pylist()[0]
    return np.array([row[kind.value] or 0 for kind in SHARED_KINDS], dtype=np.int64)
