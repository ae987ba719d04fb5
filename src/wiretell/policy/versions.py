"""Ranges of versions, as npm and as PyPI write them, over the one order of versions.

| form | means |
|---|---|
| `>=2.1.91,<2.1.198`, `>=2.1.91 <2.1.198` | every part holds |
| `2.1.91`, `==2.1.91`, `!=0.86.1` | this version; any but this |
| `^2.1.0`, `~2.1`, `2.1.x`, `1.2 - 2.3` | npm (https://github.com/npm/node-semver#ranges) |
| `~=0.86`, `==0.86.*`, `!=0.86.*` | PyPI (PEP 440) |
| `<1 || >=2` | either |

It differs from both on purpose in these:
- a pre-release lies before its release, in a range too: `<2.1.198` holds 2.1.198-beta.1, and `2.1.x` and `==2.1.*` hold
  2.1.0-beta.1 (npm and pip leave them out unless told otherwise); where the form itself names the next number,
  its pre-releases are outside (`^2.1.0` holds no 3.0.0-beta.1);
- numbers that are left out are zeros: `2.1` is 2.1.0 alone and `>2` holds 2.0.1, as on PyPI; npm's `2.1` is `2.1.x`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import itemgetter
from typing import Final

from wiretell.errors import FormatError
from wiretell.policy.ordering import Order, bottom, order, spelled

__all__ = ["EVERY", "Cut", "Order", "Range", "order", "parse_range", "spelled"]

Cut = tuple[Order, int]
"""A place between versions: just before one (0) or just after it (1)."""
_LEAST: Final[Cut] = (bottom(-1, ()), 0)
_MOST: Final[Cut] = (bottom(10**7, ()), 0)

_TOKEN: Final = re.compile(r"(?P<operator>>=|<=|==|~=|!=|~>|[=<>^~])?\s*(?P<version>[^\s,|<>=!~^][^\s,|<>=~^]*)")
_PARTIAL: Final = re.compile(
    r"[vV]?(?:(?P<epoch>\d{1,6})!)?(?P<numbers>\d{1,12}(?:\.\d{1,12}){0,7})(?P<rest>(?:\.[xX*])*)|[xX*](?:\.[xX*])*",
    re.ASCII,
)
_HYPHEN: Final = re.compile(r"(\S+)\s+-\s+(\S+)")
LONGEST: Final = 4096
"""Characters of a range; a list of versions that is longer belongs into audit documents."""
_WHOLE: Final = 3
"""Numbers of a version that npm calls whole."""


@dataclass(frozen=True, slots=True)
class Range:
    """A set of versions."""

    intervals: tuple[tuple[Cut, Cut], ...]
    """Rising, and apart: a version lies between the two cuts of one of them."""

    def holds(self, version: Order) -> bool:
        """Whether a version lies in it."""
        return any(low <= (version, 0) < high for low, high in self.intervals)

    @property
    def is_empty(self) -> bool:
        """Whether its own parts contradict each other, so that no version can lie in it."""
        return not self.intervals

    def meet(self, other: Range) -> Range:
        """Return what lies in both."""
        pairs = ((max(a, c), min(b, d)) for a, b in self.intervals for c, d in other.intervals)
        return _joined(pairs)

    def join(self, other: Range) -> Range:
        """Return what lies in either."""
        return Range.union((self, other))

    @staticmethod
    def union(ranges: Iterable[Range]) -> Range:
        """Return what lies in any of some."""
        return _joined(interval for each in ranges for interval in each.intervals)

    def covers(self, other: Range) -> bool:
        """Whether all that lies in another lies in this."""
        return all(self._spans(low, high) for low, high in other.intervals)

    def _spans(self, low: Cut, high: Cut) -> bool:
        at = bisect_right(self.intervals, low, key=itemgetter(0))
        return at > 0 and high <= self.intervals[at - 1][1]

    @property
    def without(self) -> Range:
        """What does not lie in it."""
        edges = [_LEAST, *(cut for interval in self.intervals for cut in interval), _MOST]
        return _joined(zip(edges[::2], edges[1::2], strict=True))

    def examples(self) -> Iterable[str]:
        """Give some versions that lie in it, plain ones first; none where they cannot be told."""
        found = (version for low, _ in self.intervals for version in _near(low))
        return (version for version in found if (key := order(version)) is not None and self.holds(key))


EVERY: Final = Range(((_LEAST, _MOST),))
"""All versions."""


@lru_cache(maxsize=1024)
def parse_range(text: str) -> Range:
    """Read a range; the forms stand above.

    :raises FormatError: with half a sentence that says what is wrong, to stand behind the name of the file.
    """
    if len(text) > LONGEST:
        raise FormatError(f"a range of {len(text):,} characters is longer than any (at most {LONGEST:,}).")
    return Range.union(map(_alternative, text.split("||")))


def _alternative(text: str) -> Range:
    hyphen = _HYPHEN.fullmatch(text.strip())
    made = _between(hyphen[1], hyphen[2]) if hyphen else reduce(Range.meet, _parts(text))
    if made.is_empty:
        raise FormatError(f"no version lies in the range {text.strip()!r}.")
    return made


def _parts(text: str) -> Iterable[Range]:
    for group in text.split(","):
        at, part = 0, group.strip()
        while True:
            found = _TOKEN.match(part, at)
            if found is None:
                raise _no_part(part)
            yield _Version.read(found["version"], part).range(found["operator"] or "==")
            at = found.end()
            if at == len(part):
                break
            if not part[at].isspace():
                raise _no_part(part)
            at = len(part) - len(part[at:].lstrip())


def _no_part(part: str) -> FormatError:
    return FormatError(f"{part[:80]!r} is no part of a version range such as '>=2.1.91,<2.1.198', '^2.1' or '~=0.86'.")


def _between(first: str, last: str) -> Range:
    """`A - B`: from A to B; where B has less than three numbers, to the end of what these begin."""
    whole = f"{first} - {last}"
    low, high = _Version.read(first, whole), _Version.read(last, whole)
    ends = high.after if high.key and len(high.numbers) >= _WHOLE else high.next(len(high.numbers))
    return _joined([(low.before, ends)])


@dataclass(frozen=True, slots=True)
class _Version:
    """A version in a range: whole, or the beginning of some (`2.1.x`, `*`)."""

    text: str
    epoch: int
    numbers: tuple[int, ...]
    """As written, zeros at the end too."""
    key: Order | None
    """None for a beginning."""

    @staticmethod
    def read(text: str, part: str) -> _Version:
        found, key = _PARTIAL.fullmatch(text), order(text)
        if found is None and key is not None:  # with a stage
            found = _PARTIAL.match(text)
        if found is None or not (key or found["rest"] or found["numbers"] is None):
            raise _no_part(part)
        numbers = tuple(map(int, found["numbers"].split("."))) if found["numbers"] else ()
        return _Version(text, int(found["epoch"] or 0), numbers, key)

    @property
    def before(self) -> Cut:
        if self.key is not None:
            return self.key, 0
        return (bottom(self.epoch, self.numbers), 0) if self.numbers else _LEAST

    @property
    def after(self) -> Cut:
        return (self.key, 1) if self.key is not None else self.next(len(self.numbers))

    def next(self, count: int) -> Cut:
        """Return where the last of its first `count` numbers goes up: before the pre-releases of that."""
        if count == 0:
            return _MOST
        return bottom(self.epoch, (*self.numbers[: count - 1], self.numbers[count - 1] + 1)), 0

    def range(self, operator: str) -> Range:
        match operator:
            case "==" | "=":
                return _joined([(self.before, self.after)])
            case "!=":
                return _joined([(self.before, self.after)]).without
            case ">=":
                return _joined([(self.before, _MOST)])
            case ">":
                return _joined([(self.after, _MOST)])
            case "<=":
                return _joined([(_LEAST, self.after)])
            case "<":
                return _joined([(_LEAST, self.before)])
            case _:
                return _joined([(self.before, self.next(self._kept(operator)))])

    def _kept(self, operator: str) -> int:
        """Return how many numbers `^`, `~` and `~=` keep, the one that must not go up included."""
        count = len(self.numbers)
        if operator == "^":
            return next((at for at, number in enumerate(self.numbers, 1) if number), count)
        if operator != "~=":
            return min(2, count)
        if count < 2 or self.key is None:
            raise FormatError(f"'~={self.text[:80]}' needs at least two numbers, such as '~=0.86'.")
        return count - 1


def _joined(intervals: Iterable[tuple[Cut, Cut]]) -> Range:
    """Return intervals as a range: empty ones left out, those that touch made one."""
    found: list[tuple[Cut, Cut]] = []
    for low, high in sorted(each for each in intervals if each[0] < each[1]):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return Range(tuple(found))


def _near(cut: Cut) -> Iterable[str]:
    """Give versions at a cut and a little above it."""
    key, _ = cut
    epoch, numbers = max(key[0], 0), key[1]
    padded = numbers + (0,) * (_WHOLE - len(numbers))
    release = order(".".join(map(str, padded)))
    assert release is not None
    for each in (key if key[2] >= 0 else release, release):
        yield spelled((epoch, *each[1:]))
    begin = f"{epoch}!" if epoch else ""
    for above in ((*padded[:-1], padded[-1] + 1), (*padded, 1)):
        yield begin + ".".join(map(str, above))
    yield begin + ".".join(map(str, padded)) + "-0"
