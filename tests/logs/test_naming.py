"""A log is a file, a folder that is read whole, or a glob."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.logs.fakes import read_files, whys
from wiretell.capture import store
from wiretell.errors import UsageError
from wiretell.logs import sources


def _make(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"MARK")
    return root


def _read(*paths: Path | str) -> list[str]:
    return list(sources([str(path) for path in paths]))


def test_a_folder_is_read_whole_in_the_order_of_its_names(tmp_path: Path) -> None:
    _make(tmp_path, "b.jsonl", "a/z.txt", "a/b/c", "c/d", "a/a.txt")
    names = ["b.jsonl", "a/a.txt", "a/z.txt", "a/b/c", "c/d"]
    assert _read(tmp_path) == [str(tmp_path / name) for name in names]
    result = read_files(tmp_path)
    assert (result.total, [source.source for source in result.sources]) == (5, [str(tmp_path / name) for name in names])
    assert result.not_examined == ()


def test_what_is_hidden_or_leads_out_is_skipped_and_said(tmp_path: Path) -> None:
    _make(tmp_path, "in/a", "in/.b", "in/.git/c", "out/d", "out/e/f")
    (tmp_path / "in" / "file").symlink_to(tmp_path / "out" / "d")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "gone").symlink_to("nowhere")
    (tmp_path / "in" / "again").symlink_to("a")
    os.mkfifo(tmp_path / "in" / "pipe")
    result = read_files(tmp_path / "in")
    assert [source.source for source in result.sources] == [str(tmp_path / "in" / "a")]
    assert {one.what for one in result.not_examined} == {str(tmp_path / "in")}
    said = " ".join(whys(result))
    assert "(.b, .git)" in said and "(again, file, gone and 2 others)" in said and "(pipe)" in said


def test_a_link_to_a_hidden_file_of_the_folder_is_read(tmp_path: Path) -> None:
    """Volumes that are swapped at once look so: every name is a link into a hidden folder."""
    _make(tmp_path, "..2026/a.jsonl")
    (tmp_path / "a.jsonl").symlink_to("..2026/a.jsonl")
    assert _read(tmp_path) == [str(tmp_path / "a.jsonl")]


def test_a_saved_audit_in_a_folder_is_one_source(tmp_path: Path) -> None:
    store.save(tmp_path / "logs" / "saved", [], {})
    _make(tmp_path, "logs/z")
    assert _read(tmp_path / "logs") == [str(tmp_path / "logs" / "z"), str(tmp_path / "logs" / "saved")]
    assert [source.form for source in read_files(tmp_path / "logs").sources] == ["text", "captures"]


def test_a_folder_without_files_is_not_read_and_that_is_said(tmp_path: Path) -> None:
    result = read_files(tmp_path)
    assert [source.form for source in result.sources] == ["unread"]
    assert "no file" in whys(result)[0]


def test_a_glob_is_expanded(tmp_path: Path) -> None:
    _make(tmp_path, "a.jsonl", "b.jsonl", "c.txt", "d/e.jsonl", "d/.f.jsonl")
    assert _read(tmp_path / "*.jsonl") == [str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")]
    deep = _read(f"{tmp_path}/**/*.jsonl")
    assert deep == [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl", "d/e.jsonl")]
    every = _read(f"{tmp_path}/**")
    assert sorted(every) == sorted(set(every)) and len(every) == 4
    assert read_files(tmp_path / "*.jsonl").total == 2


def test_a_name_that_is_there_is_no_glob(tmp_path: Path) -> None:
    _make(tmp_path, "a[1].jsonl", "a1.jsonl")
    assert _read(tmp_path / "a[1].jsonl") == [str(tmp_path / "a[1].jsonl")]


def test_a_glob_that_matches_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="matches nothing"):
        read_files(_make(tmp_path, "a") / "*.jsonl")


def test_a_file_named_twice_is_read_twice(tmp_path: Path) -> None:
    path = _make(tmp_path, "a") / "a"
    assert [source.marks for source in read_files(path, path).sources] == [1, 1]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_what_is_closed_in_a_folder_costs_nothing_else(tmp_path: Path) -> None:
    _make(tmp_path, "a", "b", "c/d")
    (tmp_path / "a").chmod(0)
    (tmp_path / "c").chmod(0)
    try:
        result = read_files(tmp_path)
    finally:
        (tmp_path / "c").chmod(0o700)
    assert [source.form for source in result.sources] == ["unread", "text"]
    assert "cannot be listed" in " ".join(whys(result))
