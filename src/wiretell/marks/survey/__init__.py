r"""One look over the bytes of a body: which of the few things stand in it that any scheme or detector starts from.

Two engines give the same answer. With Hyperscan (`wiretell[marks]`) all patterns are searched at once, at some GB/s;
without it, one search after the other, each in C. What is found is exact for characters in UTF-8, and only "there are
some" for escapes (`\u200b`): those are read where there are any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wiretell.marks.survey import by_primitives
from wiretell.marks.survey.interest import Seen

try:
    from wiretell.marks.survey import by_hyperscan

    _engine: Callable[[bytes], Seen] = by_hyperscan.survey
except ImportError:  # the extra is not installed, or there is none for this machine
    _engine = by_primitives.survey

HAS_HYPERSCAN: Final = _engine is not by_primitives.survey

__all__ = ["HAS_HYPERSCAN", "Seen", "survey"]


def survey(data: bytes) -> Seen:
    """Look over a body. Pure; never raises, whatever the bytes are."""
    return _engine(data)
