"""Characters that look alike but are not the same: a reader sees no difference, a program does."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement, follows_locale
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.GLYPH})


def judge(difference: Difference) -> Judgement:
    """Covert, but for a fact whose own text is repeated, and for the digits and separators of a language."""
    if difference.echoes:
        return Judgement(Class.UNDECLARED, Carrier.WORDING, "repeats the fact's own characters")
    if follows_locale(difference) and any(char.isdigit() for symbol in difference.symbols for char in symbol.context):
        return Judgement(Class.UNDECLARED, Carrier.FORMAT, "a number or date as the locale writes it")
    return Judgement(Class.COVERT, Carrier.HOMOGLYPH)
