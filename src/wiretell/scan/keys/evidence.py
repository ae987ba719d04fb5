"""How much better a decoded text explains the bytes than anything without meaning does, in bits."""

from __future__ import annotations

import codecs
import math
import string
import zlib
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Protocol

from wiretell.scan.keys.ciphers import TEXT
from wiretell.scan.language import ALPHABET, COSTS, START, UNITS, code_length_bits

THRESHOLD: Final = 20.0
"""Least evidence that is reported. By Kraft's inequality bytes that one of the null models describes reach t bits in a
scan with probability 2**-t at most, whatever its size, because the cost of the search counts every candidate: in one
scan of a million here. Every 4 bits more cost one character of the shortest text that can be found. Fixed from this,
before any corpus was looked at."""
STEP_BITS: Final = 6.0
"""Cost of naming a step of decoding: fewer than 64 are tried (two ciphers at 16 lengths, encodings, compressions)."""
COMMON_BITS: Final = 3.0
"""Cost of naming a cipher with a key of one byte: four of eight cheap names, the rest of the room is for the others."""
TURN_BITS: Final = 4.0
"""Cost of saying that a text is turned round or rotated; that it is not costs next to nothing."""
JUDGED: Final = 1 << 12
"""Bytes from the start of a text, all parts taken together, that are judged; a list of that length is beyond doubt."""
LEAST_TEXT: Final = 3.0
"""Bits a character below which no text that deserves the name falls; lists of hosts cost 4 and more."""
_CHOICE_BITS = 3.0
"""Cost of naming one of the null models."""
_PERIODS = (1, 2, 4, 8)
"""Records of these sizes are what tables are made of."""
_WINDOW_BITS = 16
"""Cost of saying where a window of bytes begins and ends."""
_PRIOR = 20.0
"""Characters that the prior of a learning model weighs; the same without meaning and with it."""
_OWN = 0.3
"""Weight of a text's own characters in what it starts from."""
_DISTINCT = 8
_SHARE = 1 / 3
_LETTERS = string.ascii_letters.encode()
_SQUEEZED = 1 / 6
"""Text that zlib makes smaller than this repeats itself; no list of different entries does."""
_NULS = bytes.maketrans(b"\0\n", b"\n\0")

_FORMS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "base64": b64encode,
        "base64url": urlsafe_b64encode,
        "base32": b32encode,
        "hex": lambda blob: blob.hex().encode(),
        "reversed": lambda blob: blob[::-1],
        "rot13": lambda blob: rot13(blob),
        "text": lambda blob: blob,
    }
)
"""What a decoded blob looked like before."""


def rot13(text: bytes) -> bytes:
    """Rotate the letters by 13."""
    return codecs.encode(text.decode("latin-1"), "rot13").encode("latin-1")


def search_bits(steps: int, key: bytes, tried: int) -> float:
    """Return what it costs to say which of all decodings of all candidates this one is."""
    named = STEP_BITS * steps - (STEP_BITS - COMMON_BITS) * (len(key) == 1)
    return named + 8 * len(key) + math.log2(max(tried, 1))


