"""Cutting a stream into pieces loses nothing and doubles nothing."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logs.fakes import stream
from wiretell.logs.cut import Piece, Sizes, pieces

_SMALL = Sizes(piece=8, overlap=3, longest=20)
_TEXTS = st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\n\n", b"x" * 30, b"y" * 9]), max_size=30).map(b"".join)


def _own(piece: Piece) -> bytes:
    return piece.data[piece.before : len(piece.data) - piece.after]


@settings(deadline=None)
@given(_TEXTS)
def test_own_bytes_of_all_pieces_are_the_stream(data: bytes) -> None:
    found = list(pieces(stream(data), sizes=_SMALL))
    assert b"".join(map(_own, found)) == data
    for piece in found:
        assert data[piece.offset : piece.offset + len(piece.data)] == piece.data


@settings(deadline=None)
@given(_TEXTS)
def test_whole_pieces_end_at_line_ends(data: bytes) -> None:
    for piece in pieces(stream(data), sizes=_SMALL):
        begins, ends = piece.own
        if not piece.is_window:
            assert begins == 0 or data[begins - 1 : begins] == b"\n"
            assert ends == len(data) or data[ends - 1 : ends] == b"\n"


@settings(deadline=None)
@given(_TEXTS)
def test_a_window_knows_its_neighbours_bytes(data: bytes) -> None:
    found = [piece for piece in pieces(stream(data), sizes=_SMALL) if piece.is_window]
    for piece, after in pairwise(found):
        if after.is_first:
            assert piece.after == piece.shared == 0
            continue
        assert piece.shared == piece.after + _SMALL.overlap
        assert after.offset == piece.offset + len(piece.data) - piece.shared
        assert after.before == _SMALL.overlap


@settings(deadline=None)
@given(_TEXTS, st.integers(1, 70))
def test_ranges_share_out_the_lines(data: bytes, step: int) -> None:
    """Each line comes in the range in which it begins, however the stream is cut."""
    got = []
    for start in range(0, len(data), step):
        first = 0 if start == 0 else data.find(b"\n", start - 1) + 1 or len(data)
        end = start + step
        if first < end:
            got += [_own(piece) for piece in pieces(stream(data[first:]), first, end, _SMALL)]
    assert b"".join(got) == data


def test_only_what_is_longer_than_a_line_may_be_comes_in_windows() -> None:
    data = b"a\n" + b"x" * 100 + b"\nb\n"
    found = list(pieces(stream(data), sizes=_SMALL))
    windows = [piece for piece in found if piece.is_window]
    assert b"".join(map(_own, windows)) == b"x" * 100 + b"\n"
    assert [piece.is_first for piece in windows] == [True] + [False] * (len(windows) - 1)
