from __future__ import annotations

import mmap
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.model.scan import Place
from wiretell.scan.interface import BINARY, JAVASCRIPT, Piece
from wiretell.scan.mentions import raw
from wiretell.scan.mentions.layout import Layout
from wiretell.scan.mentions.raw import search

NAMED = b"\0/etc/machine-id\0https://api.acme.com/v1\0ACME_BASE_URL\0IOPlatformUUID\0MachineGuid\0//comment.com\0"


def found(data: bytes, *others: Piece) -> list[tuple[str, str, bytes]]:
    piece = Piece("app", BINARY, data)
    layout = Layout.of([piece, *others])
    return [
        (find.kind, find.name, data[find.place.offset : find.place.offset + find.place.length])
        for find in search(piece, layout)
    ]


def test_what_raw_bytes_name() -> None:
    assert found(NAMED) == [
        ("file", "/etc/machine-id", b"/etc/machine-id"),
        ("url", "api.acme.com", b"api.acme.com"),
        ("variable", "ACME_BASE_URL", b"ACME_BASE_URL"),
        ("file", "IOPlatformUUID", b"IOPlatformUUID"),
        ("file", "MachineGuid", b"MachineGuid"),
    ]


def test_what_other_pieces_cover_is_left_to_them() -> None:
    module = Piece("app!cli.js", JAVASCRIPT, NAMED[10:], Place("app", 10, len(NAMED) - 10))
    assert found(NAMED, module) == []
    assert list(search(module, Layout.of([module]))) == []


def test_a_longer_name_is_not_the_shorter() -> None:
    assert found(b"ACME_BASE_URL_OLD ACME_API_KEYS x_BASE_URL") == []


def test_windows_lose_and_repeat_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = NAMED * 4 + b"//" + b"a" * 250 + NAMED + b"X" * 70 + b"_API_KEY"
    whole = found(data)
    for size in (1, 7, 64, 100, 333):
        monkeypatch.setattr(raw, "_SPAN", size)
        piece = Piece("app", BINARY, data)
        places = [find.place for find in search(piece, Layout.of([piece]))]
        assert len(places) == len(set(places)), size
        assert sorted(found(data)) == sorted(whole), size


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux")
def test_a_large_file_does_not_stay_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as new:
        new.truncate(96 << 20)
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as view,
    ):
        piece = Piece("sparse", BINARY, view)
        assert list(search(piece, Layout.of([piece]))) == []
        assert _resident("sparse") < 16 << 10


def _resident(name: str) -> int:
    """Return how many KiB of a mapped file are in memory."""
    regions = Path("/proc/self/smaps").read_text().split("VmFlags")
    return sum(int(re.findall(r"^Rss:\s+(\d+)", one, re.M)[0]) for one in regions if f"/{name}\n" in one)


def test_words_across_two_chunks() -> None:
    data = b"\0" * ((1 << 20) - 5) + b"MachineGuid" + b"\0" * 50
    assert found(data) == [("file", "MachineGuid", b"MachineGuid")]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.lists(st.tuples(st.integers(-50, 400), st.integers(0, 400)), max_size=4))
def test_any_bytes_and_any_layout(data: bytes, spans: list[tuple[int, int]]) -> None:
    others = [Piece(f"app!{i}", BINARY, b"", Place("app", at, size)) for i, (at, size) in enumerate(spans)]
    for _, name, shown in found(data + NAMED, *others):
        assert name.encode() == shown
