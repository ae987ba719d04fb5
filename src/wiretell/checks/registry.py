"""All checks; a test compares this list with the files of the package."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from wiretell.checks import (
    case,
    destination,
    escape,
    format,  # noqa: A004 - named for the carrier
    homoglyph,
    identifier,
    invisible,
    number,
    opaque,
    order,
    presence,
    size,
    whitespace,
    wording,
)
from wiretell.checks.interface import Check
from wiretell.model.difference import Layer

CHECKS: Final[tuple[Check, ...]] = (
    case,
    destination,
    escape,
    format,
    homoglyph,
    identifier,
    invisible,
    number,
    opaque,
    order,
    presence,
    size,
    whitespace,
    wording,
)

BY_LAYER: Final = MappingProxyType({layer: check for check in CHECKS for layer in check.LAYERS})
"""Layer -> the one check that judges it."""

UNJUDGED: Final = frozenset({Layer.OUTCOME})
"""Layers that are explained and never judged: nothing of them is sent."""
