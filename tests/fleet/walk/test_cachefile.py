"""A cache that was tampered with, broken or left by somebody else is none."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fleet.walk.worlds import WANTED, around, file, found, look, settle, unremembered
from wiretell.fleet import cachefile
from wiretell.fleet.walk.interface import Wanted
from wiretell.fleet.walk.walking import walk


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    path = tmp_path / "cache/some.msgpack"
    cachefile.save(path, {"a": [1, 2]})
    return path


def test_what_is_saved_is_loaded(cached: Path) -> None:
    assert cachefile.load(cached, dict[str, list[int]]) == {"a": [1, 2]}
    assert stat.S_IMODE(cached.stat().st_mode) == 0o600
    assert stat.S_IMODE(cached.parent.stat().st_mode) == 0o700
    assert os.listdir(cached.parent) == ["some.msgpack"]  # noqa: PTH208


def test_another_form_is_none(cached: Path) -> None:
    assert cachefile.load(cached, dict[str, str]) is None


@pytest.mark.parametrize("content", [b"", b"\x81", b"\xc1", b"\x91" * 5000, b"{}", b"\x81\xa1a\x92\x01\x02rest"])
def test_a_broken_file_is_none(cached: Path, content: bytes) -> None:
    cached.write_bytes(content)
    assert cachefile.load(cached, dict[str, list[int]]) is None


def test_a_missing_file_a_folder_a_link_and_a_pipe_are_none(cached: Path) -> None:
    link, pipe = cached.with_name("link"), cached.with_name("pipe")
    link.symlink_to(cached)
    os.mkfifo(pipe, 0o600)
    for path in (cached.with_name("none"), cached.parent, link, pipe):
        assert cachefile.load(path, dict[str, list[int]]) is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_none(cached: Path, mode: int) -> None:
    cached.chmod(mode)
    assert cachefile.load(cached, dict[str, list[int]]) is None


def test_a_folder_that_others_may_write_holds_none(cached: Path) -> None:
    cached.parent.chmod(0o770)
    assert cachefile.load(cached, dict[str, list[int]]) is None
    before = cached.read_bytes()
    cachefile.save(cached, {"b": [3]})
    assert cached.read_bytes() == before


def test_somebody_elses_is_none(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    us = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: us + 1)
    assert cachefile.load(cached, dict[str, list[int]]) is None


def test_one_too_large_is_none(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cachefile, "LARGEST", 3)
    assert cachefile.load(cached, dict[str, list[int]]) is None


def test_what_cannot_be_written_is_let_go(tmp_path: Path) -> None:
    in_the_way = file(tmp_path / "file")
    cachefile.save(in_the_way / "cache/some.msgpack", [1])
    (tmp_path / "folder/some.msgpack").mkdir(parents=True, mode=0o700)
    cachefile.save(tmp_path / "folder/some.msgpack", [1])
    assert os.listdir(tmp_path / "folder") == ["some.msgpack"]  # noqa: PTH208


def test_a_walk_does_without_a_broken_cache(listed: list[bytes], tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    file(home / "p/.mcp.json")
    settle()
    first = look(home, cache)
    (written,) = cache.iterdir()
    whole = written.read_bytes()
    for content in (b"", b"\xff" * 100, whole[:-3], whole):
        listed.clear()
        written.write_bytes(content)
        assert unremembered(look(home, cache)) == first
        assert len(listed) == (0 if content == whole else 2)


def test_a_cache_is_bound_to_what_was_looked_for(listed: list[bytes], tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    file(home / "p/other.json")
    settle()
    look(home, cache)
    look(home, cache)
    assert len(listed) == 2
    look(home, cache, deep=True)
    assert len(listed) == 4
    more = Wanted(WANTED.npm, WANTED.pypi, WANTED.extensions, WANTED.commands, WANTED.settings | {"other.json"})
    walked = walk(around(home), more, cache=cache)
    assert found(walked, home) == {("settings", "p/other.json")}


def test_another_shells_path_is_no_other_walk(listed: list[bytes], tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    file(home / "p/.mcp.json")
    settle()
    look(home, cache)
    listed.clear()
    root = Path(around(home).root)
    file(root / "elsewhere/bin/claude", 3, 0o755)
    walked = walk(replace(around(home), path=("/elsewhere/bin",)), WANTED, cache=cache)
    assert [hit.path for hit in walked.hits] == [str(home / "p/.mcp.json"), str(root / "elsewhere/bin/claude")]
    assert listed == [os.fsencode(root / "elsewhere/bin")]
    assert len(list(cache.iterdir())) == 1
