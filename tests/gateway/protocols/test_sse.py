from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.gateway.protocols.sse import EventSplitter


def data_of(stream: bytes, *cuts: int, limit: int = 1 << 20) -> list[bytes]:
    splitter = EventSplitter(limit)
    places = [0, *sorted(cuts), len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(places)]
    return [data for piece in pieces for data in splitter.feed(piece)]


STREAM = (
    b"\xef\xbb\xbfdata: a\r\n\r\nevent: x\rdata:b\rdata:  c\r\r: note\n\n"
    b"id: 1\r\ndata: d\r\ndata: D\r\n\n\n\ndata\n\ndata: e\n\nleft: over"
)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_all_ends_of_lines_are_the_same(end: bytes) -> None:
    stream = end.join([b"event: m", b"data: 1", b"data: 2", b"", b"data:3", b"", b""])
    assert data_of(stream) == [b"1\n2", b"3"]


def test_an_event_cut_at_any_two_places_is_the_same() -> None:
    whole = data_of(STREAM)
    assert whole == [b"a", b"b\n c", b"d\nD", b"e"]
    for first in range(len(STREAM) + 1):
        for second in (first + 1, first + 2, first + 7):
            assert data_of(STREAM, first, min(second, len(STREAM))) == whole


def test_byte_by_byte() -> None:
    assert data_of(STREAM, *range(len(STREAM))) == [b"a", b"b\n c", b"d\nD", b"e"]


@given(st.lists(st.sampled_from([b"data: x", b"data:", b"\r", b"\n", b":", b"event: e", b"\xef\xbb\xbf"])), st.data())
@example([b"data: x", b"\r", b"\n", b"\r", b"\n"], None)
def test_cutting_never_matters(parts: list[bytes], data: st.DataObject | None) -> None:
    stream = b"".join(parts)
    cuts = data.draw(st.lists(st.integers(0, len(stream)))) if data else [8, 9, 10]
    assert data_of(stream, *cuts) == data_of(stream)


@pytest.mark.parametrize("step", [1, 3, 64, 10_000])
def test_an_event_over_the_limit_is_skipped_and_counted_and_the_next_is_read(step: int) -> None:
    stream = b"data: a\n\ndata: " + b"x" * 500 + b"\n\ndata: b\r\n\r\ndata: " + b"y\ndata: " * 60 + b"\n\ndata: c\n\n"
    splitter = EventSplitter(100)
    found = []
    for at in range(0, len(stream), step):
        found += splitter.feed(stream[at : at + step])
        assert len(splitter._tail) <= 100 + step
    assert found == [b"a", b"b", b"c"]
    assert splitter.skipped == 2


def test_a_last_event_without_its_empty_line_can_be_looked_at() -> None:
    splitter = EventSplitter()
    assert splitter.feed(b"data: [DONE]\n") == []
    assert splitter.unfinished == b"[DONE]"
