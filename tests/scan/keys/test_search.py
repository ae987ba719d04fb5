"""Each cipher and layer is undone; what is kept of it."""

import base64
import gzip
import hashlib
import json
import random
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scan.keys.planted import candidate, encipher, found, hosts
from wiretell.model.scan import ListKind, Place
from wiretell.scan.keys import THRESHOLD, search
from wiretell.scan.keys.ciphers import undo

CIPHERS = [("xor", 1), ("add", 1), ("xor-index", 1), ("add-index", 1), ("xor", 3), ("xor", 8), ("add", 5)]


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@given(st.sampled_from(CIPHERS), st.binary(min_size=8, max_size=8), st.binary(max_size=700))
def test_undo_undoes(cipher: tuple[str, int], key: bytes, plain: bytes) -> None:
    name, size = cipher
    assert (
        undo(name, key[:size], encipher(name, key, plain) if size == 8 else encipher(name, key[:size], plain)) == plain
    )


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CIPHERS), st.integers(0, 10**9))
def test_lists_under_a_key(cipher: tuple[str, int], seed: int) -> None:
    chance = random.Random(seed)
    name, size = cipher
    # To add 128 is to flip the top bit: no one can tell the two ciphers apart.
    key = bytes(chance.sample([byte for byte in range(1, 256) if byte != 128], size))
    text = ",".join(hosts(chance, 12))
    hit = found(encipher(name, key, text.encode()))
    assert hit is not None
    assert hit.found.kind is ListKind.KEYED
    assert (hit.found.encoding, hit.found.key) == (("base64", name), key)
    assert hit.found.entries == tuple(text.split(","))
    assert hit.found.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert hit.found.places == (Place("a.js", 7, 100),)
    assert hit.found.evidence_bits >= THRESHOLD


@pytest.mark.parametrize(
    ("name", "size", "entries"), [("xor", 8, 10), ("add", 8, 10), ("xor", 16, 20), ("xor", 13, 20)]
)
def test_repeating_keys_twenty_of_twenty(name: str, size: int, entries: int) -> None:
    for seed in range(20):
        chance = random.Random(seed)
        key = bytes(chance.randrange(1, 256) for _ in range(size))
        hit = found(encipher(name, key, ",".join(hosts(chance, entries)).encode()), tried=100_000)
        assert hit is not None, seed
        assert hit.found.key == key, seed


def test_one_host_under_one_byte() -> None:
    """Eighteen characters are enough among a thousand candidates."""
    for seed in range(20):
        chance = random.Random(seed)
        host = next(host for host in hosts(chance, 100) if len(host) >= 18)
        key = bytes((chance.randrange(1, 256),))
        hit = found(encipher("xor", key, host.encode()))
        assert hit is not None, host
        assert (hit.found.entries, hit.found.separator, hit.found.key) == ((host,), "", key)


@pytest.mark.parametrize("separator", [",", "\n", " ", "|", ";", "\t", "\0", ", "])
def test_separators(separator: str) -> None:
    names = hosts(random.Random(5), 12)
    hit = found(encipher("xor", b"\xa7", separator.join(names).encode()))
    assert hit is not None
    assert (hit.found.entries, hit.found.separator) == (tuple(names), separator)


def test_json_arrays() -> None:
    names = hosts(random.Random(5), 12)
    text = json.dumps(names)
    hit = found(encipher("xor", b"\xa7", text.encode()))
    assert hit is not None
    assert (hit.found.entries, hit.found.separator) == (tuple(names), '", "')
    assert hit.found.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_items_share_a_key() -> None:
    names = hosts(random.Random(5), 6)
    parts = [encipher("xor", b"\x9a\x31\xc4", name.encode()) for name in names]
    hit = found(*parts, steps=("items", "base64"))
    assert hit is not None
    assert (hit.found.entries, hit.found.separator, hit.found.key) == (tuple(names), "", b"\x9a\x31\xc4")
    assert hit.found.sha256 == hashlib.sha256(",".join(names).encode()).hexdigest()


@pytest.mark.parametrize(
    ("step", "pack"),
    [
        ("gzip", lambda data: gzip.compress(data, mtime=0)),
        ("zlib", zlib.compress),
        ("deflate", raw_deflate),
        ("zstd", zstandard.compress),
        ("base64", base64.b64encode),
        ("hex", lambda data: data.hex().encode()),
        ("base32", base64.b32encode),
        ("reversed", lambda data: data[::-1]),
    ],
)
def test_layers_hold_lists(step: str, pack: Callable[[bytes], bytes]) -> None:
    names = hosts(random.Random(5), 20)
    hit = found(pack(",".join(names).encode()))
    assert hit is not None
    assert hit.found.kind is ListKind.LAYERED
    assert (hit.found.encoding, hit.found.key) == (("base64", step), b"")
    assert hit.found.entries == tuple(names)


@pytest.mark.parametrize("key", [b"\x5c", b"\x9a\x31\xc4", bytes(range(11, 19))])
def test_key_over_gzip(key: bytes) -> None:
    names = hosts(random.Random(5), 20)
    hit = found(encipher("xor", key, gzip.compress(",".join(names).encode(), mtime=0)))
    assert hit is not None
    assert (hit.found.encoding, hit.found.key) == (("base64", "xor", "gzip"), key)
    assert hit.found.entries == tuple(names)


@pytest.mark.parametrize("key", [b"\x5c", b"\x9a\x31"])
def test_key_over_zlib(key: bytes) -> None:
    names = hosts(random.Random(5), 20)
    hit = found(encipher("xor", key, zlib.compress(",".join(names).encode())))
    assert hit is not None
    assert (hit.found.encoding, hit.found.key) == (("base64", "xor", "zlib"), key)


def test_key_under_and_over_another_encoding() -> None:
    names = hosts(random.Random(5), 20)
    text = ",".join(names).encode()
    under = found(base64.b64encode(encipher("xor", b"\xc3", text)))
    over = found(encipher("xor", b"\xc3", base64.b64encode(text)))
    assert under is not None
    assert over is not None
    assert under.found.encoding == ("base64", "base64", "xor")
    assert over.found.encoding == ("base64", "xor", "base64")
    assert under.found.entries == over.found.entries == tuple(names)


def test_plain_lists_are_plain_and_split_words_are_nothing() -> None:
    text = ",".join(hosts(random.Random(5), 12)).encode()
    plain, layered = found(text), found(text, steps=("split", "base64"))
    assert plain is not None
    assert layered is not None
    assert (plain.found.kind, layered.found.kind) == (ListKind.PLAIN, ListKind.LAYERED)
    assert found(text, steps=("split",)) is None
    assert found(text, steps=("text",)) is None


def test_evidence_grows_with_the_list() -> None:
    names = hosts(random.Random(5), 40)
    bits = []
    for count in (2, 4, 8, 16, 32):
        hit = found(encipher("xor", b"\x93\x5e", ",".join(names[:count]).encode()))
        bits.append(hit.found.evidence_bits if hit else 0.0)
    assert bits == sorted(bits)


def test_without_a_number_of_candidates_those_given_count() -> None:
    text = ",".join(hosts(random.Random(5), 12)).encode()
    few = search([candidate(encipher("xor", b"\x93", text))], "a.js")
    many = search([candidate(encipher("xor", b"\x93", text))], "a.js", tried=1024)
    assert many[0].found.search_bits == few[0].found.search_bits + 10
