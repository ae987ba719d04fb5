"""How much of what is planted is found: the table of docs/scan.md, made by the whole native pass.

Neutral host names of about 16 characters stand in a made-up program, in every encoding, under every key, at several
lengths; four of each. What the issue of the table promises is asserted, the rest is written down as it is.
"""

from __future__ import annotations

import base64
import codecs
import gzip
import random
import re
import zlib
from collections.abc import Callable
from functools import cache

import pytest

from tests.report import snapshot
from tests.scan.keys.planted import encipher, hosts
from wiretell.scan import keys, native

PAGE = snapshot.DOCS.parent / "scan.md"
BEGIN, END = "<!-- begin: recall; UPDATE_SNAPSHOTS=1 make test -->\n", "<!-- end: recall -->\n"
TRIALS = 4
LENGTHS = (1, 2, 3, 5, 10, 20, 100)
Hide = Callable[[random.Random, bytes], bytes]
Write = Callable[[random.Random, bytes], bytes]


def _key(chance: random.Random, size: int) -> bytes:
    # No two neighbours alike, nothing that only changes letter case: what a person or a generator would take.
    return bytes(chance.sample([byte for byte in range(1, 256) if byte not in (0x20, 0xE0)], size))


def _under(cipher: str, size: int) -> Hide:
    return lambda chance, text: encipher(cipher, _key(chance, size), text)


def _deflate(_chance: random.Random, text: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(text) + packer.flush()


KEYS: dict[str, Hide] = {
    "none": lambda _chance, text: text,
    "XOR, 1 byte": _under("xor", 1),
    "ADD or SUB, 1 byte": _under("add", 1),
    "XOR, 4 bytes": _under("xor", 4),
    "XOR, 8 bytes": _under("xor", 8),
    "XOR, 16 bytes": _under("xor", 16),
    "XOR, key + index": _under("xor-index", 1),
    "ADD, key + index": _under("add-index", 1),
    "raw deflate": _deflate,
    "gzip": lambda _chance, text: gzip.compress(text, mtime=0),
    "XOR, 1 byte, over gzip": lambda chance, text: encipher("xor", _key(chance, 1), gzip.compress(text, mtime=0)),
}


def _pieces(text: str, sizes: random.Random) -> list[str]:
    cut, at = [], 0
    while at < len(text):
        size = sizes.randint(30, 50)
        cut.append(text[at : at + size])
        at += size
    return cut


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


ENCODINGS: dict[str, Write] = {
    "base64": lambda _c, data: f'"{_b64(data)}"'.encode(),
    "base64url": lambda _c, data: f"'{base64.urlsafe_b64encode(data).decode().rstrip('=')}'".encode(),
    "base32": lambda _c, data: f'"{base64.b32encode(data).decode()}"'.encode(),
    "hexadecimal": lambda _c, data: f'"{data.hex()}"'.encode(),
    "escapes": lambda _c, data: ('"' + "".join(f"\\x{byte:02x}" for byte in data) + '"').encode(),
    "character codes": lambda _c, data: ("[" + ",".join(map(str, data)) + "]").encode(),
    "base64, split literals": lambda c, data: "+".join(f'"{piece}"' for piece in _pieces(_b64(data), c)).encode(),
    "base64, backwards": lambda _c, data: f'"{_b64(data)[::-1]}"'.encode(),
    "base64, lines of 64": lambda _c, data: (
        "`" + "\n".join(_b64(data)[i : i + 64] for i in range(0, len(_b64(data)), 64)) + "`"
    ).encode(),
}
TURNED: dict[str, Callable[[str], str]] = {
    "text, backwards": lambda text: text[::-1],
    "text, rot13": lambda text: codecs.encode(text, "rot13"),
}


def _filler(chance: random.Random) -> bytes:
    words = ["render", "update", "index", "value", "token", "parse", "cursor", "layout", "buffer", "length", "offset"]
    lines = []
    for _ in range(25):
        one, two = chance.choice(words), chance.choice(words).title()
        lines.append(f'function {one}{two}(a,b){{return a.{one}?b["{two}"]:{chance.randint(0, 999)}}}')
    return "\n".join(lines).encode()


@cache
def _recall(encoding: str, key: str, length: int) -> int:
    """Return how many of `TRIALS` lists are found whole."""
    chance = random.Random(f"{encoding}:{key}:{length}")
    lists = [hosts(chance, length) for _ in range(TRIALS)]
    program = _filler(chance)
    for names in lists:
        program += b";var x=" + _written(encoding, key, names, chance) + b";" + _filler(chance)
    found = native.find(program, engine="python")
    hits = {hit.found.entries for hit in keys.search(found.candidates, "a.js", tried=max(1, found.tried))}
    return sum(tuple(names) in hits for names in lists)


def _written(encoding: str, key: str, names: list[str], chance: random.Random) -> bytes:
    if encoding in TURNED:
        return f'"{TURNED[encoding](",".join(names))}"'.encode()
    if encoding == "array of base64 items":
        one = _key(chance, 1) if key == "XOR, 1 byte" else b"\0"
        return ("[" + ",".join(f'"{_b64(encipher("xor", one, name.encode()))}"' for name in names) + "]").encode()
    return ENCODINGS[encoding](chance, KEYS[key](chance, ",".join(names).encode()))


def _rows() -> list[tuple[str, str]]:
    rows = [("base64", key) for key in KEYS]
    rows += [(encoding, key) for encoding in list(ENCODINGS)[1:] for key in ("none", "XOR, 1 byte", "XOR, 8 bytes")]
    rows += [("array of base64 items", "none"), ("array of base64 items", "XOR, 1 byte")]
    return [*rows, *((turned, "none") for turned in TURNED)]


def _table() -> str:
    head = "| encoding | key | " + " | ".join(map(str, LENGTHS)) + " |\n|---|---|" + "---|" * len(LENGTHS) + "\n"
    cells = [(e, k, [_recall(e, k, n) for n in LENGTHS]) for e, k in _rows()]
    return head + "".join(f"| {e} | {k} | {' | '.join(map(str, counts))} |\n" for e, k, counts in cells)


def test_the_table_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    snapshot.check(PAGE, head + BEGIN + "\n" + _table() + "\n" + END + rest.split(END)[1])


@pytest.mark.parametrize(("encoding", "key"), _rows())
def test_everything_named_is_found_at_20_entries(encoding: str, key: str) -> None:
    assert _recall(encoding, key, 20) == TRIALS


def test_one_byte_from_one_entry() -> None:
    assert _recall("base64", "XOR, 1 byte", 1) == TRIALS


def test_keys_of_eight_bytes_from_ten_entries() -> None:
    assert _recall("base64", "XOR, 8 bytes", 10) == TRIALS


def test_the_page_names_what_cannot_be_found() -> None:
    text = re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))
    for word in ("hashes", "other ciphers", "longer than 16", "not ASCII"):
        assert word in text, word
