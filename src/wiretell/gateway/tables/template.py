"""The user's own text, and what it is a variant of: LSH bands over MinHash of its word triples.

Two texts share a band with a chance of 1 - (1 - s^6)^16 where s is the share of triples they have in common: half at
s = 0.57, one in fifty at s = 0.33, all but certain from s = 0.8 on. Numbers count as one word, letters as lower case, a
Chinese, Japanese or Korean character as a word.
"""

from __future__ import annotations

import re
import struct
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final

BANDS: Final = 16
ROWS: Final = 6
"""Of a band."""
_BAND: Final = struct.Struct(f">{1 + ROWS}Q")
_SEED: Final = 1
"""Part of the format, as are `BANDS` and `ROWS`: another one makes hashes that equal no earlier one."""
_MOST: Final = 8192
"""Characters that are looked at."""
_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]+|\d+")
_NOT_OWN: Final = ("system-reminder", "environment_context", "available-deferred-tools", "user_instructions")
"""Elements that agents put into the user's messages; their content is not the user's."""


def own_text(texts: tuple[str, ...]) -> str:
    """Return what the user wrote of the text parts of a message."""
    return "\n".join(filter(None, (_without_elements(text).strip() for text in texts)))


def _without_elements(text: str) -> str:
    for name in _NOT_OWN:
        text = _without(text, f"<{name}>", f"</{name}>")
    return text


def _without(text: str, opening: str, closing: str) -> str:
    """Take out elements, each to the next closing tag; one that is not closed stays."""
    kept: list[str] = []
    at = 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start)) >= 0:
        kept.append(text[at:start])
        at = end + len(closing)
    return "".join((*kept, text[at:])) if kept or at else text


def bands(text: str, min_hash: Any, key: bytes) -> tuple[str, ...]:
    """Return the band hashes of a text, 16 hex digits each; none for a text without a word.

    `min_hash`: the class `rensa.RMinHash`.
    """
    words = ["0" if word.isdigit() else word for word in _WORD.findall(text[:_MOST].lower())]
    if not words:
        return ()
    sketch = min_hash(num_perm=BANDS * ROWS, seed=_SEED)
    sketch.update(_triples(words))
    values: list[int] = sketch.digest()
    bounds = pairwise(range(0, len(values) + 1, ROWS))
    packed = [_BAND.pack(band, *values[start:end]) for band, (start, end) in enumerate(bounds)]
    return tuple([blake2b(each, digest_size=8, key=key).hexdigest() for each in packed])


def _triples(words: list[str]) -> list[str]:
    if len(words) < 3:
        return [" ".join(words)]
    return [" ".join(three) for three in zip(words, words[1:], words[2:], strict=False)]
