"""The four verbs on bytes: what the functions of `wiretell.marks` do once their argument is a `Body`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Final

from wiretell.errors import UsageError
from wiretell.marks.body import Body, Form
from wiretell.marks.edits import Change, apart, apply, joined
from wiretell.marks.interface import Detector, Scheme
from wiretell.model.marks import Edited, Mark, Reading, State

_NOTHING: Final = Reading()
_MAX_PASSES: Final = 8
"""Taking one mark away can lay another open; what is deeper than this is left to the next call."""


def read_body(body: Body, detectors: Sequence[Detector], version: str) -> Reading:
    """Read a text with each of the detectors."""
    if len(detectors) > 1:
        _ = body.seen  # one look for all of them
    return merged([detector.read(body, version=version) for detector in detectors])


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
    """Take marks out, pass after pass until nothing is left to take; edits are told against the text as given."""
    changes, left = _pass(body, detectors, anywhere)
    data = apply(body.data, changes)
    if len(detectors) > 1:
        for _ in range(_MAX_PASSES):
            more, _left = _pass(Body(data, form), detectors, anywhere)
            if not more:
                break
            changes = joined(changes, data, more)
            data = apply(data, more)
    return Edited(data, tuple(change.reported(body.data) for change in changes), left)


def _pass(body: Body, detectors: Sequence[Detector], anywhere: bool) -> tuple[list[Change], tuple[Mark, ...]]:
    done = [detector.strip(body, anywhere=anywhere) for detector in detectors]
    left = sorted(chain.from_iterable(marks for _, marks in done), key=lambda mark: mark.offset)
    return apart(chain.from_iterable(edits for edits, _ in done)), tuple(left)


def write_body(body: Body, scheme: Scheme, state: State, *, anywhere: bool, escaped: bool) -> Edited[bytes]:
    """Make every place of the scheme in the text show `state`."""
    changes = apart(scheme.write(body, state, anywhere=anywhere, escaped=escaped))
    return Edited(apply(body.data, changes), tuple(change.reported(body.data) for change in changes))


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
