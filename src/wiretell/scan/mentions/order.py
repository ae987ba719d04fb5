"""In which order mentions stand: what tells most first, within its kind. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from wiretell.model.scan import Mention
from wiretell.scan.mentions.facts import tells_host
from wiretell.scan.mentions.hosts import documentary
from wiretell.scan.mentions.lookalike import is_twin, is_twin_of_punctuation
from wiretell.unicode.characters import is_ignorable

MAYBE: Final = frozenset({"property", "key", "literal", "raw"})
"""Spellings that say no more than that something has a name such as variables of the environment have."""
IN_A_TABLE: Final = "in a table"
"""Spelling of a zone or a character that stands among many of its sort."""


def is_read(mention: Mention) -> bool:
    """Whether some spelling of a variable is one that reads it."""
    return any(spelling not in MAYBE and spelling != "written" for spelling in mention.spellings)


def environment(mentions: Iterable[Mention]) -> list[Mention]:
    """Reads that say where requests go, reads of a fact, reads with known values, other reads; then what may be one.

    Of what may be one, only names are kept that share their first word with a variable that is read, or belong to a
    fact: thousands of constants of libraries are written in the same way.
    """
    listed = list(mentions)
    families = {_family(mention.name) for mention in listed if is_read(mention) and "_" in mention.name}
    kept = [
        mention
        for mention in listed
        if is_read(mention) or not mention.fact.startswith("env:") or _family(mention.name) in families
    ]
    return sorted(kept, key=_environment_key)


def _family(name: str) -> str:
    return name.split("_", 1)[0]


def _environment_key(mention: Mention) -> tuple[bool, int, str]:
    ranks = (tells_host(mention.name), not mention.fact.startswith("env:"), bool(mention.values))
    return not is_read(mention), next((i for i, holds in enumerate(ranks) if holds), len(ranks)), mention.name


_FIRST_FACTS: Final = ("timezone", "machine_id", "mac", "hostname", "username", "locale", "memory", "cpu_count")


def surroundings(mentions: Iterable[Mention]) -> list[Mention]:
    """By what the fact gives away of a person; interfaces whose fact the lab varies not, last."""

    def key(mention: Mention) -> tuple[bool, int, str, str]:
        return not mention.fact, _fact_rank(mention.fact), mention.fact, mention.name

    return sorted(mentions, key=key)


def hosts(mentions: Iterable[Mention]) -> list[Mention]:
    """Compared ones, whole literals, then URLs, then raw bytes; those of documentation last."""
    order = ("compared", "literal", "url", "raw")

    def key(mention: Mention) -> tuple[bool, int, int, str]:
        first = next((i for i, spelling in enumerate(order) if spelling in mention.spellings), len(order))
        return documentary(mention.name), first, mention.count, mention.name

    return sorted(mentions, key=key)


def timezones(mentions: Iterable[Mention]) -> list[Mention]:
    """Compared ones first, those in tables last."""
    return sorted(mentions, key=lambda m: ("compared" not in m.spellings, IN_A_TABLE in m.spellings, m.name))


def lookalikes(mentions: Iterable[Mention]) -> list[Mention]:
    """Single characters first: twins of punctuation, other twins, what is not seen at all (parsers name white space),
    the rarest first; then short texts before long ones; tables last."""

    def key(mention: Mention) -> tuple[bool, bool, int, int, str]:
        single = len(mention.name) == 1
        only_table = set(mention.spellings) == {IN_A_TABLE}
        rank = _single_rank(mention.name) if single else len(mention.name)
        return only_table, not single, rank, mention.count, mention.name

    return sorted(mentions, key=key)


def _single_rank(char: str) -> int:
    if is_twin_of_punctuation(char):
        return 0
    if char.isspace() or is_ignorable(char):
        return 2
    return 1 if is_twin(char) else 3


def compared(mentions: Iterable[Mention]) -> list[Mention]:
    """Facts, then variables that belong to none, then what the lab does not vary; each in the order of the text."""

    def key(mention: Mention) -> tuple[bool, bool, int, str]:
        return not mention.fact, mention.fact.startswith("env:"), _fact_rank(mention.fact), mention.fact

    return sorted(mentions, key=key)


def _fact_rank(fact: str) -> int:
    return _FIRST_FACTS.index(fact) if fact in _FIRST_FACTS else len(_FIRST_FACTS)
