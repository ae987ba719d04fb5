"""A program of a group's own says whose its cards are; by itself it carries nothing to review."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.hunt.building import Triple, accounts, tables
from tests.hunt.evidence.planting import all_hold, cluster
from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.judging import judge
from wiretell.hunt.rule import shipped
from wiretell.model.hunt import EvidenceKind, Tier

_KINDS = (EvidenceKind.PAYMENT, EvidenceKind.HEADERS, EvidenceKind.PREFIX, EvidenceKind.TEMPLATE)
_PAID, _UNPAID = [10.6, 10.0, 11.0, 11.0], [0.0, 10.0, 11.0, 11.0]
_AT_ALL_HOURS: dict[str, Any] = {"header_tuples": 1, "hours": np.full(24, 12)}
_BY_DAY: dict[str, Any] = {"header_tuples": 1, "hours": np.array([0] * 8 + [25] * 12 + [0] * 4)}


def _tiers(
    size: int, columns: dict[str, Any], *, carded: int | None = None, outside: int = 0, places: int = 1
) -> set[Tier | None]:
    """Judge accounts of one program, of which `carded` share a card; return the tiers of these."""
    names = [f"a{at:02}" for at in range(size)]
    paid = names[: size if carded is None else carded]
    held: list[Triple] = all_hold(names, ("headers", "h"), ("prefix", "p"), ("template", "t"))
    held += all_hold(paid, ("payment", "card"))
    held += [(name, "network", f"n{at % places}") for at, name in enumerate(names)]
    made = tables(held, profiles=accounts(names, **columns), holders={("headers", "h"): size + outside})
    bits = np.array([_PAID if name in paid else _UNPAID for name in names])
    told = tuple(tuple("fact" if bit > 0 else "" for bit in row) for row in bits.tolist())
    weighed = Weighed(_KINDS, bits, np.full(len(_KINDS), 0.001), ("example",) * len(_KINDS), told)
    judged = judge(made, cluster(made, names), weighed, 0.0, shipped())
    found = {one.account: one.tier for one in judged[1]} if judged else {}
    return {found.get(name) for name in paid or names}


@pytest.mark.parametrize(("columns", "places"), [(_AT_ALL_HOURS, 1), (_BY_DAY, 6)])
def test_many_accounts_of_one_program_and_its_cards_are_reviewed(columns: dict[str, Any], places: int) -> None:
    assert _tiers(20, columns, places=places) == {Tier.REVIEW}


def test_an_office_with_a_program_of_its_own_is_none() -> None:
    assert _tiers(20, _BY_DAY) == {None}


def test_people_use_other_programs_too() -> None:
    assert _tiers(20, _AT_ALL_HOURS | {"header_tuples": 3}, places=6) == {None}


def test_a_hackathon_works_at_night_but_not_for_long() -> None:
    assert _tiers(45, _AT_ALL_HOURS | {"active_days": 2}) == {None}


def test_a_program_that_others_run_too_says_nothing() -> None:
    assert _tiers(20, _AT_ALL_HOURS, outside=1) == {None}


def test_a_copied_program_without_the_card_is_never_reviewed() -> None:
    assert Tier.REVIEW not in _tiers(20, _AT_ALL_HOURS, carded=0)


def test_a_handful_of_accounts_is_asked_about_at_most() -> None:
    assert _tiers(8, _AT_ALL_HOURS) == {Tier.VERIFY}
