from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scan.unpack.build import flat_bomb, taken, taken_bytes, tar, zipped
from wiretell.scan.interface import Piece
from wiretell.scan.unpack import Limits, pieces

TEXT = b"const planted = 'words of no meaning';\n" * 40
FILES = {"a/one.js": TEXT, "two.py": b"import os\n", "three.bin": bytes(range(256))}


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACKED = {"gzip": gzip.compress, "zstd": zstd, "bzip2": bz2.compress}


@pytest.mark.parametrize("form", PACKED)
def test_compressed_bytes_are_known_by_their_magic_whatever_their_name(form: str, tmp_path: Path) -> None:
    found, embedded, missed = taken_bytes(tmp_path, PACKED[form](TEXT), "chart.js")
    assert [(piece.path, piece.kind, piece.inside) for piece in found.values()] == [
        ("chart.js", "binary", None),
        ("chart.js!/chart.js", "javascript", None),
    ]
    assert bytes(found["chart.js!/chart.js"].data) == TEXT
    assert (embedded[0].format, embedded[0].read_as, missed) == (form, "unpacked", [])


@pytest.mark.parametrize("form", PACKED)
def test_several_streams_one_after_another_are_one(form: str, tmp_path: Path) -> None:
    found, _, missed = taken_bytes(tmp_path, PACKED[form](TEXT) + PACKED[form](b"more"), "x.js.gz")
    assert bytes(found["x.js.gz!/x.js"].data) == TEXT + b"more" and missed == []


def test_a_zstd_frame_that_is_to_be_skipped_does_not_hide_the_next(tmp_path: Path) -> None:
    skipped = b"\x53\x2a\x4d\x18" + struct.pack("<I", 5) + b"words"
    found, _, _ = taken_bytes(tmp_path, skipped + zstd(TEXT), "x.zst")
    assert bytes(found["x.zst!/x"].data) == TEXT


@pytest.mark.parametrize("form", PACKED)
@pytest.mark.parametrize("tail", [-6, b"what is no stream"])
def test_what_came_out_before_a_break_is_read_and_the_break_is_said(
    form: str, tail: int | bytes, tmp_path: Path
) -> None:
    noise = bytes((i * i * 31 >> 4) & 127 | 32 for i in range(400_000))
    whole = PACKED[form](noise)
    found, _, missed = taken_bytes(tmp_path, whole[:tail] if isinstance(tail, int) else whole + tail, "x.gz")
    if form == "bzip2" and isinstance(tail, bytes):  # bzip2 itself ignores what follows
        assert bytes(found["x.gz!/x"].data) == noise
    elif isinstance(tail, bytes):
        assert bytes(found["x.gz!/x"].data) == noise and "breaks off" in missed[0].why
    else:
        assert len(missed) == 1 and ("breaks off" in missed[0].why or "no whole" in missed[0].why)


def test_bytes_that_only_begin_like_a_stream_are_raw(tmp_path: Path) -> None:
    found, embedded, missed = taken_bytes(tmp_path, b"\x1f\x8b\x08 and no more of it", "x")
    assert list(found) == ["x"] and embedded[0].read_as == "raw bytes" and "begins like gzip" in missed[0].why


def test_members_of_a_packed_tar_stand_in_what_was_unpacked(tmp_path: Path) -> None:
    long = {"b/" * 80 + "long.js": TEXT, **FILES}
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        found, _, missed = taken_bytes(tmp_path, gzip.compress(tar(long, form)), "x.tgz")
        assert list(found) == ["x.tgz", "x.tgz!", *(f"x.tgz!/{name}" for name in long)] and missed == []
        for name, data in long.items():
            piece = found[f"x.tgz!/{name}"]
            assert bytes(piece.data) == data
            assert piece.inside is not None and piece.inside.file == "x.tgz!"
            assert bytes(found["x.tgz!"].data[piece.inside.offset :][: piece.inside.length]) == data
        assert [found[f"x.tgz!/{name}"].kind for name in FILES] == ["javascript", "python", "binary"]


def test_a_tar_from_before_posix_is_known_by_its_checksum(tmp_path: Path) -> None:
    raw = bytearray(tar({"one.js": TEXT}, tarfile.USTAR_FORMAT))
    raw[257:345] = bytes(88)
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    found, _, _ = taken_bytes(tmp_path, bytes(raw), "x.bin")
    assert bytes(found["x.bin!/one.js"].data) == TEXT


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("prefix", [b"", b"#!/usr/bin/env python3\n"])
def test_members_of_zip_archives_and_wheels(method: int, prefix: bytes, tmp_path: Path) -> None:
    whole = prefix + zipped({**FILES, "folder/": b""}, method)
    found, embedded, missed = taken_bytes(tmp_path, whole, "x-1-py3-none-any.whl")
    assert {path.partition("!/")[2]: bytes(piece.data) for path, piece in found.items() if "!" in path} == FILES
    assert (embedded[0].format, embedded[0].read_as, missed) == ("wheel", "unpacked", [])
    for piece in found.values():
        if piece.inside is not None:
            assert whole[piece.inside.offset :][: piece.inside.length] == bytes(piece.data)
            assert method == zipfile.ZIP_STORED


