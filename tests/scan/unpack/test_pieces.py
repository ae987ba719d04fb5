from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.scan.unpack.build import taken, taken_bytes
from wiretell.errors import UsageError
from wiretell.scan.interface import Piece
from wiretell.scan.unpack import pieces
from wiretell.scan.unpack.sniff import kind


def test_files_come_sorted_with_their_path_in_the_folder(tmp_path: Path) -> None:
    for name in ("b/z.js", "b/a.py", "a.txt", "c.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1")
    found, embedded, missed = taken(tmp_path)
    assert list(found) == ["a.txt", "c.json", "b/a.py", "b/z.js"]
    assert [piece.kind for piece in found.values()] == ["text", "text", "python", "javascript"]
    assert (embedded, missed) == ([], [])


def test_one_file_is_a_root_too(tmp_path: Path) -> None:
    found, _, _ = taken_bytes(tmp_path, b"plain words", "notes.txt")
    assert [(piece.path, piece.kind, bytes(piece.data)) for piece in found.values()] == [
        ("notes.txt", "text", b"plain words")
    ]


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"let a", "x.mjs", "javascript"),
        (b"let a", "x.d.ts", "text"),
        (b"{}", "x.json", "text"),
        (b"#!/usr/bin/env node\nx", "tool", "javascript"),
        (b"#!/usr/bin/python3.11\nx", "tool", "python"),
        (b"#!/bin/sh\nx", "tool", "text"),
        (b"\xef\xbb\xbf#!/usr/bin/env node\nx", "tool", "javascript"),
        (b"// @bun\nx", "tool", "javascript"),
        (b"a\0b\0c\0d", "x.js", "binary"),
        (b"let a = '\0'; " + b"let b; " * 300, "x.js", "javascript"),
        (b"words \0 " + b"words " * 300, "x.txt", "binary"),
        (b"\x28\xb5\x2f\xfd let a", "x.js", "binary"),
        (bytes(range(128, 256)) * 4, "x.js", "binary"),
        ("übergroße Wörter".encode("latin-1"), "x.txt", "binary"),
        ("übergroße Wörter".encode(), "x.txt", "text"),
        (b"", "x", "text"),
        (b"\x7fELF", "x.py", "binary"),
    ],
)
def test_bytes_tell_the_kind_before_the_name(data: bytes, name: str, expected: str) -> None:
    assert kind(memoryview(data), name) == expected


def test_what_bun_says_of_a_module_counts_for_text_alone() -> None:
    assert kind(memoryview(b"x"), "cli", loader=1) == "javascript"
    assert kind(memoryview(b"\0\1\2"), "cli", loader=1) == "binary"


def test_links_and_special_files_are_said_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("x")
    for name in ("l1", "l2", "l3", "l4"):
        (tmp_path / name).symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    found, _, missed = taken(tmp_path)
    assert list(found) == ["real.txt"]
    assert [(each.what, each.why) for each in missed] == [
        ("l1, l2, l3 and 1 more", "links, which are not followed"),
        ("pipe", "sockets, pipes and devices, which are not read"),
    ]


def test_a_file_that_vanishes_meanwhile_is_said(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(name)

    def vanish(line: str) -> None:
        if line.endswith("b"):
            (tmp_path / "b").unlink()

    given = list(pieces(tmp_path, progress=vanish))
    assert [each.path if isinstance(each, Piece) else str(each) for each in given] == [
        "a", "NotExamined(what='b', why='it cannot be read: No such file or directory')", "c"
    ]  # fmt: skip


def test_a_pipe_or_link_that_took_a_files_place_does_not_block(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")

    def swap(_line: str) -> None:
        (tmp_path / "a").unlink()
        (tmp_path / "a").symlink_to("/etc/passwd")

    (only,) = pieces(tmp_path, progress=swap)
    assert "it cannot be read" in str(only)


@pytest.mark.parametrize("name", ["empty", "missing", "only-links"])
def test_nothing_to_scan_is_wrong_use(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    (tmp_path / "only-links").mkdir()
    (tmp_path / "only-links" / "x").symlink_to("/etc/passwd")
    with pytest.raises(UsageError, match=r"nothing to scan|cannot be read"):
        list(pieces(tmp_path / name))


def test_names_that_are_no_text_can_be_written_anywhere(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.js")).write_text("let a")
    found, _, _ = taken(tmp_path)
    assert list(found) == ["caf\\xe9.js"]


def test_a_sparse_file_of_four_gigabytes_is_only_mapped(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(4 << 30)
    started = time.monotonic()
    found, _, _ = taken(tmp_path)
    assert len(found["huge"].data) == 4 << 30 and time.monotonic() - started < 1


def test_data_outlives_the_next_step_and_the_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode() * 200_000)
    held = [each for each in pieces(tmp_path) if isinstance(each, Piece)]
    (tmp_path / "a").unlink()
    assert [bytes(each.data[:2]) for each in held] == [b"aa", b"bb"]


def test_a_deep_tree_is_walked(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["d"] * 500)
    folder.mkdir(parents=True)
    (folder / "x").write_text("x")
    assert len(taken(tmp_path)[0]) == 1


def test_the_current_folder_and_a_link_to_a_file_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.js").write_text("let a")
    (tmp_path / "alias.js").symlink_to("sub/x.js")
    monkeypatch.chdir(tmp_path / "sub")
    assert list(taken(Path())[0]) == ["x.js"]
    assert list(taken(Path("../sub/"))[0]) == ["x.js"]
    assert list(taken(tmp_path / "alias.js")[0]) == ["alias.js"]
