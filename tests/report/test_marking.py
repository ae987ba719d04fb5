from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report import sample
from wiretell.model.findings import Carrier, Channel, Symbol
from wiretell.report.audit import document_v1 as v1
from wiretell.report.audit.convert import to_document
from wiretell.report.audit.marking import LONGEST, Specimen, brief, specimens


def _channel(carrier: Carrier, *symbols: tuple[str, str]) -> v1.Channel:
    """A channel whose symbols are (value, context)."""
    found: Channel = replace(
        sample.covert().channels[0],
        carrier=carrier,
        symbols=tuple(
            Symbol(value, (), ({"timezone": (str(n),)},), context) for n, (value, context) in enumerate(symbols)
        ),
    )
    return to_document(replace(sample.covert(), channels=(found,), table=())).channels[0]


def _marked(specimen: Specimen) -> str:
    """The text with marks in brackets; an empty bracket is a gap."""
    return "".join(f"[{piece.char}]" if piece.marked else piece.char for piece in specimen.pieces)


def test_only_the_differing_character_is_marked() -> None:
    channel = _channel(Carrier.HOMOGLYPH, ("'", "Today's date"), ("\u02bc", "Today\u02bcs date"))
    assert [_marked(s) for s in specimens(channel)] == ["Today[']s date", "Today[\u02bc]s date"]


def test_another_channel_in_the_context_is_not_marked() -> None:
    channel = _channel(
        Carrier.FORMAT,
        ("2026-11-21", "Today's date is 2026-11-21."),
        ("2026/11/21", "Today\u02bcs date is 2026/11/21."),
    )
    assert _marked(specimens(channel)[1]) == "Today\u02bcs date is 2026[/]11[/]21."


def test_an_inserted_character_is_a_gap_on_the_other_side() -> None:
    channel = _channel(Carrier.INVISIBLE, ("", "hello world"), ("\u200b", "hel\u200blo world"))
    assert [_marked(s) for s in specimens(channel)] == ["hel[]lo world", "hel[\u200b]lo world"]


def test_an_inserted_character_in_a_window_of_fixed_size_marks_itself_alone() -> None:
    text = "abcdefghijklmnopqrstuvwxyz"
    channel = _channel(Carrier.INVISIBLE, ("", text), ("\u200b", (text[:9] + "\u200b" + text[9:])[:26]))
    assert specimens(channel)[1].marks == ("\u200b",)


def test_three_symbols_mark_where_any_two_differ() -> None:
    channel = _channel(Carrier.CASE, ("ab", ""), ("aB", ""), ("Ab", ""))
    assert [_marked(s) for s in specimens(channel)] == ["[a][b]", "[a][B]", "[A][b]"]


def test_words_are_marked_as_one_span() -> None:
    channel = _channel(Carrier.WORDING, ("heron", "see heron now"), ("hyena", "see hyena now"))
    assert _marked(specimens(channel)[0]) == "see h[e][r][o][n] now"


def test_a_short_value_without_context_needs_no_marks() -> None:
    channel = _channel(Carrier.WORDING, ("en-US", ""), ("de-DE", ""))
    assert [_marked(s) for s in specimens(channel)] == ["en-US", "de-DE"]


def test_a_window_is_cut_at_words_and_lines() -> None:
    before, after = "word " * 40, " more" * 40
    channel = _channel(Carrier.HOMOGLYPH, *((c, f"{before}x{c}y{after}\nnext") for c in "'\u2019"))
    specimen = specimens(channel)[0]
    assert _marked(specimen) == "word word word x[']y more more more"
    assert specimen.cut_before
    assert specimen.cut_after
    channel = _channel(Carrier.HOMOGLYPH, *((c, f"line\nx{c}y\nnext") for c in "'\u2019"))
    assert specimens(channel)[0] == replace(specimens(channel)[0], cut_before=False, cut_after=False)
    assert _marked(specimens(channel)[0]) == "x[']y"


@pytest.mark.parametrize("length", [500, 20_000])
def test_long_texts_are_cut_quickly(length: int) -> None:
    channel = _channel(Carrier.OPAQUE, ("a" * length, ""), ("ab" * length, ""), ("", ""))
    assert all(len(specimen.text) <= LONGEST for specimen in specimens(channel))


@given(
    st.sampled_from(Carrier),
    st.lists(st.tuples(st.text("ab \n'’", max_size=6), st.text("ab \n'’", max_size=14)), min_size=1, max_size=4),
)
def test_any_symbols_have_specimens_cut_from_their_text(carrier: Carrier, symbols: list[tuple[str, str]]) -> None:
    channel = _channel(carrier, *symbols)
    found = specimens(channel)
    contexts = all(context for _, context in symbols)
    for (value, context), specimen in zip(symbols, found, strict=True):
        assert specimen.text in (context if contexts else value)
    assert brief(channel)


def test_a_channel_without_symbols_has_no_specimens() -> None:
    assert specimens(_channel(Carrier.OPAQUE)) == ()
