"""The levels of a sweep: every entry of decoded lists, and near forms that tell one rule from another. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wiretell.model.findings import Lead, NotExamined, Reach
from wiretell.scan.entries import (
    HostForm,
    Trial,
    combined_url,
    exact_urls,
    host_form,
    locale_of,
    near_text,
    near_url,
)

Accepts = Callable[[str, str], bool]
"""(fact, level) -> whether the lab can give an agent this level."""

MOST_LISTS: Final = 4
"""Lists whose entries are joined in one host, and among which an ordinary audit shares its hosts."""
MOST_SWEPT: Final = 1500
"""Levels of one sweep: a quarter of an hour and more on two cores."""
_EVERY: Final = 10
_LEAST_SAMPLE: Final = 3


@dataclass(frozen=True, slots=True)
class Trials:
    """The levels of one sweep; one level may be made of several entries."""

    levels: tuple[Trial, ...]
    not_examined: tuple[NotExamined, ...] = ()


def sweep_trials(leads: Sequence[Lead], fact: str, accepts: Accepts) -> Trials:
    """Make the levels of a sweep: each entry itself, one near miss of each, other forms of every tenth.

    Of an entry at an even place the near miss is `glued`, at an odd one `altered`. A list that does not hold levels of
    `fact` is left out and said.
    """
    made: list[Trial] = []
    left: list[NotExamined] = []
    fitting = [at for at, lead in enumerate(leads) if fits(lead, fact, accepts)]
    taken = {entry.lower() for lead in leads for entry in lead.entries}
    for at, lead in enumerate(leads):
        trials = [trial for trial in _of_list(lead, at, fact, taken, accepts) if accepts(fact, trial.level)]
        made += trials
        left += _entries_left(lead, at, fact, {trial.entry for trial in trials})
    if fact == "base_url":
        made += [trial for trial in combined(leads, fitting[:MOST_LISTS], most=3) if accepts(fact, trial.level)]
    distinct = list(dict.fromkeys(trial.level for trial in made))
    if len(distinct) > MOST_SWEPT:
        why = f"a sweep tries at most {MOST_SWEPT} levels"
        left.append(NotExamined(f"{len(distinct) - MOST_SWEPT} of {len(distinct)} levels of the sweep of {fact}", why))
    kept = frozenset(distinct[:MOST_SWEPT])
    return Trials(tuple(trial for trial in made if trial.level in kept), tuple(left))


def fits(lead: Lead, fact: str, accepts: Accepts) -> bool:
    """Whether a list holds levels of a fact: at least half of its entries have the form, each counted once."""
    holds = sum(_has_form(entry, fact, accepts) for entry in set(lead.entries))
    return 2 * holds >= len(lead.entries) > 0


def _has_form(entry: str, fact: str, accepts: Accepts) -> bool:
    if fact == "base_url":
        form = host_form(entry)
        # Every URL parser gives hosts in small letters, so that a word with capitals is never found in one.
        return form is not None and (not form.keyword or entry == entry.lower()) and locale_of(entry) is None
    if fact == "timezone":
        return "/" in entry and accepts(fact, entry)
    if fact == "locale":
        return locale_of(entry) is not None
    return fact.startswith("env:")


# --- a sweep's levels


def _of_list(lead: Lead, at: int, fact: str, taken: Collection[str], accepts: Accepts) -> Iterable[Trial]:
    if not fits(lead, fact, accepts):
        return
    sample = _sample(len(lead.entries))
    for n, entry in enumerate(lead.entries):
        reaches = [Reach.GLUED if n % 2 == 0 else Reach.ALTERED]
        reaches += [Reach.SUBDOMAIN, Reach.INSIDE] if n in sample else []
        yield from (Trial(entry, at, Reach.EXACT, level) for level in exact_levels(entry, fact))
        for reach in reaches:
            level = _near(entry, fact, reach, taken)
            if level is not None:
                yield Trial(entry, at, reach, level)


def _sample(count: int) -> frozenset[int]:
    """Return every tenth place, and beginning, middle and end."""
    return frozenset({*range(0, count, _EVERY), *(count * n // _LEAST_SAMPLE for n in range(_LEAST_SAMPLE)), count - 1})


def exact_levels(entry: str, fact: str) -> tuple[str, ...]:
    """Return the levels of a fact that are the entry itself, the likelier reading first."""
    if fact == "base_url":
        form = host_form(entry)
        return exact_urls(form) if form else ()
    if fact == "locale":
        level = locale_of(entry)
        return (level,) if level else ()
    return (entry,)


def _near(entry: str, fact: str, reach: Reach, taken: Collection[str]) -> str | None:
    if fact == "base_url":
        form = host_form(entry)
        return near_url(form, reach, taken) if form else None
    # Zones and locales have no near forms that exist.
    return near_text(entry, reach, taken) if fact.startswith("env:") else None


def _entries_left(lead: Lead, at: int, fact: str, used: Collection[str]) -> list[NotExamined]:
    left = [entry for entry in lead.entries if entry not in used]
    if not left:
        return []
    what = f"{len(left)} of {len(lead.entries)} entries of list {at + 1} as {fact}"
    return [NotExamined(what, f"they cannot be levels of {fact} by their form")]


def combined(leads: Sequence[Lead], among: Sequence[int], most: int) -> list[Trial]:
    """Put entries of one list before entries of another: what sets one bit a list then sets both."""
    forms = [(at, forms_of(leads[at])) for at in among]
    pairs = [(one, two) for one in forms for two in forms if one[0] != two[0] and _goes_before(one, two)]
    made = []
    for (_, before), (at, after) in pairs:
        for n in range(min(most, max(len(before), len(after)))):
            _, keyword = before[_spread(n, most, len(before))]
            entry, form = after[_spread(n, most, len(after))]
            made.append(Trial(entry, at, Reach.SUBDOMAIN, combined_url(keyword, form)))
    return made


_Forms = list[tuple[str, HostForm]]


def forms_of(lead: Lead) -> _Forms:
    """Return the entries of a list that are names of hosts by form, addresses left out."""
    found = ((entry, host_form(entry)) for entry in lead.entries)
    return [(entry, form) for entry, form in found if form is not None and not form.address]


def _goes_before(one: tuple[int, _Forms], two: tuple[int, _Forms]) -> bool:
    """Whether entries of `one` are put before those of `two`: keywords before names, the first list before others."""
    (_, first), (_, second) = one, two
    if not first or not second:
        return False
    mine, theirs = (sum(form.keyword for _, form in forms) / len(forms) for forms in (first, second))
    return mine > theirs or (mine == theirs and one[0] > two[0])


def _spread(n: int, of: int, count: int) -> int:
    """Return the n-th of a few places that lie evenly over `count`, first and last among them."""
    return (count - 1) * n // max(1, of - 1)
