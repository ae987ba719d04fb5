"""Innocent explanations: each can hold, and says its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.hunt.building import accounts, tables
from tests.hunt.evidence.planting import all_hold, cluster
from wiretell.hunt.evidence.weighing import weigh_shared
from wiretell.hunt.judging import alternatives
from wiretell.hunt.rule import shipped
from wiretell.model.hunt import Alternative

_NAMES = [f"a{at}" for at in range(8)]


def _tested(*tokens: tuple[str, str], names: list[str] = _NAMES, **more: Any) -> dict[str, Alternative]:
    profiles = accounts([*names, "zed", "yak"], entities=more.pop("entities", None))
    made = tables(all_hold(names, *tokens), profiles=profiles, total_accounts=20_000, **more)
    part = cluster(made, names)
    found = alternatives(made, part, weigh_shared(made, part, shipped()), shipped())
    return {alternative.name: alternative for alternative in found}


def test_people_of_one_office_are_explained_by_it() -> None:
    office = _tested(("network", "nat"), ("payment", "c"), ("prefix", "p"))["office or household"]
    assert office.holds is True
    assert "8 of 8 holders come from one network" in office.told


def test_people_in_different_networks_are_no_office() -> None:
    assert _tested(("payment", "c"), ("prefix", "p"))["office or household"].holds is False


def test_a_network_with_more_users_elsewhere_is_a_carriers() -> None:
    carrier = _tested(("network", "nat"), holders={("network", "nat"): 90})["carrier network or VPN"]
    assert carrier.holds is True
    assert "82 elsewhere" in carrier.told


def test_a_program_that_others_use_is_public() -> None:
    tool = _tested(("headers", "h"), ("prefix", "p"), holders={("headers", "h"): 90, ("prefix", "p"): 90})[
        "public tool"
    ]
    assert tool.holds is True
    assert _tested(("headers", "h"), ("prefix", "p"))["public tool"].holds is False


def test_a_card_for_all_is_an_agency_unless_more_is_left() -> None:
    assert _tested(("payment", "c"))["agency, or staff with one card"].holds is True
    assert _tested(("payment", "c"), ("network", "n"))["agency, or staff with one card"].holds is False


def test_two_accounts_may_be_of_one_person() -> None:
    assert _tested(("payment", "c"), ("network", "n"), names=_NAMES[:2])["accounts of one person"].holds is True
    assert _tested(("payment", "c"), ("network", "n"))["accounts of one person"].holds is False


def test_accounts_of_one_organisation_and_one_outsider_are_explained_by_it() -> None:
    whose = dict.fromkeys(_NAMES[:7], "acme")
    assert _tested(("payment", "c"), entities=whose)["declared organisation"].holds is True


def test_a_log_without_organisations_cannot_tell_them() -> None:
    assert _tested(("payment", "c"))["declared organisation"].holds is None


def test_what_the_log_lacks_is_not_examined() -> None:
    made = tables(all_hold(_NAMES, ("headers", "h"), ("prefix", "p")))
    object.__setattr__(made, "holding", np.array([0, 0, 9, 0, 9, 0]))
    part = cluster(made, _NAMES)
    found = {one.name: one for one in alternatives(made, part, weigh_shared(made, part, shipped()), shipped())}
    assert found["office or household"].holds is None
    assert found["agency, or staff with one card"].holds is None


@pytest.mark.parametrize("whose", [{}, dict.fromkeys(_NAMES[:7], "acme"), {"a0": "acme", "a1": "acme", "a2": "b"}])
def test_every_sentence_is_one(whose: dict[str, str]) -> None:
    for alternative in _tested(("network", "nat"), ("payment", "c"), entities=whose).values():
        assert alternative.told[0].isupper() or alternative.told[0].isdigit()
        assert alternative.told.endswith(".") and not alternative.told.endswith("..")
        assert "0 in number" not in alternative.told


def test_organisations_are_counted_in_plain_words() -> None:
    name = "declared organisation"
    assert _tested(("payment", "c"), entities={"zed": "x"})[name].told.startswith("None of the 8 accounts")
    assert "8 accounts belong to one declared" in _tested(("payment", "c"), entities={"a0": "x", "a1": "x"})[name].told
    several = _tested(("payment", "c"), entities={"a0": "x", "a1": "x", "a2": "y"})[name].told
    assert several == "3 of 8 accounts belong to 2 declared organisations or agreed groups; the largest has 2 of them."


def test_strangers_with_one_set_of_prompts_may_have_it_from_a_course() -> None:
    name = "published prompts or a course"
    assert _tested(("prefix", "p"), ("template", "t"))[name].holds is True
    assert _tested(("prefix", "p"), ("payment", "c"))[name].holds is False
