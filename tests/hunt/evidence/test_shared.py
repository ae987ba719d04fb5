"""Tokens that accounts share."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hunt.building import DAY_US, START_US, Triple, accounts, tables
from tests.hunt.evidence.planting import all_hold, cluster
from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.evidence.weighing import weigh_shared
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import EvidenceKind

_NAMES = ["ann", "bob", "cem", "dot", "eve"]


def _weigh(made: Tables, names: list[str]) -> Weighed:
    return weigh_shared(made, cluster(made, names), shipped())


def _bits(weighed: Weighed, kind: EvidenceKind) -> list[float]:
    return [float(bits) for bits in weighed.bits[:, weighed.kinds.index(kind)]]


def test_a_card_of_their_own_weighs_as_much_as_it_is_rare() -> None:
    made = tables(all_hold(_NAMES, ("payment", "c")), total_accounts=20_000)
    weighed = _weigh(made, _NAMES)
    # Holders of any card: half of the log, 10,000; none of them but these holds this one.
    assert _bits(weighed, EvidenceKind.PAYMENT) == [np.log2(0.6 * (10_000 - 5 + 1))] * 5
    assert weighed.by_chance[weighed.kinds.index(EvidenceKind.PAYMENT)] == 1 / 9_996


def test_what_everybody_holds_is_no_evidence() -> None:
    made = tables(all_hold(_NAMES, ("headers", "h")), holders={("headers", "h"): 9_000}, total_accounts=20_000)
    assert _bits(_weigh(made, _NAMES), EvidenceKind.HEADERS) == [0.0] * 5


@settings(max_examples=20)
@given(st.integers(5, 9_000), st.integers(5, 9_000))
def test_more_holders_outside_never_weigh_more(one: int, other: int) -> None:
    few, many = sorted((one, other))
    bits = [
        _bits(
            _weigh(
                tables(all_hold(_NAMES, ("payment", "c")), holders={("payment", "c"): held}, total_accounts=20_000),
                _NAMES,
            ),
            EvidenceKind.PAYMENT,
        )[0]
        for held in (few, many)
    ]
    assert bits[0] >= bits[1]


@settings(max_examples=20)
@given(
    st.sets(
        st.tuples(st.sampled_from(_NAMES), st.sampled_from(["payment", "headers", "template"]), st.sampled_from("xyz"))
    )
)
def test_an_account_without_a_token_of_a_kind_gets_nothing_for_it(some: set[Triple]) -> None:
    made = tables(some | set(all_hold(_NAMES, ("prefix", "p"))), total_accounts=5_000)
    weighed = _weigh(made, _NAMES)
    held = {(name, kind) for name, kind, _ in some}
    for at, name in enumerate(_NAMES):
        for column, kind in enumerate(weighed.kinds):
            if kind is not EvidenceKind.PREFIX and (name, kind) not in held:
                assert weighed.bits[at, column] == 0.0


def test_an_account_with_another_card_loses_by_it() -> None:
    made = tables(
        [*all_hold(_NAMES[:4], ("payment", "c")), ("eve", "payment", "own"), *all_hold(_NAMES, ("prefix", "p"))],
        total_accounts=5_000,
    )
    assert _bits(_weigh(made, _NAMES), EvidenceKind.PAYMENT)[4] < 0


def test_an_address_and_its_network_are_one_fact() -> None:
    single = _weigh(tables(all_hold(_NAMES, ("network", "192.0.2.1")), total_accounts=5_000), _NAMES)
    both = tables(all_hold(_NAMES, ("network", "192.0.2.1"), ("network", "192.0.2.0/24")), total_accounts=5_000)
    assert _bits(_weigh(both, _NAMES), EvidenceKind.NETWORK)[0] <= _bits(single, EvidenceKind.NETWORK)[0]


def test_what_one_owner_alone_holds_is_not_shared() -> None:
    who = accounts(_NAMES, entities={"ann": "acme", "bob": "acme"})
    made = tables([*all_hold(["ann", "bob"], ("payment", "c")), *all_hold(_NAMES, ("prefix", "p"))], profiles=who)
    assert max(_bits(_weigh(made, _NAMES), EvidenceKind.PAYMENT)) <= 0


def test_a_pool_of_addresses_that_many_strangers_use_weighs_less_than_one_of_their_own() -> None:
    names = [f"a{at:03}" for at in range(60)]
    pool = [(name, "network", f"ip{(at + step) % 60}") for at, name in enumerate(names) for step in range(3)]
    busy = {("network", f"ip{at}"): 3 + (at % 4) * 20 for at in range(60)}
    own = _weigh(tables(pool, total_accounts=20_000), names)
    used = _weigh(tables(pool, total_accounts=20_000, holders=busy), names)
    assert np.mean(_bits(used, EvidenceKind.NETWORK)) < np.mean(_bits(own, EvidenceKind.NETWORK)) - 3


def _chains(first: str, then: str, count: int, life_us: int) -> dict[Triple, tuple[int, int, int]]:
    seen = {}
    for number in range(count):
        began = START_US + number * 2 * DAY_US
        seen[first, "failover", f"c{number}"] = (3, began, began + 60_000_000)
        seen[then, "failover", f"c{number}"] = (3, began + 120_000_000, began + life_us)
    return seen


def test_failover_counts_for_who_goes_on_and_not_for_who_began() -> None:
    seen = _chains("ann", "bob", 3, 600_000_000)
    made = tables(seen, seen=seen, total_accounts=5_000)
    began, went = _bits(_weigh(made, ["ann", "bob"]), EvidenceKind.FAILOVER)
    assert began == 0.0
    assert went > 5


def test_one_conversation_in_common_and_one_that_lives_for_weeks_are_chance() -> None:
    single, weeks = _chains("ann", "bob", 1, 600_000_000), _chains("ann", "bob", 3, 9 * DAY_US)
    for seen in (single, weeks):
        made = tables([*seen, *all_hold(_NAMES, ("prefix", "p"))], seen=seen, total_accounts=5_000)
        assert max(_bits(_weigh(made, _NAMES), EvidenceKind.FAILOVER)) == 0.0


def test_one_conversation_counts_where_many_accounts_go_on_with_one() -> None:
    seen = {}
    for at, name in enumerate(_NAMES):
        began = START_US + at * DAY_US
        seen[_NAMES[at - 1], "failover", f"c{at}"] = (3, began, began + 60_000_000)
        seen[name, "failover", f"c{at}"] = (3, began + 120_000_000, began + 600_000_000)
    made = tables(seen, seen=seen, total_accounts=5_000)
    assert min(_bits(_weigh(made, _NAMES), EvidenceKind.FAILOVER)) > 5


def test_a_person_with_two_accounts_in_a_crowd_is_no_pool() -> None:
    seen = _chains("ann", "bob", 4, 600_000_000)
    made = tables([*seen, *all_hold(_NAMES, ("prefix", "p"))], seen=seen, total_accounts=5_000)
    assert max(_bits(_weigh(made, _NAMES), EvidenceKind.FAILOVER)) == 0.0


def test_a_pair_within_a_crowd_shares_nothing_with_the_campaign() -> None:
    """A person with two accounts is drawn in by a popular prompt: what the two share by themselves is no evidence."""
    names = [f"a{n:02}" for n in range(30)]
    crowd = [(name, "payment", f"card{n // 10}") for n, name in enumerate(names)]
    pair = [(who, kind, token) for who in ("p1", "p2") for kind, token in (("payment", "own"), ("network", "home"))]
    world = tables([*crowd, *pair, *all_hold([*names, "p1", "p2"], ("template", "t"))], total_accounts=20_000)
    weighed = _weigh(world, [*names, "p1", "p2"])
    shown = {kind: weighed.shows[:, at] for at, kind in enumerate(weighed.kinds)}
    assert not shown[EvidenceKind.PAYMENT][30:].any() and shown[EvidenceKind.PAYMENT][:30].all()
    assert EvidenceKind.NETWORK not in shown or not shown[EvidenceKind.NETWORK].any()
    assert shown[EvidenceKind.TEMPLATE].all()


def test_partners_that_change_are_no_pair() -> None:
    """In a pool each user's workspace has been under two accounts, never the same two."""
    names = [f"a{n:02}" for n in range(30)]
    moved = [(names[(n + step) % 30], "prefix", f"w{n}:{step}") for n in range(30) for step in (0, 1)]
    workspaces = [(who, kind, token.partition(":")[0]) for who, kind, token in moved]
    weighed = _weigh(tables([*workspaces, *all_hold(names, ("template", "t"))], total_accounts=20_000), names)
    assert weighed.shows[:, weighed.kinds.index(EvidenceKind.PREFIX)].all()
