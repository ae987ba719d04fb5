"""Order of headers, of keys and items in JSON, of query parameters."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement, follows_locale, if_confirmed
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.ORDER})


def judge(difference: Difference) -> Judgement:
    """Covert once flips confirm it; languages sort in their own ways."""
    if follows_locale(difference):
        return Judgement(Class.UNDECLARED, Carrier.ORDER, "sorting may follow the language")
    return if_confirmed(difference, Carrier.ORDER)
