"""One JSON value written in two ways: escapes in strings, keys named twice."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.ESCAPE, Layer.DUPLICATE})


def judge(_difference: Difference) -> Judgement:
    """Covert: after decoding nothing of it is left."""
    return Judgement(Class.COVERT, Carrier.ESCAPE)