def judged(parts: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the first `JUDGED` bytes of all parts taken together."""
    heads, left = [], JUDGED
    for part in parts:
        heads.append(part[:left])
        left -= len(heads[-1])
        if not left:
            break
    return tuple(heads)


def text_bits(parts: Sequence[bytes]) -> float:
    """Return what texts cost; where NUL stands for the end of a line, or two characters do, that is said first."""
    return sum(_one_text_bits(part) for part in parts)


def _one_text_bits(text: bytes) -> float:
    bits = code_length_bits(text)
    if b"\0" in text:
        bits = min(bits, 1 + code_length_bits(text.translate(_NULS)))
    if b"\r\n" in text:
        bits = min(bits, 2 + code_length_bits(text.replace(b"\r\n", b"\n")))
    return bits


def null_bits(cipher: Sequence[bytes], period: int, *, changes: bool) -> float:
    """Return the shortest code of bytes that needs no meaning; see the package's docstring for the models.

    `changes` says whether the key does, from byte to byte: it repeats, or grows with the index.
    """
    joined = b"".join(cipher)
    codes = [turned_null_bits(cipher, period)]
    if changes:
        codes.append(uniform_bits(len(joined), period))
    if not joined.translate(None, TEXT):
        codes.append(_CHOICE_BITS + text_bits(cipher))
    return min(8.0 * len(joined), *codes)


def uniform_bits(size: int, period: int) -> float:
    """Return the code length of characters that are all alike likely, under a key that changes: passwords, names.

    Under one byte they stay in a window of the circle, which `table_bits` describes.
    """
    return _CHOICE_BITS + size * math.log2(len(ALPHABET)) + 8 * period


def turned_null_bits(cipher: Sequence[bytes], period: int = 1) -> float:
    """Return the shortest of those codes that stay as they are when a text is read backwards or rotated."""
    return _CHOICE_BITS + min(table_bits(cipher, period), adaptive_bits(cipher, _Columns(cipher, period)))


def table_bits(cipher: Sequence[bytes], period: int) -> float:
    """Return the shortest code of bytes as a table: of their values, of their differences, of columns of records."""
    codes = [_order0_bits(_differences(b"".join(cipher)))]
    for size in {*_PERIODS, period}:
        columns = [b"".join(part[column::size] for part in cipher) for column in range(size)]
        codes.append(sum(_order0_bits(column) for column in columns))
    return min(codes)


def can_gain(cipher: Sequence[bytes], period: int, search: float) -> bool:
    """Whether any text could explain bytes well enough under a key of `period` bytes, before one is looked for."""
    return table_bits(cipher, period) - LEAST_TEXT * sum(map(len, cipher)) - search >= THRESHOLD


def form_bits(parts: Sequence[bytes], form: str, *, keyed: bool) -> float:
    """Return the cost of what the parts were before the step `form`: base64 may be a name, and explain itself.

    Against a key it may be a table as well: digits that learn from each other, and from nothing else.
    """
    before = _FORMS.get(form)
    if before is None:
        return math.inf
    forms = [before(part).rstrip(b"=") for part in parts]
    named = sum(map(code_length_bits, forms))
    return min(named, _CHOICE_BITS + adaptive_bits(forms, _Columns(forms, 1))) if keyed else named


def adaptive_text_bits(parts: Sequence[bytes]) -> float:
    """Return what texts cost when the language is only where one starts: the shorter one of it and what was learned.

    Names of one language repeat their pairs of letters; so does any order-1 source, and `adaptive_bits` is the same
    for both sides: what is left as evidence is what the language knew beforehand.
    """
    return min(text_bits(parts), 1 + adaptive_bits(parts, _Language()))


def adaptive_bits(parts: Sequence[bytes], base: _Base) -> float:
    """Return the code length under a bigram model that learns, from a Dirichlet prior of `base`'s probabilities.

    D. MacKay and L. Peto, A hierarchical Dirichlet language model, 1995. Contexts are the byte before and the column.
    """
    pairs: Counter[int] = Counter()
    contexts: Counter[int] = Counter()
    bits = base.bits
    for part in parts:
        before = START
        for index, byte in enumerate(part):
            column = index % base.period
            context = column << 8 | before
            pair = context << 8 | byte
            bits -= math.log2(
                (_PRIOR * base.probability(column, before, byte) + pairs[pair]) / (_PRIOR + contexts[context])
            )
            pairs[pair] += 1
            contexts[context] += 1
            before = byte
    return bits


class _Base(Protocol):
    """Probabilities that a learning model starts from."""

    period: int
    bits: float

    def probability(self, column: int, before: int, byte: int) -> float:
        """Return the probability of a byte, and learn it."""


class _Columns:
    """Order 0, learned: of each column, out of the window of bytes that occur in it."""

    def __init__(self, parts: Sequence[bytes], period: int) -> None:
        self.period = period
        columns = [b"".join(part[column::period] for part in parts) for column in range(period)]
        windows = [_window(Counter(column)) for column in columns]
        sizes = zip(columns, windows, strict=True)
        dear = [len(column) * math.log2(256 / width) < _WINDOW_BITS for column, width in sizes]
        self.bits = period + sum(0.0 if each else _WINDOW_BITS for each in dear)
        self._total = [(256 if each else width) / 2 for each, width in zip(dear, windows, strict=True)]
        self._seen = [[0.5] * 256 for _ in range(period)]

    def probability(self, column: int, before: int, byte: int) -> float:  # noqa: ARG002 (order 0)
        seen = self._seen[column]
        chance = seen[byte] / self._total[column]
        seen[byte] += 1
        self._total[column] += 1
        return chance


class _Language:
    """The language, and to a lesser part the characters of this text."""

    period = 1
    bits = 0.0

    def __init__(self) -> None:
        self._costs = COSTS()
        self._seen = [0.5] * 256
        self._total = len(TEXT) / 2

    def probability(self, column: int, before: int, byte: int) -> float:  # noqa: ARG002 (no columns)
        chance = (1 - _OWN) * _CHANCES[self._costs[before << 8 | byte]] + _OWN * self._seen[byte] / self._total
        self._seen[byte] += 1
        self._total += 1
        return chance


_CHANCES = tuple(2 ** (-cost / UNITS) for cost in range(256))


def _order0_bits(blob: bytes) -> float:
    """Return the length of the adaptive code of Krichevsky and Trofimov (1981), of all bytes or of a window of them.

    The same under any bijection of bytes, the second under any addition: what a key does to constant runs, tables
    of small numbers and texts of few characters, it does to this code as well.
    """
    counts = Counter(blob)
    risen = sum(map(_RISEN.__getitem__, counts.values()))
    windowed = _WINDOW_BITS + _kt_bits(len(blob), risen, _window(counts))
    return min(_kt_bits(len(blob), risen, 256), windowed, 8.0 * len(blob))


def _kt_bits(size: int, risen: float, alphabet: int) -> float:
    """Return the code length of `size` characters out of `alphabet`; `risen` is the sum of `_RISEN` of their counts."""
    half = alphabet / 2
    return (math.lgamma(half + size) - math.lgamma(half) - risen) / _LN_2


_LN_2 = math.log(2)
_RISEN: Final = tuple(math.lgamma(count + 0.5) - math.lgamma(0.5) for count in range(JUDGED + 1))
"""ln of 1/2 * 3/2 * ... (count factors): what a character that occurs so often adds to its own probability."""


def _window(values: Mapping[int, int]) -> int:
    """Return the width of the narrowest arc of the circle of 256 bytes that holds all values."""
    around = sorted(values)
    if not around:
        return 1
    gaps = [after - before for before, after in pairwise(around)]
    return 257 - max([*gaps, around[0] + 256 - around[-1]])


def _differences(blob: bytes) -> bytes:
    return bytes((after - before) & 255 for before, after in pairwise(blob))


def looks_like_text(text: bytes) -> bool:
    """Tell whether a text has what any list has: letters, enough different characters, no endless repetition.

    Decided before any measurement; the rest is for the evidence to judge.
    """
    letters = len(text) - len(text.translate(None, _LETTERS))
    if letters < _SHARE * len(text) or not varied(text):
        return False
    return len(text) < 64 or len(zlib.compress(text, 6)) >= _SQUEEZED * len(text)


def varied(blob: bytes) -> bool:
    """Tell whether there are as many different bytes as a text under a key must have."""
    return len(set(blob)) >= min(_DISTINCT, (len(blob) + 1) // 2)
