"""The language model: a code, made reproducibly, that likes lists better than noise."""

import hashlib
import json
import random
from importlib import resources

from hypothesis import given
from hypothesis import strategies as st

from wiretell.scan.language import ALPHABET, COSTS, DEAREST, START, UNITS, code_length_bits


def test_costs_are_a_code_in_every_context() -> None:
    costs = COSTS()
    assert len(costs) == 65536
    for a in range(256):
        assert sum(2 ** (-cost / UNITS) for cost in costs[a * 256 : a * 256 + 256]) <= 1


def test_bytes_outside_the_alphabet_cost_the_most() -> None:
    outside = set(range(256)) - set(ALPHABET)
    assert all(COSTS()[a * 256 + b] == DEAREST for a in (START, 0x61, 0xFF) for b in outside)


def test_the_table_is_the_one_its_sidecar_describes() -> None:
    data = resources.files("wiretell.scan.language") / "data"
    about = json.loads((data / "bigrams.json").read_text())
    assert hashlib.sha256((data / "bigrams.bin").read_bytes()).hexdigest() == about["sha256"]
    assert {"made", "python", "tzdata", "sources_sha256"} <= set(about)


@given(st.binary(max_size=300))
def test_a_text_costs_what_its_pairs_cost(text: bytes) -> None:
    pairs = zip(bytes((START,)) + text, text, strict=False)
    assert code_length_bits(text) == sum(COSTS()[a * 256 + b] for a, b in pairs) / UNITS


def test_long_texts_are_added_up_across_chunks() -> None:
    text = b"orchard.example," * 9000
    pairs = zip(bytes((START,)) + text, text, strict=False)
    assert code_length_bits(text) == sum(COSTS()[a * 256 + b] for a, b in pairs) / UNITS


def test_hosts_are_cheap_and_noise_is_dear() -> None:
    noise = bytes(random.Random(1).choices(ALPHABET, k=200))
    hosts = b"maple-garden.example.org,riverstone.net,api.blue-lantern.io"
    assert code_length_bits(hosts) / len(hosts) < 4.6
    assert code_length_bits(noise) / len(noise) > 8
