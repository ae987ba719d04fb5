"""What a scan gives the lab to try: levels of facts, made of decoded lists, zones and names of variables. Pure.

A mention proves nothing; the lab does. So few are taken for an ordinary audit, those first that stand near other
finds, and everything that was not taken is said.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from types import MappingProxyType
from typing import Final

from wiretell.model.findings import Lead, NotExamined, Reach
from wiretell.model.scan import NEAR, DecodedList, Mention, MentionKind, Place, ScanResult
from wiretell.scan.entries import (
    exact_urls,
    host_form,
    locale_of,
    names_variable,
    near_url,
)
from wiretell.scan.trials import MOST_LISTS, Accepts, combined, exact_levels, fits, forms_of

MOST_HOSTS: Final = 12
MOST_ZONES: Final = 12
MOST_LOCALES: Final = 6
MOST_VARIABLES: Final = 10
MOST_VALUES: Final = 3
"""Compared values tried of one variable."""
_CANARY: Final = "q7canary-value"


@dataclass(frozen=True, slots=True)
class Levels:
    """What is to be tried because of a scan."""

    leads: tuple[Lead, ...] = ()
    """The hidden lists, most evidence first."""
    tried: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Fact -> levels for an ordinary audit, most promising first."""
    not_examined: tuple[NotExamined, ...] = ()


def leads_of(result: ScanResult) -> tuple[Lead, ...]:
    """Return the hidden lists of a scan as leads."""
    return tuple(_lead(found) for found in result.hidden)


def levels(result: ScanResult, accepts: Accepts, own: Collection[str] = ()) -> Levels:
    """Choose levels for an ordinary audit. `own` names the variables that the recipe sets itself."""
    leads = leads_of(result)
    chosen = (_hosts(leads, accepts), _zones(result, leads, accepts), _locales(leads, accepts))
    variables = _variables(result, leads, accepts, own)
    tried = {fact: found for fact, found, _ in chosen if found}
    return Levels(
        leads,
        {**tried, **variables[0]},
        (*(said for _, _, left in chosen for said in left), *variables[1]),
    )


def _lead(found: DecodedList) -> Lead:
    place = found.places[0] if found.places else Place("", 0)
    return Lead(
        found.entries, found.encoding, found.key.hex(), found.sha256, place.file, place.offset, found.evidence_bits
    )


# --- an ordinary audit's levels

_Chosen = tuple[str, tuple[str, ...], list[NotExamined]]
_WHY_FEW: Final = "an ordinary audit tries a few of each list; --sweep tries them all"


def _hosts(leads: Sequence[Lead], accepts: Accepts) -> _Chosen:
    """Choose a dozen hosts: exact ones of each list, both lists together, one below an entry, one near miss."""
    every = [(at, lead) for at, lead in enumerate(leads) if fits(lead, "base_url", accepts)]
    fitting = sorted(sorted(every, key=lambda pair: -pair[1].evidence_bits)[:MOST_LISTS])
    joined = [trial.level for trial in combined(leads, [at for at, _ in fitting], most=2)][:2]
    near = [level for _, lead in fitting[:1] for level in _one_below_one_glued(lead)]
    exact = _in_turn([_by_shape(lead.entries) for _, lead in fitting])
    room = MOST_HOSTS - len(joined) - len(near)
    first = [level for level in exact if accepts("base_url", level)][:room]
    rest = [level for level in (*joined, *near) if accepts("base_url", level)]
    heads = len(fitting)
    chosen = tuple(dict.fromkeys((*first[:heads], *rest, *first[heads:])))
    left = []
    for at, lead in every:
        urls = {url for entry in lead.entries for url in exact_levels(entry, "base_url")}
        missed = len(lead.entries) - len(urls & set(chosen))
        if missed > 0:
            left.append(NotExamined(f"{missed} of {len(lead.entries)} entries of list {at + 1} as base_url", _WHY_FEW))
    return "base_url", chosen, left + _lists_of_nothing(leads, accepts)


def _lists_of_nothing(leads: Sequence[Lead], accepts: Accepts) -> list[NotExamined]:
    known = ("base_url", "timezone", "locale")
    return [
        NotExamined(
            f"{len(lead.entries)} entries of list {at + 1}", "they have the form of no fact that the lab varies"
        )
        for at, lead in enumerate(leads)
        if not any(fits(lead, fact, accepts) for fact in known) and not _holds_variables(lead)
    ]


