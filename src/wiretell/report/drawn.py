"""A document made safe to show: every string drawn, once and for all, so that no renderer can forget one."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from wiretell.report.glyphs import visible

D = TypeVar("D", bound=Struct)


def drawn(document: D) -> D:
    """Return the document with `glyphs.visible` applied to every string, keys included.

    Different strings stay different, so channels, facts and levels still refer to each other. The words of the format
    itself (class, carrier, verdict) are plain letters and stay as they are.
    """
    return msgspec.convert(_drawn(msgspec.to_builtins(document)), type(document))


def _drawn(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): _drawn(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_drawn(item) for item in value]
    return value
