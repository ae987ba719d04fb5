from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from tests.report import sample
from tests.report.hostile import NASTY, payloads, poisoned, unprintable
from wiretell.model.findings import Class, Verdict
from wiretell.report import to_document
from wiretell.report.audit.document_v1 import FactCoverage
from wiretell.report.audit.text import render
from wiretell.report.audit.view import CLASS_MEANING

DOCUMENT = to_document(sample.short())


@given(st.sampled_from(["short", "inconclusive", "unproven", "noted", "swept"]), payloads, st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_no_bytes_of_an_agent_steer_the_terminal(name: str, payload: str, color: bool, verbose: bool) -> None:
    document = poisoned(to_document(getattr(sample, name)()), payload)
    drawn = render(document, color=color, width=100, verbose=verbose)
    assert unprintable(drawn, colours=color) == set()
    assert drawn.count("\x1b") == drawn.count("\x1b[")
    if not color:
        assert "\x1b" not in drawn


@pytest.mark.parametrize("width", [40, 60, 76, 80, 100, 200])
@pytest.mark.parametrize("payload", ["", *NASTY[-3:]])
def test_no_line_is_wider_than_the_screen(width: int, payload: str) -> None:
    for verbose in (False, True):
        drawn = render(poisoned(DOCUMENT, payload), color=False, width=width, verbose=verbose)
        assert max(map(cell_len, drawn.splitlines())) <= width


@pytest.mark.parametrize("verbose", [False, True])
def test_nothing_is_drawn_twice(verbose: bool) -> None:
    text = render(poisoned(to_document(sample.noted()), "\u200b"), color=False, width=4000, verbose=verbose)
    assert "[U+200B]" in text
    assert "[U+005B]" not in text


def test_carets_stand_under_the_marks_also_in_wide_text() -> None:
    lines = render(poisoned(DOCUMENT, "漢字"), color=False, width=100).splitlines()
    at = next(index for index, line in enumerate(lines) if "漢字s date is 2026-11" in line)
    before = lines[at][: lines[at].index("-")]
    assert lines[at + 1][cell_len(before)] == "^"


def test_colour_adds_nothing_that_is_not_said() -> None:
    plain = render(DOCUMENT, color=False, width=100)
    coloured = render(DOCUMENT, color=True, width=100)
    assert coloured != plain
    assert [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()] == plain.splitlines()


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(DOCUMENT, color=True, width=100)
    for name, value in (("NO_COLOR", "1"), ("COLUMNS", "30"), ("TERM", "dumb"), ("FORCE_COLOR", "1")):
        monkeypatch.setenv(name, value)
    assert render(DOCUMENT, color=True, width=100) == before


def test_verbose_leaves_nothing_out() -> None:
    document = to_document(sample.covert())
    drawn = "".join(render(document, color=False, width=4000, verbose=True).split())
    assert "more" not in drawn
    for level in (*sample.ZONES, *sample.HOSTS):
        assert level in drawn


def test_covert_channels_are_whole_and_first_in_the_short_form() -> None:
    drawn = render(to_document(sample.covert()), color=False, width=100)
    assert drawn.startswith(" COVERT")
    for point in ("U+0027", "U+2019", "U+02BC", "U+02B9", "U+002D", "U+002F"):
        assert point in drawn
    assert drawn.index("c1  covert") < drawn.index("c2  covert") < drawn.index("Undeclared")
    assert "follows timezone, only while base_url is custom" in drawn
    assert len(drawn.splitlines()) < 100


def test_unproven_differences_are_one_line_for_each_request_unless_all_is_asked_for() -> None:
    document = to_document(sample.unproven())
    short = render(document, color=False, width=200)
    assert "- 12 differences in POST /v1/events: cause not proven; --verbose lists them\n" in short
    assert "- 1 difference in connection: cause not proven; --verbose lists it\n" in short
    assert "cause of a difference" not in short
    assert short.index("interactive use") < short.index("12 differences in")
    whole = render(document, color=False, width=200, verbose=True)
    assert all(f"- {item.what}: {item.why}\n" in whole for item in document.coverage.not_examined)
    assert "--verbose" not in whole


def test_a_row_says_which_request_it_is_about() -> None:
    lines = render(to_document(sample.unproven()), color=False, width=120).splitlines()
    assert "  in POST /v1/messages, where no other request is named" in lines
    at = next(index for index, line in enumerate(lines) if line.startswith("u1 presence"))
    assert "POST /api/event_logging/a/batch" in lines[at] and "body /0/name" in lines[at + 1]
    assert any(line.startswith("u2 identifier") and "HEAD /" in line for line in lines)
    assert any(line.startswith("u3 wording") and "  head accept-language" in line for line in lines)


def test_no_verdict_begins_with_its_reasons_where_something_was_seen() -> None:
    lines = render(to_document(sample.unproven()), color=False, width=200).splitlines()
    assert lines[1].startswith(" 1 difference was seen in model requests")
    assert lines[2:4] == [
        " - the canary control failed: not caught",
        " Seen without a verdict: 3 undeclared and 1 declared channel.",
    ]


def test_nothing_tried_is_no_table_of_zeros() -> None:
    document = to_document(sample.inconclusive())
    facts = {fact: FactCoverage(levels=(), paired=0, alone=0) for fact in ("ci", "clock")}
    drawn = render(replace(document, coverage=replace(document.coverage, facts=facts)), color=False, width=100)
    assert "Examined  no fact was varied" in drawn
    assert "clock" not in drawn


def test_one_difference_is_said_in_the_singular_and_no_port_is_no_zero() -> None:
    drawn = render(to_document(sample.unproven()), color=False, width=100)
    assert "1 difference that is no channel" in drawn
    assert "(base_url)  " in drawn
    assert "(base_url):0" not in drawn


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_words(verdict: Verdict) -> None:
    assert verdict.value.upper() in render(replace(DOCUMENT, verdict=verdict), color=True, width=80)


@pytest.mark.parametrize("cls", Class)
def test_every_class_is_explained(cls: Class) -> None:
    assert CLASS_MEANING[cls]
