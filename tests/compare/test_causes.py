"""Attribution, on tables alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.compare.attribution import attribute, chance, minimal_sets
from wiretell.compare.confirm import holm
from wiretell.compare.rates import fisher
from wiretell.compare.when import products
from wiretell.compare.worlds import PROXY, SCHEME, Table, follows_latent
from wiretell.model.difference import Proof
from wiretell.model.world import UNSET, World

FACTS = tuple("abcdef")
levels = st.tuples(*[st.sampled_from("012")] * len(FACTS))


def table(rows: Sequence[tuple[str, ...]]) -> Table:
    return Table.of({run: World.of(zip(FACTS, row, strict=True)) for run, row in enumerate(rows)})


def everywhere() -> Table:
    return table([tuple(f"{n:06b}") for n in range(64)])


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        (lambda w: w["a"] == "1", ("a",)),
        (lambda w: w["a"] == w["b"] == "1", ("a", "b")),
        (lambda w: w["a"] == "1" and w["b"] != "1", ("a", "b")),
        (lambda w: w["a"] == "1" or w["f"] == "1", ("a", "f")),
        (lambda w: w["a"] != w["c"], ("a", "c")),
        (lambda w: w["a"] == w["b"] == w["c"] == "1", ("a", "b", "c")),
        (lambda w: (w["a"], w["d"]), ("a", "d")),
    ],
)
def test_every_kind_of_rule_is_proven_when_all_worlds_were_run(
    rule: Callable[[World], object], facts: tuple[str, ...]
) -> None:
    worlds = everywhere()
    cause = attribute({run: rule(world) for run, world in worlds.worlds.items()}, worlds)
    assert (cause.proof, cause.facts) == (Proof.PROVEN, facts)
    assert cause.chance < 1e-3


@given(st.lists(levels, min_size=4, max_size=30, unique=True), st.sets(st.sampled_from(FACTS), min_size=1, max_size=3))
def test_what_is_proven_is_never_more_than_the_true_cause(rows: list[tuple[str, ...]], true: set[str]) -> None:
    worlds = table(rows)
    symbols = {run: hash(worlds.levels(run, sorted(true))) % 3 for run in worlds.worlds}
    cause = attribute(symbols, worlds)
    if len(set(symbols.values())) > 1 and cause.proof is Proof.PROVEN:
        assert set(cause.facts) <= true


@given(st.lists(levels, min_size=4, max_size=30, unique=True), st.sets(st.sampled_from(FACTS), min_size=1, max_size=3))
def test_the_true_cause_is_never_ruled_out(rows: list[tuple[str, ...]], true: set[str]) -> None:
    worlds = table(rows)
    symbols = {run: worlds.levels(run, sorted(true)) for run in worlds.worlds}
    if len(set(symbols.values())) > 1:
        cause = attribute(symbols, worlds)
        assert any(set(names) <= true for names in cause.suspects)


@given(st.sets(st.integers(1, 255), max_size=12))
def test_minimal_sets_meet_every_conflict_and_hold_no_other(conflicts: set[int]) -> None:
    found = minimal_sets(conflicts)
    for chosen in found:
        assert all(chosen & mask for mask in conflicts)
        assert not any(other != chosen and other & chosen == other for other in found)
    small = [s for s in range(256) if s.bit_count() <= 3 and all(s & mask for mask in conflicts)]
    assert all(any(chosen & s == chosen for chosen in found) for s in small)


def test_runs_of_one_world_that_disagree_make_a_feature_unsteady() -> None:
    worlds = table([("0",) * 6, ("0",) * 6, ("1",) * 6])
    assert attribute({0: "x", 1: "y", 2: "x"}, worlds).proof is Proof.UNSTEADY


def test_a_single_odd_run_leaves_its_facts_open_and_names_runs_to_bisect() -> None:
    worlds = table([("0",) * 6, ("1",) * 6])
    cause = attribute({0: "x", 1: "y"}, worlds)
    assert (cause.proof, cause.facts, cause.conflict) == (Proof.OPEN, (), (0, 1))
    assert set(cause.suspects) == {(fact,) for fact in FACTS}


def test_levels_seen_once_do_not_win_over_levels_seen_often() -> None:
    """A rider has another level in every run: it fits everything and explains nothing."""
    rng = random.Random(1)
    rows = [(str(rng.randrange(2)), str(n), *("0",) * 4) for n in range(24)]
    worlds = table(rows)
    cause = attribute({run: row[0] for run, row in enumerate(rows)}, worlds)
    assert (cause.proof, cause.facts) == (Proof.LIKELY, ("a",))


@given(st.lists(st.sampled_from("xy"), min_size=2, max_size=7), st.data())
def test_the_chance_of_a_fit_is_its_share_among_all_ways_to_deal(dealt: list[str], data: st.DataObject) -> None:
    rows = [(data.draw(st.sampled_from("012")), *("0",) * 5) for _ in dealt]
    worlds = table(rows)
    symbols: Mapping[int, str] = dict(enumerate(dealt))
    usual = "x" if dealt.count("x") >= dealt.count("y") else "y"
    others = len(dealt) - dealt.count(usual)
    fits = 0
    for n in range(2 ** len(dealt)):
        odd = [n >> i & 1 for i in range(len(dealt))]
        unmixed = all(len({odd[i] for i, row in enumerate(rows) if row[0] == level}) <= 1 for level in "012")
        fits += sum(odd) == others and unmixed
    facts = worlds.facts or ("a",)
    assert chance(symbols, facts[:1], worlds) == pytest.approx(fits / comb(len(dealt), others))


@given(st.sets(st.tuples(*[st.sampled_from("xyz")] * 3), max_size=20))
def test_products_cover_what_was_shown_and_nothing_else(rows: set[tuple[str, ...]]) -> None:
    covered = [
        (a, b, c) for product in products(rows, "abc") for a in product["a"] for b in product["b"] for c in product["c"]
    ]
    assert len(covered) == len(set(covered))
    assert set(covered) == rows


def test_holm_corrects_the_smallest_most() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_fisher_is_exact() -> None:
    assert fisher(4, 4, 4, 8) == pytest.approx(1 / 70)
    assert fisher(0, 3, 2, 9) == pytest.approx(1)


def _world(base_url: str, proxy: str = UNSET) -> World:
    return World.of({"base_url": base_url, "http_proxy": proxy})


def test_the_scheme_explains_only_where_https_was_seen_at_another_host() -> None:
    worlds = {0: _world("http://a.test"), 1: _world("official")}
    assert follows_latent({0: "x", 1: "y"}, worlds) == ()
    told = {**worlds, 2: _world("https://b.test")}
    assert follows_latent({0: "x", 1: "y", 2: "y"}, told) == (SCHEME,)
    assert follows_latent({0: "x", 1: "y", 2: "x"}, told) == ()


def test_a_proxy_explains_what_follows_it() -> None:
    worlds = {0: _world("http://a.test"), 1: _world("http://a.test", "http://p.test")}
    assert follows_latent({0: "x", 1: "y"}, worlds) == (PROXY,)
