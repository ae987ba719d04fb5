"""What a sweep says in words: the rule of each list, and why near misses are hits. Neutral, and no more than shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from wiretell.campaign.rules import Inference, Rule, explain
from wiretell.model.findings import Reach, SweptLevel

_MOST_NAMED: Final = 12
"""Near misses of one list, explained by their own entries, that are named one by one."""
_NEAR_MISSES: Final = frozenset({Reach.GLUED, Reach.INSIDE, Reach.ALTERED})

Match = tuple[int, str, Rule]
"""Index of a list, its entry, and the rule by which it is matched."""


def rule_sentences(
    fact: str, used: Sequence[int], lists: Sequence[Sequence[str]], inference: Inference
) -> tuple[str, ...]:
    """Say by which rule the entries of each list are matched; `used` are the indices of the lists in the inference."""
    if inference.best is None:
        return (f"None of the rules known here (exact, suffix, prefix, substring) fits what levels of {fact} showed.",)
    text = "host" if fact == "base_url" else f"level of {fact}"
    text = f"{text} with its port" if inference.best.port else text
    sentences = tuple(
        f"List {at + 1} ({_count(lists[at])}): {_by(text, rule, alike)}."
        for at, rule, alike in zip(used, inference.best.rules, inference.alike, strict=True)
    )
    if inference.holds:
        return sentences
    share = f"{len(inference.contradicted)} of {inference.tried}"
    return (*sentences, f"These rules come nearest; {share} levels show something else.")


def _count(entries: Sequence[str]) -> str:
    return f"{len(entries)} entries" if len(entries) != 1 else "1 entry"


def _by(text: str, rule: Rule, alike: frozenset[Rule]) -> str:
    if rule is Rule.UNUSED:
        return f"no level shows that the {text} is compared with it"
    said = f"matched where the {text} {rule.words} ({rule})"
    if len(alike) == 1:
        return said
    return f"{said}; the levels tried fit these rules alike: {', '.join(one for one in Rule if one in alike)}"


def near_misses(
    fact: str,
    used: Sequence[int],
    lists: Sequence[Sequence[str]],
    inference: Inference,
    levels: Sequence[SweptLevel],
) -> tuple[str, ...]:
    """Say of each near miss that is a hit which entry explains it; many of one list, by their own entries, at once."""
    known = [lists[at] for at in used]
    hits = [one for one in levels if one.hit and one.reach in _NEAR_MISSES]
    pairs = [(one, _match(fact, used, known, inference, one)) for one in hits]
    own = Counter(one.lead for one, match in pairs if _is_own(one, match))
    folded = {at: count for at, count in own.items() if count > _MOST_NAMED}
    named = (
        f"The {one.reach} form {one.level} of entry {one.entry!r} is a hit: {_explained(one, match)}"
        for one, match in pairs
        if not (_is_own(one, match) and one.lead in folded)
    )
    together = (
        f"{count} near forms of entries of list {at + 1} are hits: their own entries are matched."
        for at, count in folded.items()
    )
    return (*named, *together)


def _match(
    fact: str, used: Sequence[int], known: Sequence[Sequence[str]], inference: Inference, one: SweptLevel
) -> Match | None:
    if not one.foretold or (match := explain(fact, known, inference, one.level)) is None:
        return None
    at, entry, rule = match
    return used[at], entry, rule


def _is_own(one: SweptLevel, match: Match | None) -> bool:
    return match is not None and match[:2] == (one.lead, one.entry)


def _explained(one: SweptLevel, match: Match | None) -> str:
    if match is None:
        return "nothing explains it."
    at, entry, rule = match
    whose = "its own entry" if _is_own(one, match) else f"entry {entry!r} of list {at + 1}"
    return f"{whose} is matched ({rule})."
