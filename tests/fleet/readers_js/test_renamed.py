"""Known packages that a project has under other names."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.fleet.readers_js.trees import around, package, project, write
from wiretell.fleet import catalogue
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.readers.npm import Npm
from wiretell.fleet.readers.renamed import with_renamed
from wiretell.fleet.walk.interface import Mark, Walked
from wiretell.fleet.walk.walking import walk
from wiretell.model.fleet import Install

CLAUDE = "@anthropic-ai/claude-code"


def walked(top: Path, cache: Path | None = None) -> Walked:
    digests = Digests(cache)
    found = with_renamed(walk(around(top), catalogue.wanted(()), cache=None), digests)
    digests.save()
    return found


def found(top: Path) -> list[tuple[str, str, str]]:
    seen = Npm().read(walked(top), around(top))
    return [(each.product, each.version, each.path) for each in seen if isinstance(each, Install)]


def test_an_alias_of_the_project(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", cc=f"npm:{CLAUDE}@2.1.91")
    folder = package(top / "node_modules/cc", CLAUDE, "2.1.91")
    assert found(tmp_path) == [("claude-code", "2.1.91", str(folder))]


def test_an_alias_deep_in_the_tree(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", other="1")
    folder = package(top / "node_modules/other/node_modules/cc", CLAUDE, "2.1.91")
    lock = {"packages": {"node_modules/other/node_modules/cc": {"name": CLAUDE, "version": "2.1.91"}}}
    write(top / "node_modules/.package-lock.json", json.dumps(lock, indent=2))
    assert found(tmp_path) == [("claude-code", "2.1.91", str(folder))]


def test_projects_without_one_are_not_marked(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", left="npm:right@1", cc="1")
    package(top / "node_modules/cc", "cc")
    write(top / "node_modules/.package-lock.json", '{"packages": {"node_modules/left": {"name": "right"}}}')
    assert walked(tmp_path).hits == () and walked(tmp_path).not_examined == walk_of(tmp_path).not_examined
    assert [each.path for each in walked(tmp_path).modules] == [str(top / "node_modules")]


def walk_of(top: Path) -> Walked:
    return walk(around(top), catalogue.wanted(()), cache=None)


def test_a_file_that_stays_the_same_is_searched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = project(tmp_path / "home/dev/p", cc="1")
    package(top / "node_modules/cc", "cc")
    old = 1_000_000_000
    os.utime(top / "package.json", (old, old))
    monkeypatch.setattr("wiretell.fleet.programs.hashing.SETTLED_NS", -1)
    reads: list[int] = []
    real = os.pread

    def pread(handle: int, size: int, offset: int) -> bytes:
        reads.append(size)
        return real(handle, size, offset)

    monkeypatch.setattr(os, "pread", pread)
    assert walked(tmp_path, tmp_path / "cache").hits == ()
    assert len(reads) == 1
    assert walked(tmp_path, tmp_path / "cache").hits == ()
    assert len(reads) == 1
    write(top / "package.json", json.dumps({"dependencies": {"cc": f"npm:{CLAUDE}"}}))
    assert [hit.mark for hit in walked(tmp_path, tmp_path / "cache").hits] == [Mark.NODE_MODULES]


def test_what_cannot_be_searched_is_told(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", cc="1")
    package(top / "node_modules/cc", "cc")
    os.mkfifo(top / "node_modules/.package-lock.json")
    write(top / "package.json", " " * ((1 << 20) + 1))
    told = {each.what: each.why for each in walked(tmp_path).not_examined if each.what.startswith(str(top))}
    assert set(told) == {str(top / "package.json"), str(top / "node_modules/.package-lock.json")}
    assert all("other names" in why for why in told.values())
