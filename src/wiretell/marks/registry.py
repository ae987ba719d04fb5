"""Every scheme and detector by its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rapidfuzz import process

from wiretell.errors import UsageError
from wiretell.marks.date_line import SCHEME as DATE_LINE
from wiretell.marks.detectors import DETECTORS
from wiretell.marks.interface import Detector, Scheme

SCHEMES: Final[tuple[Scheme, ...]] = (DATE_LINE,)
ALL: Final[tuple[Detector, ...]] = (*SCHEMES, *DETECTORS)


def schemes() -> tuple[str, ...]:
    """Return every name: schemes first, then detectors."""
    return tuple(each.name for each in ALL)


def named(names: Iterable[str]) -> tuple[Detector, ...]:
    """Return schemes and detectors by name, in the order of `schemes()`, each once.

    :raises UsageError: for a name that is none, with the nearest one.
    """
    wanted = tuple(names)
    _refuse_unknown(wanted, schemes())
    return tuple(each for each in ALL if each.name in wanted)


def scheme(name: str) -> Scheme:
    """Return a scheme, which can write, by its name.

    :raises UsageError: for a name that is none, or a detector's, which knows no writer.
    """
    _refuse_unknown((name,), schemes())
    found = next((each for each in SCHEMES if each.name == name), None)
    if found is None:
        writers = ", ".join(each.name for each in SCHEMES)
        raise UsageError(f"{name!r} only reads and strips; what can be written is {writers}.")
    return found


def _refuse_unknown(names: Iterable[str], known: tuple[str, ...]) -> None:
    for name in names:
        if name not in known:
            nearest = process.extractOne(name, known, score_cutoff=60)
            hint = f"did you mean {nearest[0]!r}? There are" if nearest else "there are"
            raise UsageError(f"There is no scheme {name!r}; {hint} {', '.join(known)}.")
