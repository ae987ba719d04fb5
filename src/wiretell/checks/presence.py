"""There or not: requests, headers, fields, items, and values of another JSON type."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.PRESENCE, Layer.KIND})


def judge(_difference: Difference) -> Judgement:
    """Undeclared: anyone who looks at the request sees it."""
    return Judgement(Class.UNDECLARED, Carrier.PRESENCE)
