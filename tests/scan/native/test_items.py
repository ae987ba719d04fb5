"""Arrays whose entries were encoded one by one, under keys that begin anew in each."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable

import pytest

from tests.scan.keys.planted import encipher, hosts
from wiretell.scan import keys
from wiretell.scan.native import engines, find

NAMES = tuple(hosts(random.Random(31), 20))
KEYS = {size: bytes(random.Random(size).sample(range(1, 256), size)) for size in range(1, 17)}
ENCODERS: dict[str, Callable[[bytes], bytes]] = {"base64": base64.b64encode, "hex": lambda part: part.hex().encode()}


def array(encode: Callable[[bytes], bytes], parts: list[bytes]) -> bytes:
    return b"var a=[" + b",".join(b'"' + encode(part) + b'"' for part in parts) + b"];"


@pytest.mark.parametrize("engine", engines())
@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("size", range(1, 9))
def test_a_key_begins_anew_in_each_item(size: int, encoding: str, engine: str) -> None:
    parts = [encipher("xor", KEYS[size], name.encode()) for name in NAMES]
    found = find(array(ENCODERS[encoding], parts), engine=engine)
    hits = keys.search(found.candidates, "a.js", tried=1000)
    assert (("items", encoding, "xor"), KEYS[size], NAMES) in [
        (hit.found.encoding, hit.found.key, hit.found.entries) for hit in hits
    ]


@pytest.mark.parametrize("engine", engines())
@pytest.mark.parametrize("size", [*range(2, 17), 0])
def test_the_survey_lets_all_keys_pass(size: int, engine: str) -> None:
    cipher, key = ("xor", KEYS[size]) if size else ("xor-index", b"\x59")
    parts = [encipher(cipher, key, name.encode()) for name in NAMES]
    found = find(array(base64.b64encode, parts), engine=engine).candidates
    assert any(one.steps == ("items", "base64") and one.parts == tuple(parts) for one in found)


def test_items_of_random_bytes_hardly_survive() -> None:
    chance = random.Random(8)
    arrays = [[chance.randbytes(chance.randint(4, 24)) for _ in range(chance.randint(3, 9))] for _ in range(3000)]
    found = find(b"\n\n".join(array(base64.b64encode, parts) for parts in arrays), engine="python")
    assert sum("items" in one.steps for one in found.candidates) < 30
