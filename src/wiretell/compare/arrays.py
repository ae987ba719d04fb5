"""Which item of one array is which item of another: by content, so that one new item does not shift all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from wiretell.capture.wire.json_tree import Array, Literal, Node, Number, Object, String

_COMPARED: Final = 2000
"""Characters of an item that its likeness to another is judged by."""
_ALIKE: Final = 55.0
"""Of 100: from here on two items of unequal arrays count as one item, changed."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of an array, as text and as node."""

    raw: str
    node: Node

    @property
    def label(self) -> str | None:
        """What names it among its neighbours: its `name`, its function's name, its `id`."""
        if not isinstance(self.node, Object):
            return None
        inner = self.node.get("function")
        for place, key in ((self.node, "name"), (inner, "name"), (self.node, "id")):
            if isinstance(place, Object) and isinstance(value := place.get(key), String):
                return value.value
        return None

    @property
    def shape(self) -> Hashable:
        """What kind of item it is: JSON type, and `type` and `role` of an object."""
        match self.node:
            case Object():
                told = (self.node.get("type"), self.node.get("role"))
                return "object", *(value.value if isinstance(value, String) else None for value in told)
            case Array():
                return "array"
            case String():
                return "string"
            case Number():
                return "number"
            case Literal():
                return "literal"


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

    1. equal text, 2. equal name, 3. what is left, in order: kind by kind where there are equally many, by likeness
    where there are not.
    """
    pairs: dict[int, int] = {}
    for key in (lambda item: item.raw, lambda item: item.label):
        pairs.update(_unique(left, right, pairs, key))
    free_left = [index for index in range(len(left)) if index not in set(pairs.values())]
    free_right = [index for index in range(len(right)) if index not in pairs]
    for shape in dict.fromkeys(right[index].shape for index in free_right):
        ours = [index for index in free_left if left[index].shape == shape]
        theirs = [index for index in free_right if right[index].shape == shape]
        same_count = len(ours) == len(theirs)
        pairs.update(zip(theirs, ours, strict=True) if same_count else _by_likeness(left, right, ours, theirs))
    return pairs


def _unique(
    left: Sequence[Item], right: Sequence[Item], taken: Mapping[int, int], key: Callable[[Item], str | None]
) -> dict[int, int]:
    """Match items whose key stands once on both sides."""
    used = set(taken.values())
    ours = {index: key(item) for index, item in enumerate(left) if index not in used}
    theirs = {index: key(item) for index, item in enumerate(right) if index not in taken}
    once = _once(ours)
    return {index: once[name] for name, index in _once(theirs).items() if name in once}


def _once(keys: Mapping[int, str | None]) -> dict[str, int]:
    counts = Counter(keys.values())
    return {name: index for index, name in keys.items() if name is not None and counts[name] == 1}


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
