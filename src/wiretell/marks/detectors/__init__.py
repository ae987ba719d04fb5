"""Detectors of hidden and lookalike characters: one file each. They know no writer; they read, and strip on demand."""

from __future__ import annotations

from typing import Final

from wiretell.marks.detectors.bidi import Bidi
from wiretell.marks.detectors.invisible import Invisible
from wiretell.marks.detectors.lookalike import Lookalike
from wiretell.marks.detectors.normal_form import NormalForm
from wiretell.marks.detectors.selectors import Selectors
from wiretell.marks.detectors.spaces import Spaces
from wiretell.marks.detectors.tags import Tags
from wiretell.marks.detectors.trailing import Trailing
from wiretell.marks.interface import Detector

DETECTORS: Final[tuple[Detector, ...]] = (
    Invisible(),
    Tags(),
    Selectors(),
    Bidi(),
    Lookalike(),
    Spaces(),
    Trailing(),
    NormalForm(),
)
"""Every detector, in the order in which they are named."""

__all__ = ["DETECTORS"]
