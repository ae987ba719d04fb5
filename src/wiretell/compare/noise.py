"""What varies by itself: learnt from repeats of one world, place by place, never from what a value looks like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Final

from wiretell.compare.features import Feature
from wiretell.model.capture import Capture
from wiretell.model.difference import Layer
from wiretell.model.findings import NotExamined
from wiretell.model.world import World

_TOKEN: Final = re.compile(r"[\w+/=.-]+")


class Steadiness(Enum):
    """What repeats of one world say about a feature."""

    STEADY = "steady"
    NOISE = "noise"
    UNKNOWN = "unknown"
    """No world in which the place exists was run twice."""


def steadiness(feature: Feature, captures: Mapping[int, Capture]) -> Steadiness:
    """Judge a feature by repeats. In the calibrated world one disagreement makes it noise.

    Disagreement elsewhere does not: a channel may write now and then only. That is for attribution to judge, unless the
    place does not exist in the calibrated world.
    """
    shown: dict[World, list[int]] = {}
    calibration: list[int] = []
    for run in feature.symbols:
        if captures[run].purpose == "calibration":
            calibration.append(run)
        else:
            shown.setdefault(captures[run].world, []).append(run)
    if len(calibration) > 1:
        return Steadiness.STEADY if _agree(feature, calibration) else Steadiness.NOISE
    repeats = [runs for runs in shown.values() if len(runs) > 1]
    if not repeats:
        return Steadiness.UNKNOWN
    return Steadiness.STEADY if all(_agree(feature, runs) for runs in repeats) else Steadiness.NOISE


def _agree(feature: Feature, runs: Iterable[int]) -> bool:
    return len({feature.symbols[run] for run in runs}) == 1


def sizes(noise: Iterable[Feature]) -> list[Feature]:
    """Return a feature of length for each noisy text; random bytes of a length that follows a fact tell the fact."""
    found = []
    for feature in noise:
        values = [span.value for span in feature.spans.values()]
        if feature.layer is Layer.WORDING and all(_TOKEN.fullmatch(value) for value in values):
            if all(value.isdigit() for value in values):
                continue  # a measurement: its digits are as many as it is large
            lengths = {run: span.end - span.start for run, span in feature.spans.items()}
            if len(set(lengths.values())) > 1:
                shown = {run: f"{length} characters" for run, length in lengths.items()}
                found.append(replace(feature, layer=Layer.SIZE, symbols=lengths, display=shown, shown=(0, 0)))
    return found


def capacity(noise: Iterable[Feature]) -> tuple[NotExamined, ...]:
    """Say, request by request, how many bytes vary by themselves: what they could hold is not known."""
    places: dict[str, list[str]] = {}
    amounts: dict[str, int] = {}
    for feature in noise:
        if feature.layer in (Layer.WORDING, Layer.NUMBER, Layer.DATE, Layer.OPAQUE):
            name = feature.where.request or feature.where.part
            size = max((len(span.value.encode("utf-8", "replace")) for span in feature.spans.values()), default=0)
            place = f"{feature.where.part} {feature.where.path}".rstrip()
            places.setdefault(name, [])
            if place not in places[name]:
                places[name].append(place)
            amounts[name] = amounts.get(name, 0) + size
    return tuple(
        NotExamined(
            f"{amounts[name]} bytes in {name} that differ from run to run ({_some(places[name])})",
            "they vary between repeats of one world, so that a fact written into them would not be seen",
        )
        for name in places
    )


def _some(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def unsteady_places(features: Iterable[Feature]) -> tuple[NotExamined, ...]:
    """Name what has no length to speak of but comes, goes or moves by itself: requests, fields, order."""
    named: dict[Layer, list[str]] = {}
    for feature in features:
        if feature.layer not in (Layer.WORDING, Layer.NUMBER, Layer.DATE, Layer.OPAQUE, Layer.SIZE):
            place = " ".join(filter(None, (feature.where.request, feature.where.part, feature.where.path)))
            named.setdefault(feature.layer, []).append(place)
    return tuple(
        NotExamined(
            f"{layer.value.replace('-', ' ')} of {_some(list(dict.fromkeys(places)))}",
            "it varies between repeats of one world",
        )
        for layer, places in named.items()
    )
