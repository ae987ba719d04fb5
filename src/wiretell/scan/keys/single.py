"""Search for keys of one byte, over all parts alike."""

from __future__ import annotations

from collections.abc import Iterator

from wiretell.scan.keys.ciphers import ALL, FAMILIES, index_keys_of, keys_of, members, text_keys, undo
from wiretell.scan.language import code_length_bits

EXAMINED = 4096
"""Bytes from the start of each part that decide which keys are possible; what follows is decoded, whatever it is."""
_FIRST = 64
"""Bytes by which possible keys are compared at first."""
_KEPT = 4
_ENCODED = tuple(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + signs for signs in (b"+/=\n", b"-_=\n")
)


def keys(parts: tuple[bytes, ...]) -> Iterator[tuple[str, int]]:
    """Give the likeliest keys of each cipher, as its name and the key."""
    heads = [part[:EXAMINED] for part in parts]
    values = set(b"".join(head[:_FIRST] for head in heads))
    for family in FAMILIES:
        sets = text_keys(family)
        if left := keys_of(values, sets) & ~1:
            left &= keys_of(set().union(*heads), sets)
            yield from ((family, key) for key in _likeliest(family, members(left), parts))
        left = ALL
        for head in heads:
            left = index_keys_of(head, sets, left)
            if not left:
                break
        cipher = f"{family}-index"
        yield from ((cipher, key) for key in _likeliest(cipher, members(left) if left else [], parts))


def keys_to_encodings(parts: tuple[bytes, ...]) -> Iterator[tuple[str, int]]:
    """Give the keys that leave nothing but digits of an encoding (base64, base32 and hexadecimal are parts of it)."""
    values = set().union(*(part[:EXAMINED] for part in parts))
    for family in FAMILIES:
        for alphabet in _ENCODED:
            left = keys_of(values, text_keys(family, alphabet)) & ~1
            yield from ((family, key) for key in members(left)[:_KEPT])


def _likeliest(cipher: str, possible: list[int], parts: tuple[bytes, ...]) -> list[int]:
    """Keep the keys whose text begins most cheaply."""
    if len(possible) <= _KEPT:
        return possible
    first = max(parts, key=len)[:_FIRST]
    return sorted(possible, key=lambda key: code_length_bits(undo(cipher, bytes((key,)), first)))[:_KEPT]
