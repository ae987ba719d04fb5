"""Content codings that are made to cost their reader: undone in bounded time, or given up."""

from __future__ import annotations

import gzip
import os
import time
import zlib

import pytest

from wiretell.errors import FormatError
from wiretell.gateway.door.coding import Reading, plain_body

_LIMIT = 64 << 20


def _timed(body: bytes, coding: str) -> tuple[bytes | None, float]:
    began = time.process_time()
    try:
        plain = plain_body(body, coding, _LIMIT)
    except FormatError:
        plain = None
    return plain, time.process_time() - began


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"") * 400_000),
        ("deflate", zlib.compress(b"") * 1_000_000),
        ("gzip", gzip.compress(b"x") * 17),
    ],
)
def test_many_members_are_given_up(coding: str, body: bytes) -> None:
    plain, took = _timed(body, coding)
    assert plain is None
    assert took < 0.5


def test_some_members_are_one_body() -> None:
    assert _timed(b"".join(gzip.compress(b"%x" % number) for number in range(16)), "gzip")[0] == b"0123456789abcdef"


def test_what_does_not_shrink_is_not_copied_over_and_over() -> None:
    plain = os.urandom(24 << 20)
    found, took = _timed(gzip.compress(plain, 0), "gzip")
    assert found == plain
    assert took < 0.5


@pytest.mark.parametrize(("size", "is_read"), [(1 << 20, True), (8 << 20, False)])
def test_what_grows_without_measure_is_given_up(size: int, is_read: bool) -> None:
    packed = gzip.compress(b"\0" * size)
    assert (_timed(packed, "gzip")[0] is not None) is is_read
    got: list[bytes] = []
    reading = Reading("gzip", got.append, _LIMIT)
    for start in range(0, len(packed), 100):
        reading.feed(packed[start : start + 100])
    assert bool(reading.fault) is not is_read
    assert sum(map(len, got)) <= max(1 << 20, 200 * len(packed))
