# ruff: noqa: S608 - what is put into statements are names and numbers of ours, never data of a log
"""From roll-ups to the core of the account x token graph (steps 10 to 21 of `sql/`).

Tokens that a single entity holds drop out first; then accounts without enough kinds and tokens, and tokens that two
entities no longer hold, in turn, until nothing changes. That is the (kinds, tokens) core: it is unique, whatever the
order, as k-cores are (Seidman 1983), since each condition only gets harder with fewer edges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import pyarrow as pa

from wiretell.hunt.rollup import numbers
from wiretell.hunt.rule import Rule
from wiretell.hunt.statements import Progress, Statements
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

Explained: TypeAlias = Callable[[EvidenceKind, Sequence[str]], Collection[str]]
"""Returns those of a kind's tokens (by their names in the log) that an agreement explains for everybody."""

BANDS: Final = 16
"""Codes of a kind in the SQL: one a band of a template."""
_TEMPLATE: Final = SHARED_KINDS.index(EvidenceKind.TEMPLATE) * BANDS
_NAMED: Final = {
    EvidenceKind.PAYMENT: ("payment FROM attribute",),
    EvidenceKind.NETWORK: ("ip FROM address", "network FROM address"),
}
"""Kinds whose tokens an agreement may name, and where their names stand."""


@dataclass(frozen=True, slots=True)
class Core:
    """The core as it stands in the engine."""

    table: str
    """Columns k, token, a, e, n, first_us, last_us."""
    edges: int
    is_stable: bool
    """False: `rule.share.rounds` rounds did not suffice, and it holds too much."""
    populations: dict[str, int]


def find(
    run: Statements, allow: Mapping[str, str], rule: Rule, explained: Explained | None, progress: Progress
) -> Core:
    """Find the core of what the roll-ups hold. `allow`: account -> agreed group."""
    progress("shared tokens")
    _holders(run, allow)
    counts = Counter[str]()
    run.step("14-shared-chain")
    run.step("15-handover", failover_us=rule.share.failover_s * 1_000_000)
    phrases = [_phrases(run, band, counts) for band in numbers(rule)]
    run.step("16-edge", phrases="\n".join(f"UNION ALL SELECT * FROM {name}" for name in phrases))
    run.step("17-token")
    _explain(run, explained)
    run.step("18-link")
    run.step("19-held")
    run.step("21-shows")
    _count_shared(run, counts)
    run.drop("shared_chain", "band", "edge", "token", *phrases)
    progress("the core")
    table, edges, is_stable = _rounds(run, rule)
    populations = _populations(run, table, counts) | ({} if is_stable else {"not stable": 1})
    return Core(table, edges, is_stable, populations)


def _holders(run: Statements, allow: Mapping[str, str]) -> None:
    agreed = {"account": pa.array(list(allow), pa.string()), "party": pa.array(list(allow.values()), pa.string())}
    run.engine.put("agreed", pa.table(agreed))
    run.step("10-account")
    run.step("11-holder")


def _phrases(run: Statements, band: int, counts: Counter[str]) -> str:
    """Make the edges of a template's band; only texts that two accounts have. Return the table's name."""
    name = f"phrase_edge{band}"
    run.step("12-band", column=f"t{band}", band=band)
    run.step("13-phrase-edge", name, column=f"t{band}", code=_TEMPLATE + band)
    once = run.number("SELECT COUNT(*) FROM band WHERE NOT is_repeated")
    counts["template"] += once
    counts["template of one entity"] += once
    return name


def _explain(run: Statements, explained: Explained | None) -> None:
    """Make the table of tokens that an agreement explains for everybody."""
    rows = "SELECT CAST(0 AS INTEGER) AS k, CAST(NULL AS VARCHAR) AS name WHERE FALSE"
    if explained:
        found = [(SHARED_KINDS.index(kind) * BANDS, name) for kind in _NAMED for name in _agreed(run, kind, explained)]
        codes, names = [code for code, _ in found], [name for _, name in found]
        run.engine.put(
            "explained_name", pa.table({"k": pa.array(codes, pa.int32()), "name": pa.array(names, pa.string())})
        )
        rows = "SELECT k, name FROM explained_name"
    run.table("explained", f"SELECT k, {run.hash}(name) AS token FROM ({rows}) AS named")


def _agreed(run: Statements, kind: EvidenceKind, explained: Explained) -> Collection[str]:
    """Return the names of shared tokens of a kind that are explained."""
    columns = [source.split(" FROM ") for source in _NAMED[kind]]
    names = " UNION ALL ".join(f"SELECT {column} AS name FROM {table} GROUP BY {column}" for column, table in columns)
    shared = f"SELECT token FROM token WHERE is_shared AND k = {SHARED_KINDS.index(kind) * BANDS}"
    found = run.fetch(
        f"SELECT name FROM ({names}) AS t WHERE {run.hash}(name) IN ({shared}) GROUP BY name ORDER BY name"
    )
    return explained(kind, found.column(0).to_pylist())


def _rounds(run: Statements, rule: Rule) -> tuple[str, int, bool]:
    """Peel until nothing changes. Return the table of what is left, its rows, and whether it is stable."""
    old, before = "link", run.number("SELECT COUNT(*) FROM link")
    for number in range(rule.share.rounds):
        new = f"core{number % 2}"
        run.step("20-round", new, old=old, kinds=rule.share.kinds, tokens=rule.share.tokens)
        left = run.number(f"SELECT COUNT(*) FROM {new}")
        if left == before:
            return new, left, True
        old, before = new, left
    return old, before, not before


def _count_shared(run: Statements, counts: Counter[str]) -> None:
    """Count tokens by kind: all, and those of one entity."""
    rows = run.fetch(
        f"SELECT k // {BANDS} AS kind, COUNT(*) AS n, COUNT(*) FILTER (WHERE NOT is_shared) AS alone "
        "FROM token GROUP BY 1"
    ).to_pylist()
    for row in rows:
        kind = SHARED_KINDS[row["kind"]].value
        counts[kind] += row["n"]
        counts[f"{kind} of one entity"] += row["alone"]


def _populations(run: Statements, table: str, counts: Counter[str]) -> dict[str, int]:
    """Return counts by name: `payment` (tokens), `payment of one entity`, `payment left` (in the core)."""
    rows = run.fetch(
        f"SELECT k // {BANDS} AS kind, COUNT(*) AS n "
        f"FROM (SELECT k, token FROM {table} GROUP BY k, token) AS left_over GROUP BY 1"
    ).to_pylist()
    left = {SHARED_KINDS[row["kind"]].value: row["n"] for row in rows}
    named = {}
    for kind in SHARED_KINDS:
        named[kind.value] = counts[kind.value]
        named[f"{kind.value} of one entity"] = counts[f"{kind.value} of one entity"]
        named[f"{kind.value} left"] = left.get(kind.value, 0)
    return named
