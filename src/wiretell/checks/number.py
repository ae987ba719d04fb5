"""Numbers: one number spelled otherwise, and numbers that are a little more or less."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement, confirmed
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.NUMBER, Layer.NUMBER_SPELLING})
_QUANTITIES: Final = frozenset({"clock", "cpu_count", "memory", "terminal"})
"""Facts that are numbers themselves."""


def judge(difference: Difference) -> Judgement:
    """Covert where the number is the same, or as good as the same and follows a fact that has none."""
    if difference.layer is Layer.NUMBER_SPELLING:
        return Judgement(Class.COVERT, Carrier.NUMBER)
    if difference.echoes:
        return Judgement(Class.UNDECLARED, Carrier.WORDING, "repeats the fact")
    if difference.follows_length:
        return Judgement(Class.UNDECLARED, Carrier.NUMBER, "follows a length")
    if difference.slight and confirmed(difference) and not set(difference.facts) & _QUANTITIES:
        note = "changes by so little that it tells a reader nothing, and follows a fact that is no number"
        return Judgement(Class.COVERT, Carrier.NUMBER, note)
    return Judgement(Class.UNDECLARED, Carrier.NUMBER)
