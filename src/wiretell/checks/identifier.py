"""A regularity inside identifiers that are random otherwise."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement, if_confirmed
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.BITS})


def judge(difference: Difference) -> Judgement:
    """Covert: random characters tell a reader nothing, these tell a program a fact. But digits that go on with the
    clock are a time."""
    if difference.facts == ("clock",):
        return Judgement(Class.UNDECLARED, Carrier.IDENTIFIER, "digits that follow the clock: a time stamp")
    return if_confirmed(difference, Carrier.IDENTIFIER)
