"""White space: in text that is equal without it, and between the tokens of JSON."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement, follows_locale
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.SPACE, Layer.JSON_SPACE})


def judge(difference: Difference) -> Judgement:
    """Covert, unless it is the fact's own, or stands in the numbers of a language."""
    if difference.echoes:
        return Judgement(Class.UNDECLARED, Carrier.WORDING, "repeats the fact's own characters")
    if follows_locale(difference) and any(char.isdigit() for symbol in difference.symbols for char in symbol.context):
        return Judgement(Class.UNDECLARED, Carrier.FORMAT, "a number or date as the locale writes it")
    return Judgement(Class.COVERT, Carrier.WHITESPACE)
