"""What reports of marks say, and what they never say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report import marks_sample
from tests.report.hostile import payloads, unprintable
from wiretell.errors import FormatError, InternalError
from wiretell.model.marks import Explained, FoundMark, MarksResult, Origin, SummaryRow, Where
from wiretell.report import decode_any, encode, render, to_document
from wiretell.report.marks import view

EVERY = [
    marks_sample.read(),
    marks_sample.unmarked(),
    marks_sample.unread(),
    marks_sample.parquet(),
    marks_sample.explained(),
    marks_sample.closed(),
    marks_sample.stripped(),
    marks_sample.written(),
    marks_sample.untouched(),
]


@pytest.mark.parametrize("result", EVERY)
@pytest.mark.parametrize("verbose", [False, True])
def test_every_report_says_that_no_server_was_shown_to_read_marks(result: MarksResult, verbose: bool) -> None:
    shown = " ".join(render(to_document(result), "text", verbose=verbose).split())
    assert shown.count("That a server reads such marks was shown by nobody.") == 1


@pytest.mark.parametrize("result", EVERY)
def test_no_report_calls_anything_clean_or_anybody_names(result: MarksResult) -> None:
    shown = render(to_document(result), "text", verbose=True).lower()
    for word in ("clean", "safe", "spy", "reseller", "chinese", "evade", "avoid"):
        assert word not in shown


def test_code_points_are_visible_in_excerpts() -> None:
    shown = render(to_document(marks_sample.read()), "text")
    assert "Today[U+02BC]s date is 2026/06/01." in shown
    assert "con[U+200B]fi[U+200B]den[U+200B]tial" in shown
    assert "one␣␣⏎two⏎three␣⏎" in shown
    assert "\u02bc" not in shown


def test_the_surest_marks_stand_first_and_each_kind_is_explained_once() -> None:
    shown = render(to_document(marks_sample.read()), "text", width=200)
    kinds = [shown.index(f"{state}  {certainty} ·") for state, certainty in (
        ("labKw+cnTZ", "certain"), ("U+200B x3", "likely"), ("pattern of 4 lines", "possible"),
    )]  # fmt: skip
    assert kinds == sorted(kinds)
    assert shown.count(marks_sample.BOTH.meaning) == 1
    assert shown.count("could be innocent:") == 3


def _many(kinds: int, each: int) -> MarksResult:
    marks = [replace(marks_sample.ZERO_WIDTH, state=f"U+200B x{n % kinds}", hidden="") for n in range(kinds * each)]
    found = tuple(FoundMark(mark, Where("log.jsonl", n + 1, line=n + 1), Origin()) for n, mark in enumerate(marks))
    counts = {f"invisible:U+200B x{n}": each for n in range(kinds)}
    whole = marks_sample.read()
    return replace(whole, found=found, total=len(found), counts=counts, certainties={"likely": len(found)}, summary=())


@pytest.mark.parametrize(("kinds", "each"), [(1, 500), (7, 40), (90, 3)])
def test_at_most_twenty_marks_are_shown_and_the_rest_is_counted(kinds: int, each: int) -> None:
    document = to_document(_many(kinds, each))
    shown = render(document, "text")
    places = shown.count("  - log.jsonl:")
    assert 0 < places <= 20
    assert f"+{kinds * each - places:,} more marks (--verbose shows all" in shown
    assert ("not shown at all" in shown) == (kinds > 20)
    assert render(document, "text", verbose=True).count("  - log.jsonl:") == kinds * each


def test_marks_beyond_the_limit_are_said_with_the_way_to_see_them() -> None:
    shown = " ".join(render(to_document(marks_sample.read()), "text").split())
    assert "+50 more marks are counted and not listed (--limit N lists more, --format csv or parquet all)" in shown


def test_a_summary_shows_unmarked_places_beside_marked_ones() -> None:
    shown = render(to_document(marks_sample.read()), "text", width=140)
    (row,) = [line for line in shown.splitlines() if line.startswith("account-90c2")]
    assert row.split()[-2:] == ["425", "425"]
    assert "In 426 more places a mark could have been written and none was" in " ".join(shown.split())
    assert "Who, with what, when" not in render(to_document(marks_sample.unmarked()), "text")


def test_what_was_not_examined_stands_in_the_headline() -> None:
    whole = marks_sample.unread()
    assert render(to_document(whole), "text").startswith(" NO MARK FOUND; 2 OF 3 SOURCES WERE NOT EXAMINED ")
    one = replace(marks_sample.read(), sources=(*marks_sample.read().sources, whole.sources[0]))
    assert render(to_document(one), "text").startswith(" 76 MARKS; 1 OF 3 SOURCES WAS NOT EXAMINED ")
    nothing = replace(whole, sources=whole.sources[:1])
    shown = render(to_document(nothing), "text")
    assert shown.startswith(" NOTHING READ ") and "no mark found" not in shown.lower()
    assert "read:     0 sources, 0 records, 0 B\n" in shown


def test_records_with_marks_are_counted_beyond_the_limit() -> None:
    shown = " ".join(render(to_document(marks_sample.read()), "text").split())
    assert "in 76 of 501 records" in shown
    uncounted = replace(marks_sample.read(), marked_records=0)
    assert "in 501 records" in " ".join(render(to_document(uncounted), "text").split())


_STATES = ("known+labKw+cnTZ", "labKw+cnTZ", "known+labKw", "known+cnTZ", "known", "labKw", "cnTZ")


@pytest.mark.parametrize("width", range(60, 141, 4))
def test_no_line_ends_between_a_state_and_its_count(width: int) -> None:
    counts = {f"date-line:{state}": 10 + n for n, state in enumerate(_STATES)}
    origin = Origin("0b8c6f9e-1111-2222-3333-444455556666", "claude-cli", "2.1.91", "2026-11-21")
    total = sum(counts.values())
    result = replace(
        marks_sample.unmarked(),
        summary=(SummaryRow(origin, total, {}, counts),),
        total=total,
        counts=counts,
        certainties={"certain": total},
    )
    shown = render(to_document(result), "text", width=width)
    assert "\ue000" not in shown
    for n, state in enumerate(_STATES):
        assert shown.count(f"{state} {10 + n}") >= 2, state


def test_days_of_one_account_stand_together_the_account_with_most_marks_first() -> None:
    def row(account: str, day: str, marks: int) -> SummaryRow:
        return SummaryRow(Origin(account, "c", "1", day), 1, {}, {"date-line:known": marks} if marks else {})

    rows = (row("a", "2026-01-02", 1), row("a", "2026-01-01", 0), row("b", "2026-01-02", 2), row("b", "2026-01-03", 5))
    mixed = replace(marks_sample.unmarked(), summary=(*rows, row("c", "2026-01-01", 6)), total=0)
    document = to_document(mixed)
    assert [(row.account, row.day[-1]) for row in view.rows(document)] == [
        ("b", "2"), ("b", "3"), ("c", "1"), ("a", "1"), ("a", "2"),
    ]  # fmt: skip


def test_a_mark_of_a_har_is_told_by_its_entry_and_not_by_a_line_of_the_file() -> None:
    mark = to_document(marks_sample.read()).marks[1]
    assert view.place(mark, "har").startswith("logs/2026-06-01.jsonl entry 12, /messages")


def test_more_marked_records_than_marks_are_refused() -> None:
    with pytest.raises(FormatError, match="more records"):
        decode_any(_changed(marks_sample.read(), marked_records=77))


def test_an_explanation_shows_rule_entry_bytes_and_escape() -> None:
    shown = render(to_document(marks_sample.explained()), "text", width=120)
    for words in ("STATE 6: labKw+cnTZ", "substring", "Further entries: deep, seek.", "ca bc", "\\u02bc", "(TZ)"):
        assert words in shown
    assert "Today[U+02BC]s date is 2026/11/21." in shown
    assert "2.1.91 (2026-04-02) to 2.1.197 (2026-06-30)" in shown


def test_symbols_of_a_sentence_are_told_beyond_the_basic_plane() -> None:
    explained = replace(marks_sample.explained(), sentence="a\U0001f600-")
    first, second = to_document(explained).symbols
    assert (first.codepoint, first.utf8, first.escape) == ("U+1F600", "f0 9f 98 80", "\\ud83d\\ude00")
    assert (second.name, second.count) == ("HYPHEN-MINUS", 1)


def test_edits_are_told_in_the_spelling_of_the_text() -> None:
    shown = render(to_document(marks_sample.stripped()), "text")
    assert "\\u02bc" in shown and "[U+200B]" in shown and "(nothing)" in shown
    assert "--anywhere includes these" in shown


def _changed(result: MarksResult | Explained, **changes: object) -> bytes:
    return json.dumps(json.loads(encode(to_document(result))) | changes).encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (_changed(marks_sample.read(), total=75), "as many marks"),
        (_changed(marks_sample.read(), counts={"a:b": 1}), "do not add up"),
        (_changed(marks_sample.read(), certainties={"certain": 1}), "do not add up"),
        (_changed(marks_sample.closed(), gate_open=True, state={"name": "x", "number": 3, "meaning": ""}), "follow"),
        (_changed(marks_sample.explained(), gate_open=False), "closed gate"),
    ],
)
def test_a_document_that_contradicts_itself_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        decode_any(data)


def test_a_mark_without_an_innocent_reading_and_edits_out_of_order_are_refused() -> None:
    written = json.loads(encode(to_document(marks_sample.parquet())))
    written["marks"][0]["innocent"] = []
    with pytest.raises(FormatError, match="innocent"):
        decode_any(json.dumps(written).encode())
    written = json.loads(encode(to_document(marks_sample.written())))
    written["edits"].reverse()
    with pytest.raises(FormatError, match="order"):
        decode_any(json.dumps(written).encode())
    written = json.loads(encode(to_document(marks_sample.written())))
    del written["state"]
    with pytest.raises(FormatError, match="state that was written"):
        decode_any(json.dumps(written).encode())


def test_a_result_that_no_document_can_hold_is_our_own_fault() -> None:
    with pytest.raises(InternalError):
        to_document(replace(marks_sample.stripped(), command="shred"))
    with pytest.raises(InternalError):
        to_document(replace(marks_sample.read(), wall_s=float("inf")))


@given(payloads, st.lists(st.sampled_from(["U+02BC", "U+200B", "U+0020", "U+005B", "U+202E", "U+0000"])))
def test_no_excerpt_steers_a_screen(text: str, codepoints: list[str]) -> None:
    assert unprintable(view.boxed(text, codepoints)) == set()


@given(st.text(st.sampled_from("ab \n[U+]\u02bc\u200b\u2019")))
def test_a_box_can_be_believed(text: str) -> None:
    """Taking the boxes of what is not ASCII away leaves no other box behind that the text itself wrote."""
    drawn = view.boxed(text, ["U+02BC", "U+2019"])
    assert drawn.count("[U+02BC]") == text.count("\u02bc")
    assert drawn.count("[U+2019]") == text.count("\u2019")


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(0, 60))
def test_shares_are_fair_and_fill_what_there_is(sizes: list[int], most: int) -> None:
    given_ = view.shares(sizes, most)
    assert sum(given_) == min(most, sum(sizes))
    assert all(have <= size for have, size in zip(given_, sizes, strict=True))
    short = [have for have, size in zip(given_, sizes, strict=True) if have < size]
    assert not short or max(given_) - min(short) <= 1
