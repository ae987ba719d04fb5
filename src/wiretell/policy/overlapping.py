"""Rules that say different things of the same: of the two, the first decides.

Each pair that is told has a witness, which both rules match on a day on which both are in force. A pair is left out
where none is found. Few of very many pairs can overlap: the others are told apart by what each rule may be about, as
bits, before anything is looked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import combinations, product
from typing import Final

from wiretell.model.policy import Asked, Client, Remark
from wiretell.policy import prices
from wiretell.policy.conditions import FOR_EVER, Condition, Extent
from wiretell.policy.deciding import matches
from wiretell.policy.globs import bare, fits, pattern
from wiretell.policy.inclusion import common, meet
from wiretell.policy.products import products
from wiretell.policy.versions import EVERY

_MOST_SEARCHED: Final = 20_000
"""Pairs of conditions for which a witness is looked for."""


@dataclass(frozen=True, slots=True)
class _About:
    """A rule, and what it may be about."""

    extent: Extent
    clients: int
    """As bits, in the order of `_clients`."""
    models: int
    """As `known_models`; all where the rule names none."""


def overlaps(extents: Sequence[Extent], every: Sequence[Extent]) -> Iterator[Remark]:
    """Give a note for each pair of rules that overlap, in the order of the file. `every`: all rules of the policy.

    After very much work the last note says no pair, but that there may be more.
    """
    searched = 0
    for a, b in combinations([_about(extent) for extent in extents], 2):
        if not _may_overlap(a, b):
            continue
        searched += len(a.extent.known) * len(b.extent.known)
        if searched > _MOST_SEARCHED:
            yield Remark("overlap", "note", (), "More rules may overlap; no more pairs were looked at.")
            return
        witness = _witness(a.extent, b.extent)
        if witness is not None:
            yield _note(a.extent, b.extent, witness, every)


def _about(extent: Extent) -> _About:
    clients = sum(any(_is_named(each, client) for each in extent.known) << at for at, client in enumerate(_clients()))
    return _About(extent, clients, known_models(extent.rule.model or "*"))


def _may_overlap(a: _About, b: _About) -> bool:
    one, other = a.extent, b.extent
    if one.rule.effect == other.rule.effect or not a.clients & b.clients:
        return False
    if one.first >= other.end or other.first >= one.end:
        return False
    if one.rule.model is None or other.rule.model is None or a.models & b.models:
        return True
    return meet(one.rule.model, other.rule.model)


def _note(one: Extent, other: Extent, witness: Asked, every: Sequence[Extent]) -> Remark:
    first, end = max(one.first, other.first), min(one.end, other.end)
    day = first or (None if end == FOR_EVER else end - 1)
    on = dt.date.fromordinal(day) if day else None
    a, b = one.rule, other.rule
    said = f"{a.id!r} ({a.effect}) and {b.id!r} ({b.effect}) both speak of {_told(witness)}{f' on {on}' if on else ''}"
    before = next(each for each in every if each.rule is a or (_is_there(each, day) and matches(each.rule, witness)))
    by = "" if before.rule is a else f" (on this, {before.rule.id!r} does before both)"
    sentence = f"Rules {said}: of these two, the first decides{by}."
    return Remark("overlap", "note", (a.id, b.id), sentence, witness, on)


def _is_there(extent: Extent, day: int | None) -> bool:
    """Whether a rule is in force on a day; on none in particular: whether it always is."""
    return extent.first <= day < extent.end if day else not extent.first and extent.end == FOR_EVER


@lru_cache(maxsize=1)
def _clients() -> tuple[Client, ...]:
    """Return the programs of the catalogue, and one that is not recognised."""
    return (*(Client(each.name, each.vendor) for each in products().values()), Client())


@lru_cache(maxsize=4096)
def known_models(glob: str) -> int:
    """Return the models with a price that fit a glob, as bits in the order of the table."""
    fitting = pattern(glob).fullmatch
    return sum({bit for name, bit in _names() if fitting(name)})


@cache
def _names() -> tuple[tuple[str, int], ...]:
    """Return the models with a price as they are written and bare, each with its bit."""
    every = enumerate(prices.shipped().entries)
    return tuple((name, 1 << at) for at, model in every for name in {model, bare(model)})


def _is_named(condition: Condition, client: Client) -> bool:
    is_product = condition.product is None or fits(condition.product, client.product)
    return is_product and (condition.vendor is None or fits(condition.vendor, client.vendor))


def _witness(one: Extent, other: Extent) -> Asked | None:
    """Return something that both rules match; None where none is found."""
    for a, b in product(one.known, other.known):
        found = _meeting(a, b)
        if found is not None and matches(one.rule, found) and matches(other.rule, found):
            return found
    return None


def _meeting(a: Condition, b: Condition) -> Asked | None:
    """Return something of which two conditions hold, as far as one example of each kind tells."""
    if a.sha256 and b.sha256 and a.sha256 != b.sha256:
        return None
    client = next((each for each in _clients() if _is_named(a, each) and _is_named(b, each)), None)
    both = a.versions.meet(b.versions)
    version = "" if both == EVERY else next(iter(both.examples()), "")
    if client is None or not (version or (a.unknown and b.unknown)):
        return None
    model = _model(a.model, b.model)  # last: of long globs it is the most work
    if model is None:
        return None
    return Asked(replace(client, version=version), model, sha256=a.sha256 or b.sha256)


@lru_cache(maxsize=1024)
def _model(one: str | None, other: str | None) -> str | None:
    """Return a model that both globs fit, one that is known if there is one; empty where neither names models."""
    globs = [glob for glob in (one, other) if glob is not None]
    if not globs:
        return ""
    known = known_models(globs[0]) & known_models(globs[-1])
    if known:
        return tuple(prices.shipped().entries)[(known & -known).bit_length() - 1]
    return common(globs[0], globs[-1]) or None


def _told(asked: Asked) -> str:
    name = " ".join(filter(None, (asked.client.product, asked.client.version))) or "a program that is not recognised"
    told = f"the program with SHA-256 {asked.sha256}" if asked.sha256 else name
    return f"{told} with the model {asked.model}" if asked.model else told
