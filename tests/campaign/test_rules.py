"""Rules inferred from what levels showed: always those that made the data, or ones that nothing tells apart."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.campaign.scans import HOSTS, WORDS, lead
from wiretell.campaign.rules import MOST_LISTS, Inference, Rule, Seen, entry_text, explain, infer, matches, text_of
from wiretell.scan.trials import sweep_trials

NAMES = st.from_regex(r"[b-p]{3,6}(\.[b-p]{2,5}){0,2}", fullmatch=True)
LISTS = st.lists(st.lists(NAMES, min_size=1, max_size=6, unique=True), min_size=1, max_size=3)
RULES = [rule for rule in Rule if rule is not Rule.UNUSED]


def swept(lists: Sequence[Sequence[str]], rules: Sequence[Rule], *, port: bool = False) -> list[Seen]:
    """What a sweep would show of an agent that sets one bit a list."""
    leads = [lead(*entries) for entries in lists]
    trials = sweep_trials(leads, "base_url", lambda _fact, _level: True).levels
    urls = dict.fromkeys(["http://127.0.0.1", *(trial.level for trial in trials)])
    return [Seen(url, symbol(url, lists, rules, port=port)) for url in urls]


def symbol(url: str, lists: Sequence[Sequence[str]], rules: Sequence[Rule], *, port: bool = False) -> int:
    text = text_of("base_url", url, port=port)
    bits = (
        any(matches(rule, entry_text("base_url", entry), text) for entry in entries)
        for entries, rule in zip(lists, rules, strict=True)
    )
    return sum(1 << at for at, bit in enumerate(bits) if bit)


@settings(max_examples=60, deadline=None)
@given(LISTS, st.data())
def test_the_rules_that_made_the_data_are_never_contradicted(lists: list[list[str]], data: st.DataObject) -> None:
    rules = data.draw(st.lists(st.sampled_from(list(Rule)), min_size=len(lists), max_size=len(lists)))
    seen = swept(lists, rules)
    found = infer("base_url", lists, seen, 0)
    assert found.best is not None and found.holds
    assert all(found.best.rules[at] in alike for at, alike in enumerate(found.alike))
    # What the best hypothesis says of each level goes together with what the true rules say.
    said: dict[tuple[bool, ...], int] = {}
    for one in seen:
        text = text_of("base_url", one.level)
        row = tuple(
            any(matches(rule, entry_text("base_url", e), text) for e in entries)
            for entries, rule in zip(lists, found.best.rules, strict=True)
        )
        assert said.setdefault(row, one.symbol if any(row) else 0) == one.symbol  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_told_from_all_others(rule: Rule) -> None:
    found = infer("base_url", [HOSTS], swept([HOSTS], [rule]), 0)
    assert found.best is not None
    assert (found.best.rules, found.alike) == ((rule,), (frozenset({rule}),))


def test_a_rule_a_list_is_found_for_two_lists() -> None:
    lists, rules = [HOSTS, WORDS], (Rule.DOT_SUFFIX, Rule.SUBSTRING)
    found = infer("base_url", lists, swept(lists, rules), 0)
    assert found.best is not None and found.best.rules == rules and found.holds
    assert explain("base_url", lists, found, "http://x.orchard.test") == (0, "orchard.test", Rule.DOT_SUFFIX)
    assert explain("base_url", lists, found, "http://myquokkas.example") == (1, "quokka", Rule.SUBSTRING)
    assert explain("base_url", lists, found, "http://elsewhere.example") is None


def test_a_list_that_is_not_used_is_said_to_be_so() -> None:
    lists = [HOSTS, WORDS]
    found = infer("base_url", lists, swept(lists, (Rule.SUFFIX, Rule.UNUSED)), 0)
    assert found.best is not None and found.best.rules == (Rule.SUFFIX, Rule.UNUSED)


def test_a_port_is_told_where_one_was_tried() -> None:
    entries = ["relay.example:8080", "other.example:8080"]
    seen = [*swept([entries], [Rule.EXACT], port=True), Seen("http://relay.example", 0)]
    found = infer("base_url", [entries], seen, 0)
    assert found.best is not None and found.best.port and found.best.rules == (Rule.EXACT,)


def test_one_level_that_does_not_fit_is_an_exception_and_many_are_no_rule() -> None:
    seen = swept([HOSTS, WORDS], (Rule.DOT_SUFFIX, Rule.SUBSTRING))
    odd = next(at for at, one in enumerate(seen) if one.level == "http://orchard.test")
    spoilt = [Seen(one.level, 0) if at == odd else one for at, one in enumerate(seen)]
    found = infer("base_url", [HOSTS, WORDS], spoilt, 0)
    assert found.contradicted == {"http://orchard.test"} and not found.holds
    mixed = [Seen(one.level, at % 2) for at, one in enumerate(seen)]
    assert infer("base_url", [HOSTS, WORDS], mixed, 0).best is None


def test_nothing_seen_and_too_many_lists_say_nothing() -> None:
    assert infer("base_url", [HOSTS], [], 0) == Inference(None)
    assert infer("base_url", [HOSTS] * (MOST_LISTS + 1), [Seen("http://a.example", 0)], 0) == Inference(None)


def test_levels_of_other_facts_are_compared_whole() -> None:
    zones = ["Asia/Tokyo", "Europe/Kyiv"]
    seen = [Seen("Etc/UTC", "-"), *(Seen(zone, "/") for zone in zones)]
    found = infer("timezone", [zones], seen, "-")
    assert found.best is not None and found.best.rules == (Rule.EXACT,)
    assert found.alike == (frozenset(RULES),)
