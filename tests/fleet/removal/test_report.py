"""The document and its text say what happened, and steer no terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from tests.report import fleet_removal_sample as sample
from wiretell.errors import FormatError
from wiretell.model.fleet import Removal, Step, StepResult, StepState
from wiretell.report.fleet_removal import convert
from wiretell.report.fleet_removal.document_v1 import FORM
from wiretell.report.fleet_removal.text import render
from wiretell.report.form import encode

EVERY = [sample.planned, sample.done, sample.failed, sample.nothing]


def text(removal: Removal, *, verbose: bool = False) -> str:
    return render(convert.to_document(removal), color=False, width=100, verbose=verbose)


@pytest.mark.parametrize(
    ("made", "verdict", "left"),
    [
        (sample.planned, "planned", 3),
        (sample.done, "removed", 0),
        (sample.failed, "left", 3),
        (sample.nothing, "nothing", 0),
    ],
)
def test_the_verdict_is_what_the_inventories_say(made: Callable[[], Removal], verdict: str, left: int) -> None:
    document = json.loads(encode(convert.to_document(made())))
    assert (document["verdict"], document["left"]) == (verdict, left)
    assert FORM.decode(encode(convert.to_document(made()))) == convert.to_document(made())


@pytest.mark.parametrize("change", [{"left": 0}, {"verdict": "removed"}, {"verdict": "nothing"}, {"applied": True}])
def test_a_document_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    document = msgspec.structs.replace(convert.to_document(sample.planned()), **change)
    with pytest.raises(FormatError, match="This removal"):
        FORM.decode(encode(document))


def test_a_plan_tells_the_commands_and_how_to_go_on() -> None:
    shown = " ".join(text(sample.planned()).split())
    assert "TO BE REMOVED" in shown
    assert "Nothing was done: this is a plan." in shown
    assert "1. end kill 4711" in shown
    assert "was broken off; --apply takes it up." in shown
    assert "To do this: the same command with --apply." in shown
    assert "Proof" not in shown


def test_a_deed_tells_archive_and_proof() -> None:
    shown = text(sample.done())
    assert "kill 4711" in shown
    assert "inventory after: 0 banned of 1; taken 2026-07-10T09:00:00Z" in shown
    assert "put back: wiretell fleet remove --restore" in shown
    assert "of what was looked at" in shown
    assert "Left to you" in shown


def test_a_failure_tells_the_reason_where_it_is_left() -> None:
    shown = " ".join(text(sample.failed()).split())
    assert "SOMETHING IS LEFT" in shown
    assert "FAILED" in shown
    assert shown.count("it is not what it was when it was planned") == 2
    assert "put back" in shown


def test_nothing_in_it_steers_a_terminal() -> None:
    evil = "\x1b[2J\u202e\nrm -rf /\udcff"
    step = replace(sample.planned().steps[0].step, target=evil, told=evil)
    removal = replace(sample.planned(), steps=(StepResult(step, StepState.FAILED, evil),), notes=(evil,))
    shown = text(removal, verbose=True)
    assert not set(shown) & {"\x1b", "\u202e", "\udcff"}
    assert "\nrm -rf /" not in shown
    encode(convert.to_document(removal)).decode()


def test_long_lists_are_cut_and_counted() -> None:
    removal = sample.planned()
    many = tuple(
        StepResult(Step(each.step.action, f"/p{n}", "f", f"rm /p{n}"), each.state)
        for n in range(50)
        for each in removal.steps[2:3]
    )
    assert "+10 more steps (--verbose shows all)" in text(replace(removal, steps=many))
    assert "/p49" in text(replace(removal, steps=many), verbose=True)


@pytest.mark.parametrize("made", EVERY)
@pytest.mark.parametrize("width", [40, 60, 140])
def test_lines_keep_to_the_width(made: Callable[[], Removal], width: int) -> None:
    shown = render(convert.to_document(made()), color=False, width=width)
    assert all(len(line) <= width for line in shown.splitlines())
    if made is not sample.nothing:
        assert "".join(sample.planned().steps[3].step.target.split()) in "".join(shown.split())
