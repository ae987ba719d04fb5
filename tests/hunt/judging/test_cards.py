"""The operator's card draws in members that show nothing concerted themselves, and nobody else."""

from __future__ import annotations

import numpy as np

from tests.hunt.building import Triple, accounts, tables
from tests.hunt.evidence.planting import all_hold, cluster
from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.judging import judge
from wiretell.hunt.rule import shipped
from wiretell.model.hunt import EvidenceKind, Tier

_KINDS = (EvidenceKind.PAYMENT, EvidenceKind.PREFIX, EvidenceKind.TEMPLATE, EvidenceKind.FAILOVER)
_WORKS = [12.0, 12.0, 10.0, 12.0]
_QUIET = [12.0, 12.0, 10.0, 0.0]
"""The same but for work that it went on with."""


def _tiers(working: int, quiet: int, cards: list[Triple], holders: int | None = None) -> dict[str, Tier]:
    """Judge `w00`... that work as one, and `x00`... that do not, by who holds which card."""
    names = [*_named("w", working), *_named("x", quiet)]
    held = {("payment", "card"): holders} if holders else None
    made = tables([*all_hold(names, ("prefix", "p")), *cards], profiles=accounts(names), holders=held)
    bits = np.array([_WORKS] * working + [_QUIET] * quiet)
    told = tuple(tuple("fact" if bit > 0 else "" for bit in row) for row in bits.tolist())
    weighed = Weighed(_KINDS, bits, np.full(len(_KINDS), 0.001), ("example",) * len(_KINDS), told)
    judged = judge(made, cluster(made, names), weighed, 0.0, shipped())
    assert judged is not None
    return {finding.account: finding.tier for finding in judged[1]}


def _named(letter: str, count: int) -> list[str]:
    return [f"{letter}{at:02}" for at in range(count)]


def test_the_operators_card_brings_quiet_members_into_review() -> None:
    cards = all_hold([*_named("w", 6), *_named("x", 3)], ("payment", "card"))
    assert set(_tiers(6, 3, cards).values()) == {Tier.REVIEW}


def test_an_agencys_clients_who_are_copied_keep_their_own_card() -> None:
    cards = [*all_hold(_named("w", 6), ("payment", "card")), *all_hold(_named("x", 3), ("payment", "agency"))]
    found = _tiers(6, 3, cards)
    assert {found[name] for name in _named("w", 6)} == {Tier.REVIEW}
    assert not {found.get(name) for name in _named("x", 3)} & {Tier.REVIEW, Tier.VERIFY}


def test_a_card_that_mostly_pays_for_quiet_accounts_is_an_agencys() -> None:
    found = _tiers(6, 8, all_hold([*_named("w", 6), *_named("x", 8)], ("payment", "card")))
    assert Tier.REVIEW not in {found.get(name) for name in _named("x", 8)}


def test_a_card_that_pays_for_many_elsewhere_in_the_log_is_an_agencys() -> None:
    cards = all_hold([*_named("w", 6), *_named("x", 3)], ("payment", "card"))
    assert Tier.REVIEW not in {_tiers(6, 3, cards, holders=40).get(name) for name in _named("x", 3)}


def test_two_accounts_that_work_as_one_are_too_few_to_tell_whose_card_it_is() -> None:
    named = [*_named("w", 6), *_named("x", 2)]
    cards = [*all_hold(named[2:6], ("payment", "other")), *all_hold(named[:2] + named[6:], ("payment", "card"))]
    found = _tiers(6, 2, cards)
    assert Tier.REVIEW not in {found.get(name) for name in _named("x", 2)}
