"""Whether a JSON text has few enough values to be taken apart: a client can put millions into a few megabytes. Pure."""

from __future__ import annotations

import re
from typing import Final

MOST: Final = 10_000
"""Messages, tools or blocks of a body that are told apart; more than any conversation has."""
_COMMAS: Final = 60_000
"""As many values are decoded in some milliseconds. A long conversation has fewer outside its texts."""
_TEXTS: Final = 100_000
_SMALL: Final = 2 * _COMMAS
"""Bytes: a shorter text cannot hold more values."""
_TEXT: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


def is_few(data: bytes) -> bool:
    """Whether a JSON text may be decoded value by value. Of broken JSON, either answer.

    Values are counted by the commas between them, first all of them, then those outside texts.
    """
    if len(data) <= _SMALL or data.count(b",") <= _COMMAS:
        return True
    if data.count(b'"') - data.count(b'\\"') > _TEXTS:
        return False
    return _TEXT.sub(b"", data).count(b",") <= _COMMAS
