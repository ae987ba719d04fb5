"""The order of versions, and ranges of them: `>=2.1.91,<2.1.198`.

The order is that of Semantic Versioning 2.0.0 §11 (https://semver.org/#spec-item-11), for any number of numbers
(`2.1` is `2.1.0`), with what PyPI has beside it: `1.0rc1` is a pre-release, `1.0.dev1` comes before those, `1.0.post1`
after the release. Build metadata (`+...`) does not count. A pre-release stands before its release and after all that
is lower, also in a range: `<2.1.198` holds 2.1.198-beta.1 (npm would leave it out).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Final

from wiretell.errors import FormatError

Order = tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]
"""Sort key: numbers without zeros at their end; stage; identifiers of a pre-release."""

_VERSION: Final = re.compile(
    r"[vV]?(?P<numbers>\d{1,12}(?:\.\d{1,12}){0,7})"
    r"(?:-(?P<semver>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)|\.?(?P<stage>dev|a|b|rc|post)(?P<count>\d{1,12}))?"
    r"(?:\+[0-9A-Za-z.-]*)?",
    re.ASCII,
)
_DEV, _PRE, _RELEASE, _POST = range(4)
_STAGES: Final = {"dev": _DEV, "a": _PRE, "b": _PRE, "rc": _PRE, "post": _POST}
_PART: Final = re.compile(r"(>=|<=|==|=|>|<)?\s*(\S+)")
_HOLDS: Final[dict[str, Callable[[Order, Order], bool]]] = {">=": ge, ">": gt, "<=": le, "<": lt, "==": eq, "=": eq}


@lru_cache(maxsize=4096)
def order(version: str) -> Order | None:
    """Return a sort key; None for what is no version."""
    found = _VERSION.fullmatch(version.strip()[:128])
    if found is None:
        return None
    numbers = [int(number) for number in found["numbers"].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    if found["semver"]:
        return tuple(numbers), _PRE, tuple(map(_identifier, found["semver"].split(".")))
    if found["stage"]:
        name, count = found["stage"], int(found["count"])
        return tuple(numbers), _STAGES[name], ((1, 0, name), (0, count, ""))
    return tuple(numbers), _RELEASE, ()


def _identifier(text: str) -> tuple[int, int, str]:
    """§11.4: numbers by their value and before words, words as ASCII."""
    return (0, int(text), "") if text.isdigit() else (1, 0, text)


@dataclass(frozen=True, slots=True)
class Range:
    """Parts that must all hold."""

    parts: tuple[tuple[str, Order], ...]
    """Operator and sort key."""

    def holds(self, version: Order) -> bool:
        """Whether a version lies in it."""
        return all(_HOLDS[operator](version, bound) for operator, bound in self.parts)

    @property
    def is_empty(self) -> bool:
        """Whether its own parts contradict each other, so that no version can lie in it."""
        least = [(bound, operator == ">") for operator, bound in self.parts if operator[0] in ">="]
        most = [(bound, operator == "<") for operator, bound in self.parts if operator[0] in "<="]
        return any(low > high or (low == high and (over or under)) for low, over in least for high, under in most)


@lru_cache(maxsize=1024)
def parse_range(text: str) -> Range:
    """Read a range: parts of an operator (>= > <= < ==, or none for ==) and a version, with commas between.

    :raises FormatError: with half a sentence that says what is wrong, to stand behind the name of the file.
    """
    parts = []
    for part in text.split(","):
        found = _PART.fullmatch(part.strip())
        bound = order(found[2]) if found else None
        if found is None or bound is None:
            raise FormatError(f"{part.strip()!r} is no part of a version range such as '>=2.1.91,<2.1.198'.")
        parts.append((found[1] or "==", bound))
    made = Range(tuple(parts))
    if made.is_empty:
        raise FormatError(f"no version lies in the range {text!r}.")
    return made
