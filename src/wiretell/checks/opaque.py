"""Bodies that are neither JSON nor text, and follow a fact."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.OPAQUE})


def judge(_difference: Difference) -> Judgement:
    """Undeclared: that something is sent is plain, what it is is not."""
    return Judgement(Class.UNDECLARED, Carrier.OPAQUE)
