"""What a rule matches, as a value that can be held against what other rules match."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wiretell.model.policy import Rule
from wiretell.policy.deciding import matches_unknown
from wiretell.policy.globs import fits
from wiretell.policy.inclusion import covers
from wiretell.policy.products import products
from wiretell.policy.versions import EVERY, Range, parse_range

FOR_EVER = dt.date.max.toordinal() + 1
_MOST_STEPS: Final = 50_000
"""Days times conditions that are looked at for one condition."""


@dataclass(frozen=True, slots=True)
class Condition:
    """All that it names must hold. A rule has one; one with `audits` has one for each document."""

    product: str | None
    """Globs, as the rule's; None: any, an empty one too."""
    vendor: str | None
    model: str | None
    versions: Range
    """Of versions that are known."""
    unknown: bool
    """Whether a version that is not known matches."""
    sha256: str = ""
    """The program has this hash; empty: any."""

    def includes_names(self, other: Condition) -> bool:
        """Whether what another names, its versions aside, is certain to be named by this."""
        return (
            self.sha256 in {"", other.sha256}
            and (self.model is None or (other.model is not None and covers(self.model, other.model)))
            and _includes(self.product, other.product)
            and _includes(self.vendor, other.vendor)
        )


def _includes(outer: str | None, inner: str | None) -> bool:
    return outer is None or covers(outer, "*" if inner is None else inner)


@dataclass(frozen=True, slots=True)
class Extent:
    """All that a rule matches, and when."""

    rule: Rule
    first: int
    """Ordinal of the first day in force; `end` of the first day after the last."""
    end: int
    written: tuple[Condition, ...]
    """As the rule has them: whatever meets one of these is matched."""
    known: tuple[Condition, ...]
    """The same for programs of the catalogue: a product that is named in full has the vendor that it has there, and
    nothing asks for it with another. None: no program of the catalogue can match."""

    @staticmethod
    def of(rule: Rule) -> Extent:
        """Return what a rule matches."""
        written = tuple(_written(rule))
        return Extent(
            rule,
            rule.since.toordinal() if rule.since else 0,
            rule.until.toordinal() + 1 if rule.until is not None else FOR_EVER,
            written,
            tuple(filter(None, map(_with_vendor, written))),
        )


def _written(rule: Rule) -> Iterable[Condition]:
    if not rule.audits:
        versions = parse_range(rule.versions) if rule.versions is not None else EVERY
        unknown = rule.versions is None or matches_unknown(rule)
        yield Condition(rule.product, rule.vendor, rule.model, versions, unknown)
        return
    for audited in rule.audited:
        if not audited.product:
            yield Condition(rule.product, rule.vendor, rule.model, EVERY, True, audited.sha256)
        elif rule.product is None or fits(rule.product, audited.product):
            exact = parse_range(f"=={audited.version}")
            yield Condition(audited.product, rule.vendor, rule.model, exact, matches_unknown(rule))


def _with_vendor(condition: Condition) -> Condition | None:
    product = products().get((condition.product or "").lower())
    if product is None:
        return condition
    if condition.vendor is not None and not fits(condition.vendor, product.vendor):
        return None
    return Condition(
        condition.product,
        product.vendor,
        condition.model,
        condition.versions,
        condition.unknown,
        condition.sha256,
    )


def is_hidden(extent: Extent, earlier: Sequence[Extent]) -> bool:
    """Whether earlier rules are certain to match, on each day of a rule, all that it does.

    The work is bounded: of a rule behind very many with days of their own it says no where it could not be told.
    """
    there = [each for each in earlier if each.first < extent.end and extent.first < each.end]
    return bool(there) and all(_is_covered(condition, extent, there) for condition in extent.known)


def has_part(earlier: Extent, extent: Extent) -> bool:
    """Whether an earlier rule may help to hide a rule."""
    return (
        earlier.first < extent.end
        and extent.first < earlier.end
        and any(wide.includes_names(narrow) for wide in earlier.written for narrow in extent.known)
    )


def _is_covered(condition: Condition, when: Extent, earlier: Sequence[Extent]) -> bool:
    wider = [(extent, each) for extent in earlier for each in extent.written if each.includes_names(condition)]
    if not _cover([each for _, each in wider], condition):  # on no day, then
        return False
    borders = {border for extent, _ in wider for border in (extent.first, extent.end)}
    days = [when.first, *sorted((each for each in borders if when.first < each < when.end), reverse=True)]
    if len(days) * len(wider) > _MOST_STEPS:
        return False
    return all(_cover([each for extent, each in wider if extent.first <= day < extent.end], condition) for day in days)


def _cover(wider: Sequence[Condition], condition: Condition) -> bool:
    """Whether conditions that include the names of another hold of all its versions, one or the other."""
    if condition.unknown and not any(each.unknown for each in wider):
        return False
    return Range.union({each.versions for each in wider}).covers(condition.versions)
