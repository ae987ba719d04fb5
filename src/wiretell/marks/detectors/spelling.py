"""What hidden characters spell: tags as ASCII, selectors as bytes, two or four kinds of characters as bits.

A decoding counts only where it gives text that can be read: chance must not be taken for a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Final

_LEAST_CHARACTERS: Final = 4
_LEAST_OF_SEVEN: Final = 6
"""Half of all numbers of seven bits are letters, digits or a space; of eight bits, a quarter."""
_LEAST_KINDS: Final = 3
"""Two symbols that take turns are a pattern, and as bits would be one letter over and over."""
_LETTERS_SHARE: Final = 0.7
_MOST_SYMBOLS: Final = 4


def readable(text: str, least: int = _LEAST_CHARACTERS) -> bool:
    """Whether a text is long enough, all printable, and mostly letters, digits and spaces of more than two kinds."""
    if (
        len(text) < least
        or len(set(text)) < _LEAST_KINDS
        or not all(char.isprintable() or char in "\n\t\r" for char in text)
    ):
        return False
    return sum(char.isalnum() or char in " \n" for char in text) >= _LETTERS_SHARE * len(text)


def of_bytes(data: bytes, least: int = _LEAST_CHARACTERS) -> str:
    """Return the text in UTF-8 that bytes are, empty where they are none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if readable(text, least) else ""


def of_bits(bits: str) -> str:
    """Return the text that a string of `0` and `1` spells in characters of eight or seven bits, either way round."""
    for width, least in ((8, _LEAST_CHARACTERS), (7, _LEAST_OF_SEVEN)):
        if len(bits) < width * least:
            continue
        whole = bits[: len(bits) - len(bits) % width]
        for taken in (whole, whole.translate(_FLIPPED)):
            text = of_bytes(_packed(taken, width), least)
            if text:
                return text
    return ""


_FLIPPED: Final = str.maketrans("01", "10")


def _packed(bits: str, width: int) -> bytes:
    return bytes(int(bits[at : at + width], 2) for at in range(0, len(bits), width))


def of_symbols(symbols: str) -> str:
    """Return the text that a sequence of two, three or four kinds of characters spells, empty where it is none.

    Two are bits; of three, one parts the groups; four are two bits each.
    """
    kinds = sorted(set(symbols))
    if not 2 <= len(kinds) <= _MOST_SYMBOLS or len(symbols) < _LEAST_CHARACTERS * 4:
        return ""
    return next(filter(None, _ways(symbols, kinds)), "")


def _ways(symbols: str, kinds: Sequence[str]) -> Iterator[str]:
    if len(kinds) == 2:
        yield of_bits(symbols.translate(str.maketrans(kinds[0] + kinds[1], "01")))
    elif len(kinds) == 3:
        for separator in kinds:
            yield _of_groups(symbols, separator, "".join(kind for kind in kinds if kind != separator))
    else:
        for order in permutations(kinds):
            pairs = dict(zip(order, ("00", "01", "10", "11"), strict=True))
            bits = "".join(pairs[symbol] for symbol in symbols)
            yield of_bytes(_packed(bits[: len(bits) - len(bits) % 8], 8))


def _of_groups(symbols: str, separator: str, digits: str) -> str:
    """Read groups of bits, one a character, however long each is."""
    groups = [group for group in symbols.split(separator) if group]
    for zero_one in (digits, digits[::-1]):
        numbers = [int(group.translate(str.maketrans(zero_one, "01")), 2) for group in groups]
        if all(number < 0x110000 and not 0xD800 <= number < 0xE000 for number in numbers):
            text = "".join(map(chr, numbers))
            if readable(text):
                return text
    return ""
