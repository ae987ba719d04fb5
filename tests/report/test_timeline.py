"""The picture of a history: every tried version is in it, whatever the width."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report import history_sample
from wiretell.model.history import Gap, State, TriedVersion
from wiretell.report import to_document
from wiretell.report.bisect.timeline import GAP, bands

HISTORY = history_sample.bisect()


def test_each_cell_is_a_tried_version_or_a_gap() -> None:
    (band,) = bands(to_document(HISTORY), 80)
    assert band.rows == ("□┄□┄□┄□■■┄■┄?┄■┄■■□┄□┄□", "□┄□┄□┄□□□┄□┄?┄□┄■■■┄■┄■")
    assert "4.2.11" in band.names[0]
    assert any("4.2.41" in line for line in band.names)


def test_names_stand_at_their_columns() -> None:
    (band,) = bands(to_document(HISTORY), 80)
    first = band.rows[0].index("■")
    assert band.ticks[first] == "╵"
    assert band.names[0][first:].startswith("4.2.11")


@given(st.integers(1, 90))
def test_bands_put_together_are_the_whole_picture(width: int) -> None:
    (whole,) = bands(to_document(HISTORY), 200)
    parts = bands(to_document(HISTORY), width)
    for index, row in enumerate(whole.rows):
        assert "".join(part.rows[index] for part in parts) == row
    assert all(len(line) <= width for part in parts for line in (*part.rows, part.ticks, *part.names))


def test_a_version_that_says_nothing_of_a_channel_does_not_lack_it() -> None:
    silent = tuple(replace(version, states={}) for version in HISTORY.tried)
    (band,) = bands(to_document(replace(HISTORY, tried=silent)), 80)
    assert set("".join(band.rows)) == {"?", GAP}


def test_a_gap_at_the_end_is_seen() -> None:
    gap = Gap("4.2.60", "", ("4.2.61",))
    (band,) = bands(to_document(replace(HISTORY, gaps=(*HISTORY.gaps, gap))), 80)
    assert band.rows[0].endswith("□┄")


@given(st.lists(st.sampled_from(State), min_size=1, max_size=150), st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_any_history_has_a_picture(states: list[State], width: int) -> None:
    tried = tuple(
        TriedVersion(f"1.0.{n}", "2026-01-01", {"k1": state, "k2": state}, 1, 1.0) for n, state in enumerate(states)
    )
    parts = bands(to_document(replace(HISTORY, tried=tried, gaps=())), width)
    assert sum(len(part.rows[0]) for part in parts) == len(states)
