"""Neutral lists, and ciphers written the straight way."""

import random

from wiretell.scan.interface import Candidate, Hit
from wiretell.scan.keys import search

_TEXT = "maple river stone quiet harbor blue lantern meadow cedar copper winter silver falcon prairie willow garden"
WORDS = _TEXT.split()
ENDS = ("com", "net", "org", "io", "dev", "example")
TRIED = 1000


def hosts(chance: random.Random, count: int) -> list[str]:
    """Make host names of about 14 characters."""
    return [f"{chance.choice(WORDS)}-{chance.choice(WORDS)}.{chance.choice(ENDS)}" for _ in range(count)]


def encipher(cipher: str, key: bytes, plain: bytes) -> bytes:
    """Encipher, byte after byte."""
    out = bytearray()
    for i, byte in enumerate(plain):
        k = (key[0] + i) & 255 if cipher.endswith("index") else key[i % len(key)]
        out.append(byte ^ k if cipher.startswith("xor") else (byte + k) & 255)
    return bytes(out)


def candidate(*parts: bytes, steps: tuple[str, ...] = ("base64",)) -> Candidate:
    """Wrap decoded bytes."""
    return Candidate(7, 107, steps, parts)


def found(*parts: bytes, steps: tuple[str, ...] = ("base64",), tried: int = TRIED) -> Hit | None:
    """Search one candidate."""
    hits = search([candidate(*parts, steps=steps)], "a.js", tried=tried)
    assert len(hits) <= 1
    return hits[0] if hits else None
