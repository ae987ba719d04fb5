"""What is no hidden list stays one; what is hostile stays bounded."""

import base64
import gzip
import hashlib
import random
import time
import tracemalloc
import uuid
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scan.keys.planted import candidate, encipher, found, hosts
from wiretell.model.findings import NotExamined
from wiretell.scan.keys import search
from wiretell.scan.keys.repeating import Effort

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#333" d="M12 2C6.48 2 2 6.48 2 12s4.48 10'
    b' 10 10 10-4.48 10-10S17.52 2 12 2zm0 18c-4.41 0-8-3.59-8-8s3.59-8 8-8 8 3.59 8 8-3.59 8-8 8z"/></svg>'
)
CSS = b".button{display:inline-block;padding:4px 8px;color:#333}.button:hover{color:#000;background:rgba(0,0,0,.1)}" * 3
JSON = b'{"name":"thing","version":3,"items":[{"id":1,"label":"first"},{"id":2,"label":"second"}],"ok":true}'
PEM = (
    b"-----BEGIN CERTIFICATE-----\n"
    + base64.encodebytes(random.Random(3).randbytes(600))
    + b"-----END CERTIFICATE-----\n"
)
WASM = b"\0asm\1\0\0\0\1\7\1\x60\2\x7f\x7f\1\x7f\3\2\1\0\7\7\1\3add\0\0\x0a\x09\1\7\0\x20\0\x20\1\x6a\x0b" * 4
PROSE = b"It was a bright day, and the river ran slowly; nobody on the bank said much about the weather. " * 8
NAMES = (
    "getElementsByTagName",
    "removeEventListener",
    "internationalization",
    "createDocumentFragment",
    "dangerouslySetInnerHTML0",
    "configuration/settings",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij",
)


def as_base64(text: str) -> bytes:
    return base64.b64decode(text + "A" * (-len(text) % 4))


@settings(max_examples=150, deadline=None)
@given(st.binary(min_size=8, max_size=120))
def test_random_bytes(blob: bytes) -> None:
    hit = found(blob)
    assert hit is None or hit.found.key == b"", hit


@pytest.mark.parametrize(
    "blob",
    [
        b"\x91" * 500,
        bytes(range(256)),
        bytes(range(255, -1, -1)) * 3,
        bytes(i * i & 255 for i in range(400)),
        bytes(random.Random(1).choices(range(16), k=160)),
        b"".join(i.to_bytes(4, "little") for i in range(1000, 1200)),
        b"\0\1\2\3" * 40 + b"\7" * 80,
        uuid.UUID(int=random.Random(2).getrandbits(128)).bytes,
        hashlib.sha256(b"neutral").digest(),
        WASM,
        gzip.compress(PROSE, mtime=0),
    ],
)
def test_tables_and_hashes(blob: bytes) -> None:
    assert found(blob) is None


@pytest.mark.parametrize("name", NAMES)
def test_names_that_could_be_base64(name: str) -> None:
    assert found(as_base64(name), tried=1) is None


@pytest.mark.parametrize("asset", [SVG, CSS, JSON, PEM, PROSE])
def test_assets(asset: bytes) -> None:
    """As base64, as gzip in base64, as text: no list."""
    for blob in (asset, gzip.compress(asset), zlib.compress(asset), base64.b64encode(asset)):
        assert found(blob) is None
    assert found(asset, steps=("text",)) is None


@pytest.mark.parametrize(
    "blob",
    [
        bytes(1 << 20),
        gzip.compress(bytes(1 << 26)),
        zlib.compress(b"a.example," * (1 << 22)),
        random.Random(4).randbytes(1 << 20),
    ],
    ids=["zeros", "gzip bomb", "zlib bomb", "noise"],
)
def test_hostile_blobs_are_bounded(blob: bytes) -> None:
    tracemalloc.start()
    began = time.process_time()
    assert found(blob) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - began < 5
    assert peak < 32 << 20


@pytest.mark.parametrize("blob", [b"", b"\x1f\x8b", b"\x78\x9c", b"\x28\xb5\x2f\xfd\0\0", b"\x1f\x8b\x08" + bytes(40)])
def test_stumps(blob: bytes) -> None:
    assert found(blob) is None


def test_nothing_gives_nothing() -> None:
    assert search([], "a.js") == []
    assert search([candidate()], "a.js") == []


def test_noise_is_dismissed_quickly() -> None:
    chance = random.Random(6)
    noise = [candidate(chance.randbytes(chance.choice((8, 12, 24, 48, 100)))) for _ in range(600)]
    began = time.process_time()
    assert search(noise, "a.js", tried=100_000) == []
    assert time.process_time() - began < 1


PRINTABLE = bytes(range(32, 127))


def under_keys(count: int, seed: int) -> list[bytes]:
    """Random printable characters under keys of 2 to 8 bytes."""
    chance = random.Random(seed)
    return [
        encipher("xor", chance.randbytes(chance.randint(2, 8)), bytes(chance.choices(PRINTABLE, k=160)))
        for _ in range(count)
    ]


def test_random_characters_under_a_repeating_key_are_no_list() -> None:
    left: list[NotExamined] = []
    assert search([candidate(blob) for blob in under_keys(120, 21)], "a.js", tried=1000, left=left) == []
    assert left == []


@pytest.mark.parametrize("cipher", ["xor", "add", "xor-index", "add-index"])
def test_random_characters_under_one_byte_are_no_list(cipher: str) -> None:
    chance = random.Random(23)
    for _ in range(60):
        plain = bytes(chance.choices(PRINTABLE, k=160))
        assert found(encipher(cipher, bytes([chance.randrange(1, 256)]), plain)) is None


def test_repeating_keys_are_searched_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out is said, and the same each time; one byte of key is searched all the same."""
    monkeypatch.setattr(Effort.__init__, "__defaults__", (300,))
    blobs = under_keys(40, 22)
    text = ",".join(hosts(random.Random(5), 12)).encode()
    blobs += [encipher("xor", b"\x93", text), encipher("xor", b"\x93\x11\x5e", text)]
    left: list[NotExamined] = []
    hits = search([candidate(blob) for blob in blobs], "a.js", tried=1000, left=left)
    assert [hit.found.key for hit in hits] == [b"\x93"]
    assert len(left) == 1
    again: list[NotExamined] = []
    search([candidate(blob) for blob in blobs], "a.js", tried=1000, left=again)
    assert again == left
    count = int(left[0].what.split()[0])
    assert 20 < count <= 41
    assert left[0].what.endswith("encoded strings in a.js")
