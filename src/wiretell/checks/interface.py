"""What a check is: a module with `LAYERS`, the layers it judges, and `judge`, which says class and carrier.

Each difference has one layer, and each layer one check. A check knows nothing of other differences, runs or reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LOCALE_FACTS: Final = frozenset({"locale", "env:LANG", "env:LANGUAGE", "env:LC_ALL", "env:LC_TIME", "env:LC_MESSAGES"})
"""Facts that choose a language and its forms."""


ENOUGH_FLIPS: Final = 3
"""Flips without a failure that a carrier needs which chance or a runtime could move too."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one difference is."""

    cls: Class
    carrier: Carrier
    note: str = ""
    """Why, where the class does not follow from the carrier alone."""


class Check(Protocol):
    """A module of this package."""

    LAYERS: frozenset[Layer]

    def judge(self, difference: Difference) -> Judgement:
        """Judge a difference of one of `LAYERS` whose cause is known."""
        ...


def confirmed(difference: Difference) -> bool:
    """Whether flips were made and every one of them confirmed the cause."""
    flips = difference.evidence.flips
    if flips is None:
        return False
    good, tried = flips.split("/")
    return good == tried


def refuted(difference: Difference) -> bool:
    """Whether a flip went against the cause."""
    return difference.evidence.flips is not None and not confirmed(difference)


def follows_locale(difference: Difference) -> bool:
    """Whether the only facts behind a difference choose a language."""
    return bool(difference.facts) and set(difference.facts) <= LOCALE_FACTS


def _enough(difference: Difference) -> bool:
    return confirmed(difference) and int((difference.evidence.flips or "0/0").split("/")[1]) >= ENOUGH_FLIPS


def if_confirmed(difference: Difference, carrier: Carrier) -> Judgement:
    """Covert once flips confirm it; until then no more than undeclared."""
    if _enough(difference):
        return Judgement(Class.COVERT, carrier)
    return Judgement(Class.UNDECLARED, carrier, "not confirmed by flips, so not counted as covert")