def _one_below_one_glued(lead: Lead) -> list[str]:
    forms = [form for _, form in forms_of(lead)]
    if not forms:
        return []
    below, glued = forms[len(forms) // 3], forms[2 * len(forms) // 3]
    found = (near_url(below, Reach.SUBDOMAIN), near_url(glued, Reach.GLUED))
    return [level for level in found if level is not None]


def _by_shape(entries: Sequence[str]) -> list[str]:
    """Order a list's exact URLs: the first of each shape, then last, middle and quarters, then all the rest."""
    forms = [form for form in map(host_form, entries) if form is not None]
    first_of: dict[int, int] = {}
    for at, form in enumerate(forms):
        first_of.setdefault(form.shape, at)
    count = len(forms)
    spread = (count - 1, count // 2, count // 4, 3 * count // 4)
    order = dict.fromkeys(chain(sorted(first_of.values()), spread, range(count)))
    return [exact_urls(forms[at])[0] for at in order if 0 <= at < count]


def _in_turn(rows: Iterable[Sequence[str]]) -> list[str]:
    """Take the first of each row, then the second of each, and so on."""
    return list(dict.fromkeys(x for column in zip_longest(*rows) for x in column if x is not None))


def _zones(result: ScanResult, leads: Sequence[Lead], accepts: Accepts) -> _Chosen:
    """Choose zones: of hidden lists, then literals near other finds, then others, one region after the other."""
    hidden = _in_turn(lead.entries for lead in leads if fits(lead, "timezone", accepts))
    named = [m for m in result.mentions if m.kind is MentionKind.TIMEZONE]
    signs = _signs(result)
    near = [m.name for m in sorted(named, key=lambda m: -_nearness(m, signs)) if _nearness(m, signs)]
    regions: dict[str, list[str]] = {}
    for mention in named:
        regions.setdefault(mention.name.partition("/")[0], []).append(mention.name)
    wanted = dict.fromkeys((*hidden[: MOST_ZONES // 2], *near, *_in_turn(regions.values()), *hidden))
    return _cut("timezone", [zone for zone in wanted if accepts("timezone", zone)], MOST_ZONES, "time zones")


def _locales(leads: Sequence[Lead], accepts: Accepts) -> _Chosen:
    hidden = _in_turn(lead.entries for lead in leads if fits(lead, "locale", accepts))
    found = [level for entry in hidden if (level := locale_of(entry)) and accepts("locale", level)]
    return _cut("locale", list(dict.fromkeys(found)), MOST_LOCALES, "locales of decoded lists")


def _cut(fact: str, found: Sequence[str], most: int, what: str) -> _Chosen:
    left = len(found) - most
    said = [NotExamined(f"{left} of {len(found)} {what} that the package names", f"an audit tries {most}")]
    return fact, tuple(found[:most]), said if left > 0 else []


def _variables(
    result: ScanResult, leads: Sequence[Lead], accepts: Accepts, own: Collection[str]
) -> tuple[dict[str, tuple[str, ...]], list[NotExamined]]:
    """Choose variables: named in a hidden list, near other finds, compared with something.

    Others only where the package names so few that all can be tried: a choice among hundreds would be arbitrary.
    """
    signs = _signs(result)
    # A variable that sets a fact of the lab is varied as that fact.
    free = (m for m in result.mentions if m.kind is MentionKind.ENVIRONMENT and m.fact in ("", f"env:{m.name}"))
    mentions = {m.name: m for m in free}
    listed = [entry for lead in leads if _holds_variables(lead) for entry in lead.entries if names_variable(entry)]
    ranked = sorted(mentions.values(), key=lambda m: (-_nearness(m, signs), not m.values, -m.count))
    names = dict.fromkeys((*listed, *(m.name for m in ranked)))
    possible = [name for name in names if name not in own and accepts(f"env:{name}", _CANARY)]
    told = {*listed, *(m.name for m in ranked if m.values or _nearness(m, signs))}
    picked = [name for name in possible if name in told or len(possible) <= MOST_VARIABLES]
    chosen: dict[str, tuple[str, ...]] = {}
    for name in picked[:MOST_VARIABLES]:
        values = mentions[name].values if name in mentions else ()
        good = [value for value in values if value and accepts(f"env:{name}", value)]
        chosen[f"env:{name}"] = tuple(dict.fromkeys(good))[:MOST_VALUES] or (_CANARY,)
    left = len(possible) - len(chosen)
    why = (
        f"an audit tries at most {MOST_VARIABLES}, those near other finds or compared with something; "
        "name others with --level env:NAME=VALUE"
    )
    said = [NotExamined(f"{left} of {len(possible)} environment variables that the package names", why)]
    return chosen, said if left > 0 else []


def _holds_variables(lead: Lead) -> bool:
    return 2 * sum(map(names_variable, lead.entries)) >= len(lead.entries) > 0


_Signs = Mapping[str, Mapping[str, Sequence[int]]]
"""File -> kind of find -> offsets, sorted."""


def _signs(result: ScanResult) -> _Signs:
    """Return what makes a neighbourhood worth a look: hidden lists, zones, lookalikes."""
    found: dict[str, dict[str, list[int]]] = {}
    kinds = [("list", decoded.places) for decoded in result.hidden]
    kinds += [(m.kind, m.places) for m in result.mentions if m.kind in (MentionKind.TIMEZONE, MentionKind.LOOKALIKE)]
    for kind, places in kinds:
        for place in places:
            insort(found.setdefault(place.file, {}).setdefault(kind, []), place.offset)
    return found


def _nearness(mention: Mention, signs: _Signs) -> int:
    """Return how many kinds of other finds stand within `NEAR` bytes, a hidden list counting most."""
    kinds = {
        kind
        for place in mention.places
        for kind, offsets in signs.get(place.file, {}).items()
        if kind != mention.kind and _any_within(offsets, place.offset)
    }
    return len(kinds) + 2 * ("list" in kinds)


def _any_within(offsets: Sequence[int], offset: int) -> bool:
    at = bisect_left(offsets, offset - NEAR)
    return at < len(offsets) and offsets[at] <= offset + NEAR
