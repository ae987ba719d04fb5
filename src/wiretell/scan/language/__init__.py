"""What a text costs: a bigram model of what lists are made of, host names and identifiers and words.

The table is made by scripts/make_language_model.py from Python's own library, IANA's zone names and host names put
together from such words; `data/bigrams.json` states versions and hashes. It is a code in the sense of Shannon: in no
row do the probabilities of all 256 bytes come to more than one (`tests/scan/test_language.py`), so a text can be cheap
by chance only as often as its length says (P. Grünwald, The Minimum Description Length Principle, 2007, 3.3).
"""

from __future__ import annotations

import struct
from functools import cache
from importlib import resources
from operator import itemgetter
from typing import Final

ALPHABET: Final = b"\t\n" + bytes(range(0x20, 0x7F))
"""Bytes that a text is made of."""
UNITS: Final = 16
"""Costs are in 1/16 bit."""
DEAREST: Final = 255
"""Cost of every byte outside the alphabet."""
START: Final = 0x0A
"""What comes before the first byte: a text begins as a line does."""
_CHUNK = 1 << 15


@cache
def COSTS() -> bytes:  # noqa: N802 (a constant that is read once)
    """Return 65536 costs in 1/16 bit: of byte b after byte a, at a * 256 + b."""
    shipped = (resources.files(__package__) / "data" / "bigrams.bin").read_bytes()
    width = len(ALPHABET)
    rows = {a: _row(shipped[i * width : (i + 1) * width]) for i, a in enumerate(ALPHABET)}
    return b"".join(rows.get(a, rows[START]) for a in range(256))


def code_length_bits(text: bytes) -> float:
    """Return what `text` costs, in bits, from the start of a text on."""
    costs = COSTS()
    padded = bytes((START,)) + text
    total = 0
    for first in range(0, len(text), _CHUNK):
        chunk = padded[first : first + _CHUNK + 1]
        total += _sum(costs, chunk) + _sum(costs, chunk[1:])
    return total / UNITS


def _row(costs: bytes) -> bytes:
    """Widen a row of the shipped table to all 256 bytes."""
    row = bytearray([DEAREST]) * 256
    for byte, cost in zip(ALPHABET, costs, strict=True):
        row[byte] = cost
    return bytes(row)


def _sum(costs: bytes, text: bytes) -> int:
    """Add up the costs of every second pair, from the first; 16-bit integers are pairs, most significant byte first."""
    pairs = len(text) // 2
    if pairs < 2:
        return costs[text[0] << 8 | text[1]] if pairs else 0
    return sum(itemgetter(*struct.unpack_from(f">{pairs}H", text))(costs))
