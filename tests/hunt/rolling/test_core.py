"""What comes out of the SQL is what the plain reference says, on small logs with holes everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hunt.rolling import reference
from tests.hunt.rolling.reference import Row, row
from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.fetching import core_tables
from wiretell.hunt.rollup import roll
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Accounts, Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

RULE = shipped()


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    opened = DuckEngine(memory_mb=512, threads=1)
    yield opened
    opened.close()


def hunted(engine: DuckEngine, rows: Sequence[Row], allow: Mapping[str, str] | None = None, seed: int = 0) -> Tables:
    reference.put(engine, rows)
    roll(engine, RULE)
    return core_tables(engine, allow or {}, RULE, seed)


def some(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from([None, *values])


IPS = (
    "10.0.0.1",
    "10.0.0.2",
    "10.0.1.1",
    "2001:db8::1",
    "2001:db8:0:0:5::2",
    "::ffff:10.0.0.9",
    "hashed",
    "::1",
    "1::",
)
ROWS = st.builds(
    row,
    account=st.sampled_from([f"a{n}" for n in range(5)]),
    at=st.one_of(
        st.integers(0, 3 * reference.DAY),
        st.builds(
            lambda hour, minute: hour * reference.HOUR + minute * 60_000_000, st.integers(0, 30), st.integers(0, 59)
        ),
    ),
    org=some("o1"),
    account_created=some(5, 9),
    payment=some("p1", "p2"),
    ip=some(*IPS),
    header_tuple=some("h1", "h2"),
    client=some("agent", "other"),
    tz=some("Asia/Tokyo"),
    system_block=some("s1", "s2"),
    chain=some("c1", "c2", "c3"),
    depth=st.integers(0, 5),
    template=st.lists(st.sampled_from(["t1", "t2", "t3"]), max_size=5),
    output_tokens=some(0, 127, 128, 4096),
    max_tokens=some(128, 4096),
    tool_calls=some(0, 1),
    tool_results=some(0, 2),
    status=some(200, 429, 503, 404),
)
ALLOW = st.sampled_from([{}, {"a0": "g", "a1": "g"}, {"nobody": "g"}])


def edges_of(tables: Tables) -> dict[reference.Edge, list[int]]:
    kinds = [SHARED_KINDS[code].value for code in tables.tokens.kind]
    held = zip(
        tables.edges.account, tables.edges.token, tables.edges.n, tables.edges.first, tables.edges.last, strict=True
    )
    return {
        (kinds[token], tables.tokens.names[token], tables.accounts.names[account]): [n, first, last]
        for account, token, n, first, last in held
    }


def check(tables: Tables, rows: Sequence[Row], allow: Mapping[str, str]) -> None:
    held = reference.held(rows, RULE)
    owner = reference.entities(rows, allow)
    wanted = reference.core(held, owner, RULE)
    assert edges_of(tables) == {edge: held[edge] for edge in wanted}
    assert list(tables.accounts.names) == sorted({account for _, _, account in wanted})
    for at, (code, name) in enumerate(zip(tables.tokens.kind, tables.tokens.names, strict=True)):
        holders = [account for kind, token, account in held if (kind, token) == (SHARED_KINDS[code].value, name)]
        assert tables.tokens.accounts[at] == len(holders)
        assert tables.tokens.holders[at] == len({owner[account] for account in holders})
    assert list(tables.others.names) == sorted(owner)
    check_profiles(tables.others, rows)
    assert (tables.total_accounts, tables.total_entities) == (len(owner), len(set(owner.values())))
    assert (tables.rows, tables.first, tables.last) == (
        len(rows),
        min(r["ts"] for r in rows),
        max(r["ts"] for r in rows),
    )
    for kind in SHARED_KINDS[:5]:
        assert tables.holding[SHARED_KINDS.index(kind)] == len({owner[a] for k, _, a in held if k == kind.value})
        assert tables.populations[kind.value] == len({token for k, token, _ in held if k == kind.value})
        assert tables.populations[f"{kind.value} left"] == len({token for k, token, _ in wanted if k == kind.value})


def check_profiles(accounts: Accounts, rows: Sequence[Row]) -> None:
    for at, name in enumerate(accounts.names):
        for column, value in reference.profile(rows, name).items():
            assert np.array_equal(getattr(accounts, column)[at], value), (name, column)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=40), allow=ALLOW)
def test_the_sql_says_what_the_reference_says(engine: DuckEngine, rows: list[Row], allow: dict[str, str]) -> None:
    check(hunted(engine, rows, allow), rows, allow)


def test_one_account_alone_shares_nothing(engine: DuckEngine) -> None:
    tables = hunted(engine, [row("ann", payment="p", ip="10.0.0.1", header_tuple="h", template=["a", "b", "c", "d"])])
    assert (len(tables.accounts), len(tables.edges), len(tables.tokens)) == (0, 0, 0)
    assert list(tables.others.names) == ["ann"]
    assert tables.populations["payment of one entity"] == 1


def test_an_empty_log_gives_empty_tables(engine: DuckEngine) -> None:
    tables = hunted(engine, [])
    assert (tables.rows, tables.first, tables.total_accounts, len(tables.others)) == (0, None, 0, 0)
    assert tables.others.hours.shape == (0, 24)


def test_nothing_but_accounts_and_times(engine: DuckEngine) -> None:
    tables = hunted(engine, [row("ann"), row("bob")])
    assert not len(tables.edges)
    assert list(tables.others.client) == ["", ""]
    assert list(tables.holding) == [0] * 6


def pair(**columns: object) -> list[Row]:
    shared: dict[str, Any] = {"payment": "p", "ip": "10.0.0.1", "header_tuple": "h"} | columns
    return [row("ann", **shared), row("bob", **shared)]


def test_what_one_organisation_shares_is_explained(engine: DuckEngine) -> None:
    assert len(hunted(engine, pair()).accounts) == 2
    assert not len(hunted(engine, pair(org="o")).accounts)
    assert not len(hunted(engine, pair(), {"ann": "g", "bob": "g"}).accounts)


def test_tokens_that_an_agreement_names_are_explained_for_everybody(engine: DuckEngine) -> None:
    reference.put(engine, pair())
    roll(engine, RULE)
    asked: dict[EvidenceKind, list[str]] = {}

    def explained(kind: EvidenceKind, names: Sequence[str]) -> list[str]:
        asked[kind] = sorted(names)
        return [name for name in names if name == "10.0.0.1"]

    tables = core_tables(engine, {}, RULE, 0, explained=explained)
    assert asked == {EvidenceKind.PAYMENT: ["p"], EvidenceKind.NETWORK: ["10.0.0.0/24", "10.0.0.1"]}
    assert set(tables.tokens.names) == {"h", "p", "10.0.0.0/24"}


def test_the_sample_of_others_follows_the_seed(engine: DuckEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiretell.hunt.fetching._OTHERS", 5)
    rows = [row(f"a{n}") for n in range(50)]
    first, again, other = (list(hunted(engine, rows, seed=seed).others.names) for seed in (1, 1, 2))
    assert len(first) == 5
    assert first == again != other


def test_keys_hold_many_conversations_at_once_with_many_system_parts(engine: DuckEngine) -> None:
    shared = [
        row("shared", n * 1000, chain=f"c{n}", depth=2, system_block=f"s{n}", ip=f"10.{n}.0.1") for n in range(14)
    ]
    product = [row("product", n * 1000, chain=f"d{n}", depth=2, system_block="own") for n in range(30)]
    slow = [row("slow", n * 3_600_000_000, chain=f"e{n}", depth=2, system_block=f"t{n}") for n in range(14)]
    tables = hunted(engine, [*shared, *product, *slow, row("ann", chain="x"), row("ann", chain="y")])
    assert list(tables.keys.names) == ["shared"]
    assert (tables.keys.peak_chains[0], tables.keys.systems[0]) == (14, 14)
    assert tables.keys.peak_networks[0] in range(10, 15)


def test_contradictions_are_told_by_entities_not_by_exchanges(engine: DuckEngine) -> None:
    peers = [row(f"peer{n:02}", system_block="s", client="agent") for n in range(20)]
    loud = [row("loud", n, system_block="s", client="other") for n in range(30)]
    gateway = [row("open", system_block="s", client="litellm"), row("mute", system_block="s")]
    tables = hunted(engine, [*peers, *loud, *gateway])
    of = {name: at for at, name in enumerate(tables.others.names)}
    known, against = tables.others.known_systems, tables.others.contradictions
    assert (known[of["loud"]], against[of["loud"]]) == (30, 30)
    assert (known[of["peer00"]], against[of["peer00"]]) == (1, 0)
    assert (known[of["open"]], known[of["mute"]]) == (0, 0)


def test_a_system_part_of_a_few_or_of_many_clients_contradicts_nobody(engine: DuckEngine) -> None:
    few = [row(f"few{n}", system_block="s1", client="agent") for n in range(3)] + [
        row("x", system_block="s1", client="b")
    ]
    mixed = [row(f"mix{n}", system_block="s2", client="agent" if n % 2 else "other") for n in range(10)]
    assert not hunted(engine, few + mixed).others.known_systems.any()


def test_no_stable_core_is_told(engine: DuckEngine) -> None:
    short = msgspec.structs.replace(RULE, share=msgspec.structs.replace(RULE.share, rounds=1))
    # each account of a chain holds on by its neighbour: the ends fall, one a round
    rows = [row(f"a{n}", payment=f"p{n}", header_tuple="h") for n in range(4)]
    rows += [row(f"a{n}", payment=f"p{n + 1}", header_tuple="h") for n in range(4)]
    reference.put(engine, [*rows, row("b", header_tuple="h")])
    roll(engine, short)
    assert core_tables(engine, {}, short, 0).populations["not stable"] == 1


def test_every_column_of_the_profiles_is_checked() -> None:
    unchecked = {"names", "entity", "declared", "contradictions", "known_systems"}
    assert {field.name for field in fields(Accounts)} - unchecked == set(reference.profile([row("a")], "a"))
