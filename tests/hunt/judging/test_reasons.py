"""Reasons are sentences that a person can look up and dispute."""

from __future__ import annotations

import pytest

from wiretell.hunt.judging import clears, reason
from wiretell.model.hunt import Evidence, EvidenceKind


def test_a_reason_tells_the_fact_how_often_it_happens_by_chance_and_its_weight() -> None:
    told = reason(Evidence(EvidenceKind.PAYMENT, 11.5, 1, "is paid for by card c, as did 30 others", 1 / 4200))
    assert told == "Is paid for by card c, as did 30 others (by chance: 1 in 4,200 unrelated accounts; +11.5 bits)."


def test_what_is_not_shown_is_said_as_well() -> None:
    assert reason(Evidence(EvidenceKind.PAYMENT, -1.25, 0, "", 0.1)).endswith("not shown, -1.2 bits.")


@pytest.mark.parametrize("kind", EvidenceKind)
def test_every_kind_says_what_would_clear_it(kind: EvidenceKind) -> None:
    assert len(clears(kind)) > 20
