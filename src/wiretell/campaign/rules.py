"""By which rule the entries of lists are matched, told from what each tried level showed. Pure.

A hypothesis names a rule for each list. It foretells for each tried text which lists match, one bit a list; it holds
where equal bits always went together with equal symbols, and no match at all with the baseline's symbol. What the
symbols are is not guessed. The simplest hypothesis that holds is reported, with those that hold as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from wiretell.lab.facts import facts_of_url
from wiretell.model.world import OFFICIAL

MOST_LISTS: Final = 4
"""Lists whose rules are sought together: six rules for each make 1,296 hypotheses."""
_NEARLY: Final = 0.05
"""Share of levels that the nearest rule may contradict and still be worth a word."""


class Rule(StrEnum):
    """How an entry matches a text, simplest first."""

    UNUSED = "no rule"
    EXACT = "exact"
    DOT_SUFFIX = "suffix at a dot"
    SUFFIX = "suffix"
    PREFIX = "prefix"
    SUBSTRING = "substring"

    @property
    def words(self) -> str:
        """The rule in words that follow `the text`."""
        return _WORDS[self]


_WORDS: Final = {
    Rule.UNUSED: "is not looked for",
    Rule.EXACT: "is the entry",
    Rule.DOT_SUFFIX: "is the entry, or ends with a dot and the entry",
    Rule.SUFFIX: "ends with the entry",
    Rule.PREFIX: "begins with the entry",
    Rule.SUBSTRING: "holds the entry anywhere",
}
_ORDER: Final = {rule: rank for rank, rule in enumerate(Rule)}


@dataclass(frozen=True, slots=True)
class Seen:
    """One tried level and what it showed."""

    level: str
    symbol: Hashable


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A rule for each list."""

    rules: tuple[Rule, ...]
    port: bool = False
    """Whether the text is the host with its port."""


@dataclass(frozen=True, slots=True)
class Inference:
    """What is known of the rules."""

    best: Hypothesis | None
    """None where nothing comes near."""
    alike: tuple[frozenset[Rule], ...] = ()
    """For each list, the rules that hold as well as the best one."""
    contradicted: frozenset[str] = frozenset()
    """Levels that show something else than the best hypothesis foretells."""
    tried: int = 0
    """Distinct levels."""

    @property
    def holds(self) -> bool:
        """Whether no level contradicts it."""
        return self.best is not None and not self.contradicted


def matches(rule: Rule, entry: str, text: str) -> bool:
    """Whether an entry matches a text by a rule; both as `plain` and `text_of` make them."""
    match rule:
        case Rule.UNUSED:
            return False
        case Rule.EXACT:
            return text == entry
        case Rule.DOT_SUFFIX:
            return text == entry or text.endswith(f".{entry}")
        case Rule.SUFFIX:
            return text.endswith(entry)
        case Rule.PREFIX:
            return text.startswith(entry)
        case Rule.SUBSTRING:
            return entry in text


def plain(entry: str) -> str:
    """Return an entry as it is compared: small letters, without scheme, path, and a leading `*` or dot."""
    return entry.strip().lower().removeprefix("http://").removeprefix("https://").lstrip("*.").partition("/")[0]


def text_of(fact: str, level: str, *, port: bool = False) -> str:
    """Return what rules look at in a level: the host of a URL, else the level itself; small letters."""
    if fact != "base_url" or level == OFFICIAL:
        return level.lower()
    url = facts_of_url(level)
    return f"{url.host}:{url.port}" if port and url.port is not None else url.host


def entry_text(fact: str, entry: str) -> str:
    """Return what rules look for."""
    return plain(entry) if fact == "base_url" else entry.strip().lower()


def infer(fact: str, lists: Sequence[Sequence[str]], seen: Sequence[Seen], baseline: Hashable) -> Inference:
    """Find the rules by which `lists` were matched in the tried levels of `fact`.

    `baseline` is the symbol of the baseline level. More than `MOST_LISTS` lists are not tried.
    """
    if not lists or len(lists) > MOST_LISTS or not seen:
        return Inference(None)
    ports = (False, True) if fact == "base_url" and any(_has_port(one.level) for one in seen) else (False,)
    ranked = sorted(
        ((_contradicted(bits, seen, baseline), hypothesis) for hypothesis, bits in _foretold(fact, lists, seen, ports)),
        key=lambda pair: (len(pair[0]), pair[1].port, sum(_ORDER[rule] for rule in pair[1].rules)),
    )
    against, best = ranked[0]
    tried = len({one.level for one in seen})
    if len(against) > _NEARLY * tried:
        return Inference(None, tried=tried)
    same = [found for wrong, found in ranked if len(wrong) == len(against) and _uses(found) == _uses(best)]
    alike = tuple(frozenset(found.rules[at] for found in same) for at in range(len(lists)))
    return Inference(best, alike, against, tried)


def explain(
    fact: str, lists: Sequence[Sequence[str]], inference: Inference, level: str
) -> tuple[int, str, Rule] | None:
    """Return list, entry and rule by which a level is matched under the best hypothesis; the longest entry's."""
    if inference.best is None:
        return None
    text = text_of(fact, level, port=inference.best.port)
    found = [
        (at, entry, rule)
        for at, (entries, rule) in enumerate(zip(lists, inference.best.rules, strict=True))
        for entry in entries
        if matches(rule, entry_text(fact, entry), text)
    ]
    return max(found, key=lambda one: len(one[1]), default=None)


def _has_port(level: str) -> bool:
    return level != OFFICIAL and facts_of_url(level).port is not None


def _uses(hypothesis: Hypothesis) -> tuple[bool, ...]:
    return (*(rule is not Rule.UNUSED for rule in hypothesis.rules), hypothesis.port)


def _foretold(
    fact: str, lists: Sequence[Sequence[str]], seen: Sequence[Seen], ports: Sequence[bool]
) -> list[tuple[Hypothesis, list[tuple[bool, ...]]]]:
    """Return each hypothesis with the bits that it foretells for each level seen."""
    found = []
    for port in ports:
        texts = [text_of(fact, one.level, port=port) for one in seen]
        columns = [_columns([entry_text(fact, entry) for entry in entries], texts) for entries in lists]
        for rules in product(Rule, repeat=len(lists)):
            bits = list(zip(*(column[rule] for column, rule in zip(columns, rules, strict=True)), strict=True))
            found.append((Hypothesis(rules, port), bits))
    return found


def _columns(entries: Sequence[str], texts: Sequence[str]) -> dict[Rule, list[bool]]:
    return {rule: [any(matches(rule, entry, text) for entry in entries) for text in texts] for rule in Rule}


def _contradicted(bits: Sequence[tuple[bool, ...]], seen: Sequence[Seen], baseline: Hashable) -> frozenset[str]:
    """Return the levels whose symbol is not the usual one of their bits; of no bits, not the baseline's."""
    usual: dict[tuple[bool, ...], Counter[Hashable]] = {}
    for row, one in zip(bits, seen, strict=True):
        usual.setdefault(row, Counter())[one.symbol] += 1
    expected = {row: symbols.most_common(1)[0][0] if any(row) else baseline for row, symbols in usual.items()}
    return frozenset(one.level for row, one in zip(bits, seen, strict=True) if one.symbol != expected[row])
