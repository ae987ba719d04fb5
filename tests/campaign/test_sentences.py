"""What a sweep says in words."""

from __future__ import annotations

from wiretell.campaign.rules import Hypothesis, Inference, Rule
from wiretell.campaign.sentences import near_misses, rule_sentences
from wiretell.model.findings import Reach, SweptLevel

LISTS = [("qz", "orchard.test"), ("quokka",)]
BOTH = Inference(
    Hypothesis((Rule.DOT_SUFFIX, Rule.SUBSTRING)),
    (frozenset({Rule.DOT_SUFFIX}), frozenset({Rule.SUBSTRING, Rule.PREFIX})),
    tried=100,
)


def hit(entry: str, at: int, reach: Reach, level: str, *, foretold: bool | None = True) -> SweptLevel:
    return SweptLevel(entry, at, reach, level, 7, {"c1": 1}, hit=True, foretold=foretold)


def test_each_list_has_a_sentence_and_rules_that_fit_alike_are_named() -> None:
    assert rule_sentences("base_url", [0, 2], [*LISTS[:1], ("x",), *LISTS[1:]], BOTH) == (
        "List 1 (2 entries): matched where the host is the entry, or ends with a dot and the entry (suffix at a dot).",
        "List 3 (1 entry): matched where the host holds the entry anywhere (substring); the levels tried fit these "
        "rules alike: prefix, substring.",
    )


def test_an_unused_list_and_no_rule_at_all_are_said() -> None:
    unused = Inference(Hypothesis((Rule.UNUSED,)), (frozenset({Rule.UNUSED}),), tried=9)
    (said,) = rule_sentences("timezone", [0], LISTS, unused)
    assert said == "List 1 (2 entries): no level shows that the level of timezone is compared with it."
    (said,) = rule_sentences("base_url", [0], LISTS, Inference(None, tried=9))
    assert said.startswith("None of the rules known here")


def test_levels_that_contradict_the_nearest_rules_are_counted() -> None:
    near = Inference(BOTH.best, BOTH.alike, frozenset({"http://a.example"}), tried=100)
    assert rule_sentences("base_url", [0, 1], LISTS, near)[-1].endswith("1 of 100 levels show something else.")


def test_a_near_miss_that_is_a_hit_is_explained_by_an_entry_or_by_nothing() -> None:
    levels = [
        hit("lab.qz", 0, Reach.ALTERED, "http://lac.qz"),
        hit("quokka", 1, Reach.GLUED, "http://q7quokka"),
        hit("orchard.test", 0, Reach.GLUED, "http://q7orchard.test", foretold=False),
        hit("orchard.test", 0, Reach.SUBDOMAIN, "http://q7.orchard.test"),  # what the rule is for: no exception
    ]
    assert near_misses("base_url", [0, 1], LISTS, BOTH, levels) == (
        "The altered form http://lac.qz of entry 'lab.qz' is a hit: entry 'qz' of list 1 is matched (suffix at a dot).",
        "The glued form http://q7quokka of entry 'quokka' is a hit: its own entry is matched (substring).",
        "The glued form http://q7orchard.test of entry 'orchard.test' is a hit: nothing explains it.",
    )


def test_many_near_misses_by_their_own_entries_are_one_sentence() -> None:
    words = tuple(f"quokka{n}x" for n in range(20))
    levels = [hit(word, 0, Reach.GLUED, f"http://q7{word}") for word in words]
    whole = Inference(Hypothesis((Rule.SUBSTRING,)), (frozenset({Rule.SUBSTRING}),), tried=40)
    assert near_misses("base_url", [0], [words], whole, levels) == (
        "20 near forms of entries of list 1 are hits: their own entries are matched.",
    )
