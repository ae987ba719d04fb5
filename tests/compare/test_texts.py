"""Alignment of texts: what is cut can be put together again, and slots hold what varies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.compare.slots import Slot, find_slots
from wiretell.compare.textdiff import edits, tokens

pieces = st.sampled_from(
    [
        "Today",
        "'",
        "\u02bc",
        "s date is ",
        "2026-11-21",
        "2026/11/22",
        ". ",
        "\n",
        "- item",
        "\u200b",
        "a b c",
        "7",
        "1.0",
        "é",
    ]
)
texts = st.lists(pieces, max_size=25).map("".join)
passages = st.sampled_from(["x" * 200 + "\n", "one two three four " * 20 + "\n", ""])
inline = st.sampled_from(["x" * 200, "one two three four " * 12, "eins zwei, drei " * 15])
with_passages = st.lists(pieces | passages | inline, max_size=12).map("".join)
sets_of_texts = st.lists(with_passages, min_size=2, max_size=5)


@given(st.text(max_size=200))
def test_tokens_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text


@given(texts, texts)
def test_edits_turn_one_text_into_the_other(base: str, other: str) -> None:
    out, at = "", 0
    for edit in edits(base, other):
        assert other[edit.b0 : edit.b1] != base[edit.a0 : edit.a1]
        out += base[at : edit.a0] + other[edit.b0 : edit.b1]
        at = edit.a1
    assert out + base[at:] == other


@given(texts, texts)
def test_edits_are_in_order_and_never_touch(base: str, other: str) -> None:
    found = edits(base, other)
    for one, two in pairwise(found):
        assert one.a1 < two.a0 or one.b1 < two.b0


@given(texts, st.lists(texts, min_size=1, max_size=5), passages)
def test_slots_rebuild_every_text(reference: str, others: list[str], passage: str) -> None:
    """The reference with each slot filled by a run's value is that run's text, where no passage hides a slot."""
    every = dict(enumerate([reference, *[passage + other for other in others]]))
    top = [slot for slot in find_slots(every, reference) if slot.home is None]
    for run, text in every.items():
        out, at = "", 0
        for slot in sorted(top, key=lambda slot: (slot.start, slot.end)):
            if run in slot.spans and slot.start >= at:
                out += reference[at : slot.start] + slot.spans[run].value
                at = slot.end
        assert out + reference[at:] == text or any(slot.choice for slot in top)


@given(texts, st.lists(texts, min_size=1, max_size=5))
@example("2026-11-217", ["Today2026/11/22", "- item", "Today2026-11-21'2026-11-21"])  # an insertion between two edits
def test_spans_lie_in_their_texts_in_order(reference: str, others: list[str]) -> None:
    every = dict(enumerate([reference, *others]))
    last: dict[int, int] = {}
    for slot in find_slots(every, reference):
        for run, span in slot.spans.items():
            assert span.text == every[run]
            assert last.get(run, 0) <= span.start <= span.end <= len(span.text)
            last[run] = span.end


@given(sets_of_texts)
@example(["", "Today", "x" * 200 + "\n"])
@example(["a b c", "a x c", "a b" + " d" * 100 + " c"])
def test_any_two_texts_are_told_apart(said: list[str]) -> None:
    slots = find_slots(dict(enumerate(said)), said[0])
    for (one, text), (two, other) in combinations(enumerate(said), 2):
        assert any(tells_apart(slot, one, two) for slot in slots) == (text != other), (one, two)


def tells_apart(slot: Slot, one: int, two: int) -> bool:
    if one not in slot.spans or two not in slot.spans:
        return False
    if slot.choice is not None:
        return slot.choice[one] != slot.choice[two]
    return slot.spans[one].value != slot.spans[two].value


@given(sets_of_texts)
def test_a_slot_counts_in_the_text_that_is_its_home(said: list[str]) -> None:
    for slot in find_slots(dict(enumerate(said)), said[0]):
        home = slot.spans[slot.home or 0]
        assert (home.start, home.end) == (slot.start, slot.end)


@given(sets_of_texts)
def test_slots_never_overlap_in_any_text(said: list[str]) -> None:
    """But for passages, which lie around slots."""
    fine = [slot for slot in find_slots(dict(enumerate(said)), said[0]) if slot.choice is None]
    for run, text in enumerate(said):
        ends = [0, *places(fine, run), len(text)]
        assert ends == sorted(ends), run


def places(slots: Sequence[Slot], run: int) -> list[int]:
    spans = sorted((slot.spans[run].start, slot.spans[run].end) for slot in slots if run in slot.spans)
    return [at for span in spans for at in span]


def test_a_date_is_one_slot() -> None:
    every = {0: "Today's date is 2026-11-21.", 1: "Today\u02bcs date is 2026/11/22.", 2: "Today's date is 2026-11-22."}
    values = [[slot.spans[run].value for run in every] for slot in find_slots(every, every[0])]
    assert values == [["'", "\u02bc", "'"], ["2026-11-21", "2026/11/22", "2026-11-22"]]


def test_a_new_line_is_a_slot_of_its_own() -> None:
    every = {0: "a: 1\nUser: Ada Quill\nend\n", 1: "a: 1\nUser: Bo Reed\nRemote: git@x\nend\n"}
    values = [[slot.spans[run].value for run in every] for slot in find_slots(every, every[0])]
    assert values == [["Ada", "Bo"], ["Quill", "Reed"], ["", "Remote: git@x\n"]]


def test_another_edition_of_a_passage_hides_no_slot_of_the_first() -> None:
    rule = "Never write to a file that was not read before.\n" * 8
    other = "Schreibe nie in eine Datei, die du nicht gelesen hast.\n" * 9
    every = {0: f"{rule}it's\n{rule}", 1: f"{rule}it\u02bcs\n{rule}", 2: other}
    slots = find_slots(every, every[0])
    (passage,) = [slot for slot in slots if slot.choice]
    assert passage.choice == {0: 0, 1: 0, 2: 1}
    (mark,) = [slot for slot in slots if not slot.choice]
    assert {run: span.value for run, span in mark.spans.items()} == {0: "'", 1: "\u02bc"}


def test_alternatives_are_searched_for_slots_in_turn() -> None:
    one, two = "alpha beta gamma delta. " * 20, "eins zwei drei vier. " * 20
    every = {0: one, 1: two + "it's", 2: two + "it\u2019s"}
    inner = [slot for slot in find_slots(every, one) if slot.home is not None]
    assert [{run: span.value for run, span in slot.spans.items()} for slot in inner] == [{1: "'", 2: "\u2019"}]
