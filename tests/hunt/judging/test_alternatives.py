"""Innocent explanations: each can hold, and says its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

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


def test_every_sentence_is_one() -> None:
    for alternative in _tested(("network", "nat"), ("payment", "c")).values():
        assert alternative.told[0].isupper() or alternative.told[0].isdigit()
        assert alternative.told.endswith(".")
