"""Keys over gzip and zlib, from the encoded string to the list: as compressors write them."""

from __future__ import annotations

import base64
import gzip
import io
import random
import zlib

import pytest

from tests.scan.keys.planted import encipher, hosts
from wiretell.scan import keys, native
from wiretell.scan.native import engines
from wiretell.scan.native._packed import keyed_gzip, keyed_zlib

NAMES = tuple(hosts(random.Random(21), 20))
TEXT = ",".join(NAMES).encode()
KEYS = {size: bytes(random.Random(size).sample(range(1, 256), size)) for size in range(1, 9)}


def gzipped(name: str = "", time: int = 1_700_000_123, level: int = 9) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(name, "wb", level, out, mtime=time) as file:
        file.write(TEXT)
    return out.getvalue()


def searched(blob: bytes, engine: str) -> list[tuple[tuple[str, ...], bytes, tuple[str, ...]]]:
    found = native.find(b'x="' + base64.b64encode(blob) + b'";', engine=engine)
    hits = keys.search(found.candidates, "a.js", tried=1000)
    return [(hit.found.encoding, hit.found.key, hit.found.entries) for hit in hits]


@pytest.mark.parametrize("engine", engines())
@pytest.mark.parametrize("name", ["", "hosts.txt"])
@pytest.mark.parametrize("level", [1, 6, 9])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_gzip_with_a_time(size: int, level: int, name: str, engine: str) -> None:
    blob = encipher("xor", KEYS[size], gzipped(name, level=level))
    assert searched(blob, engine) == [(("base64", "xor", "gzip"), KEYS[size], NAMES)]


def test_gzip_as_python_writes_it() -> None:
    blob = encipher("xor", KEYS[1], gzip.compress(TEXT))
    assert searched(blob, "python") == [(("base64", "xor", "gzip"), KEYS[1], NAMES)]


@pytest.mark.parametrize("size", range(1, 9))
def test_gzip_without_a_time(size: int) -> None:
    blob = encipher("xor", KEYS[size], gzip.compress(TEXT, mtime=0))
    assert searched(blob, "python") == [(("base64", "xor", "gzip"), KEYS[size], NAMES)]


@pytest.mark.parametrize("size", [5, 8])
def test_a_longer_key_over_a_time_is_out_of_reach(size: int) -> None:
    assert searched(encipher("xor", KEYS[size], gzipped()), "python") == []


@pytest.mark.parametrize("engine", engines())
@pytest.mark.parametrize("level", [1, 5, 6, 9])
@pytest.mark.parametrize("size", [1, 2])
def test_zlib(size: int, level: int, engine: str) -> None:
    blob = encipher("xor", KEYS[size], zlib.compress(TEXT, level))
    assert searched(blob, engine) == [(("base64", "xor", "zlib"), KEYS[size], NAMES)]


@pytest.mark.parametrize("size", [1, 2])
def test_zlib_with_the_fixed_codes(size: int) -> None:
    packer = zlib.compressobj(9, strategy=zlib.Z_FIXED)
    blob = encipher("xor", KEYS[size], packer.compress(TEXT) + packer.flush())
    assert searched(blob, "python") == [(("base64", "xor", "zlib"), KEYS[size], NAMES)]


def test_random_bytes_look_like_neither() -> None:
    chance = random.Random(4)
    blobs = [chance.randbytes(40) for _ in range(20_000)]
    work = [0] * 512
    assert sum(keyed_gzip(blob, 40) for blob in blobs) == 0
    assert sum(keyed_zlib(blob, 40, work) for blob in blobs) <= 3
