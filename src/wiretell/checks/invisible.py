"""Code points that are shown as nothing (Unicode's Default_Ignorable_Code_Point)."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.INVISIBLE})


def judge(difference: Difference) -> Judgement:
    """Covert, unless the invisible characters are the fact's own."""
    if difference.echoes:
        return Judgement(Class.UNDECLARED, Carrier.WORDING, "repeats the fact's own characters")
    return Judgement(Class.COVERT, Carrier.INVISIBLE)
