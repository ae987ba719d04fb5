"""What stands close together: zones, lookalikes, hidden lists, and reads that say where requests go. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from wiretell.model.scan import NEAR, Cluster, DecodedList, Place
from wiretell.scan.mentions.layout import Find, Layout

MOST_NEAR: Final = 8
"""Words about what stands near one list."""


def near(places: Iterable[Place], finds: Iterable[Find], layout: Layout) -> tuple[str, ...]:
    """Say what stands within `NEAR` bytes of any of some places, nearest first: `timezone Area/City (420 before)`.

    Distances are in bytes from the nearer ends; the nearest of each sort is named.
    """
    outer = [layout.outer(place) for place in places]
    best: dict[str, int] = {}
    for find in finds:
        for place in outer:
            distance = _distance(place, find.outer)
            if distance is not None and abs(distance) < abs(best.get(find.label, NEAR + 1)):
                best[find.label] = distance
    ordered = sorted(best.items(), key=lambda item: abs(item[1]))
    return tuple(_worded(label, distance) for label, distance in ordered[:MOST_NEAR])


def _distance(place: Place, other: Place) -> int | None:
    """Bytes between two places, negative where the other stands before; None beyond `NEAR` or in another file."""
    if place.file != other.file:
        return None
    if other.offset >= place.offset:
        between = max(0, other.offset - place.offset - place.length)
        return between if between <= NEAR else None
    between = max(0, place.offset - other.offset - other.length)
    return -between if between <= NEAR else None


def _worded(label: str, distance: int) -> str:
    if distance == 0:
        return f"{label} (beside it)"
    return f"{label} ({abs(distance)} {'before' if distance < 0 else 'after'})"


def clusters(lists: Iterable[DecodedList], finds: Iterable[Find], layout: Layout) -> tuple[Cluster, ...]:
    """Find groups of at least two kinds, each member within `NEAR` bytes of the next; most kinds, then shortest first.

    Places of a cluster are in the innermost piece that its first member was read from.
    """
    all_finds = sorted((*finds, *_lists(lists, layout)), key=lambda find: find.outer)
    groups = [group for group in _groups(all_finds) if len(_kinds(group)) > 1]
    groups.sort(key=lambda group: (-len(_kinds(group)), _span(group).length))
    return tuple(Cluster(_span(group), tuple(dict.fromkeys(find.label for find in group))) for group in groups)


def _lists(lists: Iterable[DecodedList], layout: Layout) -> Iterator[Find]:
    for found in lists:
        if found.hidden:
            entries = len(found.entries)
            label = f"list of {entries} entries" if entries != 1 else "hidden text"
            yield from (Find("list", label, place, layout.outer(place)) for place in found.places)


def _groups(finds: Sequence[Find]) -> Iterator[list[Find]]:
    group: list[Find] = []
    for find in finds:
        if group and _distance(group[-1].outer, find.outer) is None:
            yield group
            group = []
        group.append(find)
    if group:
        yield group


def _kinds(group: Sequence[Find]) -> set[str]:
    return {find.kind for find in group}


def _span(group: Sequence[Find]) -> Place:
    """From the first to the last, as the first member that is no list names its file."""
    start = group[0].outer.offset
    end = max(find.outer.offset + find.outer.length for find in group)
    named = next((find for find in group if find.kind != "list"), group[0])
    shift = named.outer.offset - named.place.offset
    return Place(named.place.file, start - shift, end - start)
