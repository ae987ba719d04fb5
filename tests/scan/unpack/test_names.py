"""Names that are long, that look like others, and what is spent on them."""

from __future__ import annotations

import gzip
import struct
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scan.unpack.build import bun_executable, taken, taken_bytes, tar, zipped
from wiretell.scan.interface import JAVASCRIPT
from wiretell.scan.unpack import sizes
from wiretell.scan.unpack import tar as tars
from wiretell.scan.unpack.names import LONGEST, clipped


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=3000))
def test_names_are_clipped_at_once_and_for_good(name: str) -> None:
    once = clipped(name)
    assert len(once) <= LONGEST
    assert clipped(once) == once


def test_long_names_stay_distinct_and_keep_their_kind(tmp_path: Path) -> None:
    names = ["n" * 5000 + f"{i}" + "m" * 5000 + ".js" for i in range(2)]
    pieces, _, _ = taken_bytes(tmp_path, tar(dict.fromkeys(names, b"1")))
    inner = [piece for piece in pieces.values() if "!/" in piece.path]
    assert len({piece.path for piece in inner}) == 2
    assert all(len(piece.path) < LONGEST + 10 for piece in inner)
    assert {piece.kind for piece in inner} == {JAVASCRIPT}


def test_one_long_name_before_many_members_is_not_multiplied(tmp_path: Path) -> None:
    inner = zipped({f"f{i}": b"a" for i in range(200)})
    pieces, _, _ = taken_bytes(tmp_path, tar({"n" * 100_000: inner}))
    assert len(pieces) > 200
    assert max(map(len, pieces)) < 2 * LONGEST + 10


def test_long_names_of_modules_are_clipped(tmp_path: Path) -> None:
    pieces, _, _ = taken_bytes(tmp_path, bun_executable([("a" * 4000 + ".js", b"1", 1)]))
    assert max(map(len, pieces)) < LONGEST + 10


def test_no_file_passes_for_the_part_of_another(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(tar({"m": b"1", "a!/m": b"2"}))
    (tmp_path / "x.tar!").mkdir()
    (tmp_path / "x.tar!" / "m").write_bytes(b"3")
    pieces, _, _ = taken(tmp_path)
    assert sorted(pieces) == sorted(["x.tar", "x.tar!/m", r"x.tar!/a\x21/m", r"x.tar\x21/m"])


def test_sizes_of_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "b").write_bytes(b"345")
    (tmp_path / "link").symlink_to(tmp_path)
    assert sizes(tmp_path) == 5
    assert sizes(tmp_path / "a") == 2
    assert sizes(tmp_path / "none") == 0


@pytest.mark.parametrize("text", [b"1" * 1_000_000, b"9 path=a\n" * 100_000, b"0 path=a\n", b"99 path=a\n", b"\n" * 9])
def test_records_of_pax_are_read_once(text: bytes) -> None:
    began = time.monotonic()
    name, size, sparse = tars._pax(text, "kept", 7)
    assert (name, size, sparse) == ("a" if text.startswith(b"9 ") else "kept", 7, False)
    assert time.monotonic() - began < 5


def test_records_of_pax_go_by_their_length() -> None:
    inner = b"x\n12 path=evil\n"
    record = b" comment=" + inner + b"\n"
    text = b"%d" % (len(record) + 2) + record + b"15 path=honest\n"
    assert tars._pax(text, "", -1)[0] == "honest"


def member(body: bytes, *, name: bytes = b"", flags: int = 8) -> bytes:
    packed = zlib.compress(body, wbits=-15)
    head = b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + name
    return head + packed + struct.pack("<II", zlib.crc32(body), len(body))


def test_a_gzip_header_without_an_end_is_refused_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    pieces, _, missing = taken_bytes(tmp_path, b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 5_000_000, "x.gz")
    assert any("name of more than" in one.why for one in missing)
    long = member(b"x", name=b"n" * 60_000 + b"\0") * 50
    pieces, _, _ = taken_bytes(tmp_path, long, "y.gz")
    assert pieces["y.gz!/y"].data == b"x" * 50
    assert time.monotonic() - began < 5


def test_gzip_members_of_every_form(tmp_path: Path) -> None:
    extra = member(b"2", name=b"\x03\0abcname\0comment\0\x12\x34", flags=2 | 4 | 8 | 16)
    data = gzip.compress(b"1" * 100_000) + extra + bytes(3000) + member(b"", name=b"\0") + gzip.compress(b"3")
    pieces, _, missing = taken_bytes(tmp_path, data + bytes(10), "x.gz")
    assert pieces["x.gz!/x"].data == b"1" * 100_000 + b"23"
    assert not missing


def test_a_wrong_checksum_is_said_and_the_text_read(tmp_path: Path) -> None:
    pieces, _, missing = taken_bytes(tmp_path, gzip.compress(b"text")[:-8] + bytes(8), "x.gz")
    assert pieces["x.gz!/x"].data == b"text"
    assert any("checksum" in one.why for one in missing)
