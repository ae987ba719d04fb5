"""A hunt document in which every string that a log could have chosen carries a payload."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from tests.report.hostile import poisoned

D = TypeVar("D", bound=Struct)

OURS: Final = frozenset(
    {"status", "claim", "decision", "before_tier", "after_tier", "first", "last", "earliest", "days"}
)
"""Members that are words of the format, or times that reading has checked."""


def hostile(document: D, payload: str) -> D:
    """Put the payload into every free string; the document could still be read from a file."""
    restored: D = _restored(poisoned(document, payload), document)
    return restored


def _restored(new: Any, old: Any) -> Any:
    if isinstance(old, Struct):
        changes = {
            name: getattr(old, name) if name in OURS else _restored(getattr(new, name), getattr(old, name))
            for name in old.__struct_fields__
        }
        return msgspec.structs.replace(new, **changes)
    if isinstance(old, tuple):
        return tuple(_restored(*pair) for pair in zip(new, old, strict=True))
    if isinstance(old, dict):
        return {key: _restored(value, old[kept]) for (key, value), kept in zip(new.items(), old, strict=True)}
    return new
