"""The four verbs on bytes: what the functions of `wiretell.marks` do once their argument is a `Body`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from wiretell.errors import UsageError
from wiretell.marks.body import Body, Form
from wiretell.marks.edits import Change, apart, apply, joined
from wiretell.marks.interface import Detector, Scheme
from wiretell.model.findings import NotExamined
from wiretell.model.marks import Edited, Mark, Reading, State

_NOTHING: Final = Reading()
_MAX_PASSES: Final = 8
"""Taking one mark away can lay another open; what is deeper than this is left to the next call."""
_NOT_DONE: Final = NotExamined(
    what="what further passes would have taken out",
    why=f"after {_MAX_PASSES} passes over the text there was still something; strip the result once more",
)


def read_body(body: Body, detectors: Sequence[Detector], version: str) -> Reading:
    """Read a text with each of the detectors."""
    if len(detectors) > 1:
        _ = body.seen  # one look for all of them
    reading = merged([detector.read(body, version=version) for detector in detectors])
    if not body.remarks:
        return reading
    return replace(reading, not_examined=tuple(dict.fromkeys((*reading.not_examined, *body.remarks))))


def merged(readings: Sequence[Reading]) -> Reading:
    """Join readings of one text: marks in the order of the text, counts added, remarks each once."""
    said = [reading for reading in readings if reading != _NOTHING]
    if len(said) <= 1:
        return said[0] if said else _NOTHING
    marks = sorted(chain.from_iterable(reading.marks for reading in said), key=lambda mark: mark.offset)
    ordinary: Counter[str] = Counter()
    unmarked: Counter[str] = Counter()
    for reading in said:
        ordinary.update(reading.ordinary)
        unmarked.update(reading.unmarked)
    remarks = dict.fromkeys(chain.from_iterable(reading.not_examined for reading in said))
    return Reading(tuple(marks), dict(ordinary), dict(unmarked), tuple(remarks))


def strip_body(body: Body, form: Form, detectors: Sequence[Detector], anywhere: bool) -> Edited[bytes]:
    """Take marks out, pass after pass until nothing is left to take; edits are told against the text as given.

    What was not examined is said of the text as given, as `read_body` says it.
    """
    changes, left, remarks = _pass(body, detectors, anywhere)
    data = apply(body.data, changes)
    if len(detectors) > 1 and changes:
        changes, data, is_done = _further(changes, data, form, detectors, anywhere)
        remarks = remarks if is_done else (*remarks, _NOT_DONE)
    edits = tuple(change.reported(body.data) for change in changes)
    return Edited(data, edits, left, tuple(dict.fromkeys((*remarks, *body.remarks))))


def _further(
    changes: list[Change], data: bytes, form: Form, detectors: Sequence[Detector], anywhere: bool
) -> tuple[list[Change], bytes, bool]:
    """Strip what was stripped, until nothing is left to take; return whether that was reached."""
    for _ in range(_MAX_PASSES):
        more, _left, _remarks = _pass(Body(data, form), detectors, anywhere)
        if not more:
            return changes, data, True
        changes = joined(changes, data, more)
        data = apply(data, more)
    return changes, data, False


def _pass(
    body: Body, detectors: Sequence[Detector], anywhere: bool
) -> tuple[list[Change], tuple[Mark, ...], tuple[NotExamined, ...]]:
    if len(detectors) > 1:
        _ = body.seen  # one look for all of them
    done = [detector.strip(body, anywhere=anywhere) for detector in detectors]
    left = sorted(chain.from_iterable(each.left for each in done), key=lambda mark: mark.offset)
    edits = apart(chain.from_iterable(each.edits for each in done))
    return edits, tuple(left), tuple(chain.from_iterable(each.not_examined for each in done))


def write_body(body: Body, scheme: Scheme, state: State, *, anywhere: bool, escaped: bool) -> Edited[bytes]:
    """Make every place of the scheme in the text show `state`."""
    changes = apart(scheme.write(body, state, anywhere=anywhere, escaped=escaped))
    edits = tuple(change.reported(body.data) for change in changes)
    remarks = (*scheme.read(body).not_examined, *body.remarks)  # a place that cannot be told is left without a mark
    return Edited(apply(body.data, changes), edits, not_examined=tuple(dict.fromkeys(remarks)))


def state_of(scheme: Scheme, name: str) -> State:
    """Find a state by its name, its signals in any order, or its number.

    :raises UsageError: for a state that the scheme has not.
    """
    wanted = name.strip()
    signals = set(wanted.split("+"))
    for state in scheme.states:
        if wanted == str(state.number) or signals == set(state.name.split("+")):
            return state
    names = ", ".join(state.name for state in scheme.states)
    raise UsageError(f"{scheme.name} has no state {name!r}; there are {names} (or 0 to {len(scheme.states) - 1}).")