def test_encrypted_and_unknown_members_are_said(tmp_path: Path) -> None:
    raw = bytearray(zipped({"secret.js": TEXT}))
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    assert taken_bytes(tmp_path, bytes(raw), "x.zip")[2][0].why == "it is encrypted"
    _, _, missed = taken_bytes(tmp_path, zipped({"a.js": TEXT}, zipfile.ZIP_LZMA), "y.zip")
    assert "method 14" in missed[0].why


def test_formats_that_are_not_unpacked_are_said(tmp_path: Path) -> None:
    _, embedded, missed = taken_bytes(tmp_path, lzma.compress(TEXT), "x.xz")
    assert (embedded[0].format, embedded[0].read_as, missed[0].why) == ("xz", "not read", "xz is not unpacked here")


def test_a_directory_of_a_zip_that_is_cut_off_is_said(tmp_path: Path) -> None:
    found, _, missed = taken_bytes(tmp_path, zipped(FILES)[:-30], "x.zip")
    assert list(found) == ["x.zip"] and "no directory" in missed[0].why


def test_containers_in_containers_are_opened_to_a_depth(tmp_path: Path) -> None:
    data = TEXT
    for _ in range(6):
        data = zipped({"in": data})
    found, _, missed = taken_bytes(tmp_path, data, "x.zip")
    assert len(found) == 5 and missed[0].why == "deeper than 4 containers in each other"
    nested = zipped({"b.tgz": gzip.compress(tar({"c.js": TEXT}))})
    found, _, missed = taken_bytes(tmp_path, nested, "a.zip")
    assert bytes(found["a.zip!/b.tgz!/c.js"].data) == TEXT and missed == []


def test_a_stream_with_the_ratio_of_a_bomb_is_dropped(tmp_path: Path) -> None:
    for form in (gzip.compress, zstd):
        found, embedded, missed = taken_bytes(tmp_path, form(bytes(24 << 20)), "x")
        assert list(found) == ["x"] and "more than 1000 times" in missed[0].why and embedded[0].read_as == "not read"


def test_a_piece_is_read_up_to_its_limit_and_the_rest_is_said(tmp_path: Path) -> None:
    noise = bytes((i * 7919 >> 3) & 255 for i in range(3 << 20))
    found, _, missed = taken_bytes(tmp_path, gzip.compress(noise, 1), "x", Limits(piece_bytes=1 << 20))
    assert bytes(found["x!/x"].data) == noise[: 1 << 20] and "first 1 MiB" in missed[0].why


def test_what_exceeds_the_total_is_said_once(tmp_path: Path) -> None:
    for i in range(6):
        (tmp_path / f"{i}.gz").write_bytes(gzip.compress(bytes(1 << 20)))
    found, _, missed = taken(tmp_path, Limits(total_bytes=2 << 20))
    assert len([path for path in found if "!" in path]) == 2
    assert [each.what for each in missed] == ["2.gz, 3.gz, 4.gz and 1 more"]


def test_too_many_members_are_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(tar({f"{i}": b"x" for i in range(9)}))
    (tmp_path / "b.js").write_bytes(TEXT)
    found, _, missed = taken(tmp_path, Limits(members=4))
    assert len(found) == 6 and "b.js" in found and "more than 4 members" in missed[0].why


def test_bombs_of_shared_members_and_of_nested_archives_end_quickly(tmp_path: Path) -> None:
    (tmp_path / "flat.zip").write_bytes(flat_bomb(50_000, 8 << 20))
    inner = zipped({f"{i}": bytes(17 << 20) for i in range(8)})
    for _ in range(3):
        inner = zipped({f"{i}.zip": inner for i in range(16)})
    (tmp_path / "nested.zip").write_bytes(inner)
    started = time.monotonic()
    count = sum(isinstance(each, Piece) for each in pieces(tmp_path, limits=Limits(total_bytes=256 << 20)))
    assert time.monotonic() - started < 30  # 2 s on two idle cores
    assert count < 10_000


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.integers(0, 5),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=5),
    cut=st.integers(0, 3000) | st.none(),
)
def test_damaged_containers_never_raise(
    which: int, changes: list[tuple[int, int]], cut: int | None, tmp_path: Path
) -> None:
    raw = bytearray(DAMAGED[which])
    for at, value in changes:
        raw[at % len(raw)] = value
    found, _, _ = taken_bytes(tmp_path, bytes(raw[:cut]), "x")
    assert bytes(found["x"].data) == raw[:cut]


DAMAGED = (
    gzip.compress(TEXT),
    zstd(TEXT),
    tar(FILES),
    zipped(FILES),
    zipped(FILES, zipfile.ZIP_STORED),
    gzip.compress(tar(FILES)),
)


def test_a_tar_with_an_absurd_header_ends(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 32 << 20
    _, _, missed = taken_bytes(tmp_path, info.tobuf(tarfile.USTAR_FORMAT) + bytes(4096), "x.tar")
    assert "extended header" in missed[0].why
    sink = io.BytesIO(info.tobuf(tarfile.USTAR_FORMAT))
    assert len(sink.getvalue()) == 512
