"""Lengths: of random bytes, of bodies that cannot be read, of the pieces that a body is cut into."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement, if_confirmed
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.SIZE, Layer.CHUNKS})


def judge(difference: Difference) -> Judgement:
    """Covert once flips confirm it, unless the length is that of something the fact is part of."""
    if difference.follows_length or not difference.where.path:
        return Judgement(Class.UNDECLARED, Carrier.SIZE)
    return if_confirmed(difference, Carrier.SIZE)
