"""Upper and lower case, in text and in the names of headers."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement, if_confirmed
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.CASE})


def judge(difference: Difference) -> Judgement:
    """Covert once flips confirm it."""
    if difference.echoes:
        return Judgement(Class.UNDECLARED, Carrier.WORDING, "repeats the fact's own letters")
    return if_confirmed(difference, Carrier.CASE)
