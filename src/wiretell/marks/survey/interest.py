"""What is looked for: the characters of each detector, and what a look over a body tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final

from wiretell.unicode import kinds

DATE_LINE: Final = b"s date is "
"""What every date line holds, and little else."""
HALF_SIGN: Final = "\udced"
"""How `surrogateescape` shows the byte with which a half surrogate begins in UTF-8."""


@cache
def by_kind() -> dict[str, frozenset[str]]:
    """Return the characters that each detector looks for."""
    return {
        "invisible": kinds.invisible(),
        "tags": kinds.TAGS,
        "selectors": kinds.SELECTORS,
        "bidi": kinds.BIDI,
        "lookalike": kinds.native_letters().union(kinds.lookalikes(), kinds.APOSTROPHES, kinds.SIGNS),
        "spaces": kinds.SPACES,
        "normal-form": kinds.combining(),
    }


@cache
def letters() -> frozenset[str]:
    """Return the characters that may stand everywhere in a text of some script."""
    kinds_ = by_kind()
    return (kinds_["lookalike"] | kinds_["normal-form"]) - kinds.APOSTROPHES - kinds.SIGNS.keys()


@cache
def rare() -> frozenset[str]:
    """Return the other ones, which are few in any text."""
    return frozenset().union(*by_kind().values()) - letters()


@cache
def of_interest() -> frozenset[str]:
    """Return them all."""
    return frozenset().union(*by_kind().values(), HALF_SIGN)


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in a body."""

    escapes: bool
    r"""Whether it has escapes of four digits (`\u200b`), at any depth of JSON."""
    blanks: tuple[int, ...]
    """Rising offsets of line ends with blanks before them, raw or escaped."""
    characters: frozenset[str]
    """Those of interest that stand in UTF-8; `HALF_SIGN` where a half surrogate may stand so."""
    date_lines: tuple[int, ...]
    """Rising offsets of `DATE_LINE`."""
    places: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Character -> rising offsets, of those whose places are known already; of the others, they are to be searched."""
