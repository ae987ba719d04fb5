"""The ciphers a key is searched for, how they are undone, and which keys leave a text.

`xor`: cipher = plain ^ key. `add`: cipher = plain + key, modulo 256; a subtraction is an addition of 256 - key and is
reported so. Both with keys of 1 to 16 bytes that repeat. `xor-index` and `add-index`: the key grows by one with every
byte, key + i modulo 256, which is a repeating key of 256 bytes that one byte decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from wiretell.scan.language import ALPHABET

TEXT: Final = ALPHABET + b"\0\r"
"""Bytes of which a decoded text is made; NUL and carriage return only as parts of separators."""
FAMILIES: Final = ("xor", "add")
LONGEST_KEY: Final = 16
_RAMP = bytes(range(256))
ALL: Final = (1 << 256) - 1
"""A set of keys is an integer: bit k stands for key k."""


@cache
def tables(family: str) -> tuple[bytes, ...]:
    """Return for each key of one byte the table that undoes it, for `bytes.translate`."""
    plain = bytes(range(256))
    if family == "xor":
        return tuple(bytes(value ^ key for value in plain) for key in plain)
    return tuple(plain[256 - key :] + plain[: 256 - key] for key in plain)


@cache
def text_keys(family: str, alphabet: bytes = TEXT) -> tuple[int, ...]:
    """Return for each byte of cipher the set of keys that turn it into one of `alphabet`."""
    if family == "xor":
        return tuple(sum(1 << (value ^ plain) for plain in alphabet) for value in range(256))
    return tuple(sum(1 << ((value - plain) & 255) for plain in alphabet) for value in range(256))


def keys_of(values: Iterable[int], sets: Sequence[int]) -> int:
    """Return the set of keys that suit all of `values`; ends as soon as there is none (chance leaves it in 8 bytes)."""
    left = ALL
    for value in values:
        left &= sets[value]
        if not left:
            break
    return left


def index_keys_of(part: bytes, sets: Sequence[int], left: int = ALL) -> int:
    """Return the set of first keys that suit `part` where the key grows by one with every byte."""
    for index, value in enumerate(part):
        suits, turn = sets[value], index & 255
        left &= (suits >> turn | suits << (256 - turn)) & ALL
        if not left:
            break
    return left


def members(keys: int) -> list[int]:
    """List the keys of a set."""
    return [key for key in range(256) if keys >> key & 1]


def undo(cipher: str, key: bytes, part: bytes) -> bytes:
    """Decode `part`, which begins where the key begins."""
    family, _, index = cipher.partition("-")
    if index:
        key = (_RAMP + _RAMP)[key[0] : key[0] + 256]
    if family == "xor":
        stream = (key * (len(part) // len(key) + 1))[: len(part)]
        return (int.from_bytes(part) ^ int.from_bytes(stream)).to_bytes(len(part))
    plain = bytearray(len(part))
    for column, byte in enumerate(key[: len(part)]):
        plain[column :: len(key)] = part[column :: len(key)].translate(tables("add")[byte])
    return bytes(plain)


def shortest(key: bytes) -> bytes:
    """Return the shortest key that repeats to `key`."""
    for size in range(1, len(key)):
        if len(key) % size == 0 and key[:size] * (len(key) // size) == key:
            return key[:size]
    return key
