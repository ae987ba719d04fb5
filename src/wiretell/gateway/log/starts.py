"""How often a writer that dies is started again."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

_TRIES: Final = 5
_WITHIN_SECONDS: Final = 60.0


class Starts:
    """Some starts within some time; a log whose writer dies at once, again and again, is failing."""

    def __init__(self) -> None:
        self._at: deque[float] = deque()

    @property
    def count(self) -> int:
        """Starts that were not long ago."""
        return len(self._at)

    def allow(self) -> bool:
        """Count a start; return whether it may be made."""
        now = time.monotonic()
        while self._at and now - self._at[0] > _WITHIN_SECONDS:
            self._at.popleft()
        self._at.append(now)
        return len(self._at) <= _TRIES
