"""Which item of one array is which item of another: by content, so that one new item does not shift all others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from wiretell.capture.wire.json_tree import Node, Object, String

_COMPARED: Final = 2000
"""Characters of an item that its likeness to another is judged by."""
_ALIKE: Final = 55.0
"""Of 100: from here on two items count as one item, changed."""
_MOST_PAIRS: Final = 400
"""Of items to compare with each other; in longer arrays only order tells."""


_LABELS: Final = (
    ("name",),
    ("function", "name"),
    ("id",),
    ("key",),
    ("event_name",),
    ("event",),
    ("event_data", "event_name"),
)
"""Ways to the string that names an item among its neighbours, the first that is there."""


class Item(NamedTuple):
    """An item of an array: as sent, what names it, and what kind it is."""

    raw: str
    label: str | None
    shape: Hashable
    """JSON type, and `type` and `role` of an object."""


def item(raw: str, node: Node) -> Item:
    """Describe an item."""
    if not isinstance(node, Object):
        return Item(raw, None, type(node))
    strings = {member.key.value: member.value for member in node.members}
    label = next((found for way in _LABELS if way[0] in strings and (found := _string_at(node, way))), None)
    kind = tuple(value.value if isinstance(value := strings.get(key), String) else None for key in ("type", "role"))
    return Item(raw, label, kind)


def _string_at(node: Node | None, way: Sequence[str]) -> str | None:
    for key in way:
        node = node.get(key) if isinstance(node, Object) else None
    return node.value if isinstance(node, String) else None


def is_known(items: Mapping[int, Sequence[Item]], column: Mapping[int, int]) -> bool:
    """Whether an item is surely the same in all arrays of its column: by its name, or by text that no other has."""
    found = [items[run][index] for run, index in column.items()]
    labels = {one.label for one in found}
    if len(labels) == 1 and None not in labels:
        return True
    raw = {one.raw for one in found}
    return len(raw) == 1 and all(sum(other.raw in raw for other in items[run]) == 1 for run in column)


def columns(arrays: Mapping[int, Sequence[Item]], reference: int) -> list[dict[int, int]]:
    """Return one dict (run -> index) for each item that any of the arrays holds, the reference's items first."""
    found: list[dict[int, int]] = [{reference: index} for index in range(len(arrays[reference]))]
    samples = list(arrays[reference])
    solved: dict[tuple[str, ...], list[int]] = {}
    for run in sorted(arrays, key=lambda run: (run != reference, run)):
        items = arrays[run]
        key = tuple(item.raw for item in items)
        if key not in solved:
            matched = match(samples, items)
            solved[key] = []
            for index, item in enumerate(items):
                column = matched.get(index)
                if column is None:
                    column = len(found)
                    found.append({})
                    samples.append(item)
                solved[key].append(column)
        for index, column in enumerate(solved[key]):
            found[column][run] = index
    return found


def match(left: Sequence[Item], right: Sequence[Item]) -> dict[int, int]:
    """Return index in `right` -> index in `left` for items that are the same, or the same but changed.

    1. equal text, 2. equal name, 3. of one kind and alike, 4. what is left of a kind, in order, if there is as much
    of it on both sides, or too much to compare.
    """
    pairs: dict[int, int] = {}
    pairs.update(_by_key([one.raw for one in left], [one.raw for one in right], pairs))
    pairs.update(_by_key([one.label for one in left], [one.label for one in right], pairs))
    taken = set(pairs.values())
    free_left = [index for index in range(len(left)) if index not in taken]
    free_right = [index for index in range(len(right)) if index not in pairs]
    for shape in dict.fromkeys(right[index].shape for index in free_right):
        ours = [index for index in free_left if left[index].shape == shape]
        theirs = [index for index in free_right if right[index].shape == shape]
        too_many = len(ours) * len(theirs) > _MOST_PAIRS
        if not too_many:
            alike = _by_likeness(left, right, ours, theirs)
            pairs.update(alike)
            ours = [index for index in ours if index not in set(alike.values())]
            theirs = [index for index in theirs if index not in alike]
        if too_many or len(ours) == len(theirs):
            pairs.update(zip(theirs, ours, strict=False))
    return pairs


def _by_key(left: Sequence[str | None], right: Sequence[str | None], taken: Mapping[int, int]) -> dict[int, int]:
    """Match the first item of a key with the first, the second with the second, and so on."""
    used = set(taken.values())
    waiting: dict[str, list[int]] = {}
    for index, key in enumerate(left):
        if key is not None and index not in used:
            waiting.setdefault(key, []).append(index)
    queues = {key: iter(found) for key, found in waiting.items()}
    pairs: dict[int, int] = {}
    for index, key in enumerate(right):
        if key is not None and index not in taken and key in queues:
            partner = next(queues[key], None)
            if partner is not None:
                pairs[index] = partner
    return pairs


def _by_likeness(
    left: Sequence[Item], right: Sequence[Item], ours: Sequence[int], theirs: Sequence[int]
) -> dict[int, int]:
    """Pair what is most alike first."""
    scores = sorted(
        (-fuzz.ratio(left[a].raw[:_COMPARED], right[b].raw[:_COMPARED], score_cutoff=_ALIKE), abs(a - b), b, a)
        for a in ours
        for b in theirs
    )
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for score, _, b, a in scores:
        if score and b not in pairs and a not in used:
            pairs[b] = a
            used.add(a)
    return pairs
