"""The same thing written in another form: dates, and marks of punctuation in place of others."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement, follows_locale, if_confirmed
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

_SHORTEST_RULE: Final = 4

LAYERS: Final = frozenset({Layer.DATE_FORMAT, Layer.PUNCTUATION})


def judge(difference: Difference) -> Judgement:
    """Undeclared where a locale's own form is used; covert where the fact has no form of its own (a zone, a host)."""
    if difference.echoes:
        return Judgement(Class.UNDECLARED, Carrier.WORDING, "repeats the fact's own characters")
    if difference.layer is Layer.PUNCTUATION:
        if follows_locale(difference):
            return Judgement(Class.UNDECLARED, Carrier.FORMAT, "punctuation follows the language")
        if _is_rule(difference):
            return Judgement(Class.UNDECLARED, Carrier.SIZE, "a line of one mark, longer or shorter for all to see")
        return if_confirmed(difference, Carrier.FORMAT)
    if follows_locale(difference) and difference.locale_form:
        return Judgement(Class.UNDECLARED, Carrier.FORMAT, "each form is one that Unicode CLDR has for the locale")
    return Judgement(Class.COVERT, Carrier.FORMAT)


def _is_rule(difference: Difference) -> bool:
    """Whether one mark is drawn again and again, as under a heading."""
    marks = {char for symbol in difference.symbols for char in symbol.value}
    return len(marks) == 1 and max(len(symbol.value) for symbol in difference.symbols) >= _SHORTEST_RULE
