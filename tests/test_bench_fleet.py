"""The benchmark of the inventory measures a home of the size it says, and tells when an agent is missed."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from wiretell.bench.fleet import inventory
from wiretell.bench.fleet.home import Home, fill
from wiretell.cli import run
from wiretell.errors import InternalError
from wiretell.fleet.catalogue import wanted
from wiretell.fleet.walk.interface import Home as UsersHome
from wiretell.fleet.walk.interface import Mark, Surroundings
from wiretell.fleet.walk.walking import walk


def made(path: Path, projects: int = 8, files: int = 6000) -> Home:
    home = Home(path)
    assert len(list(fill(home, projects, files))) == projects
    return home


def test_a_home_is_what_it_says(tmp_path: Path) -> None:
    home = made(tmp_path / "home")
    listed = [(folders, files) for _, folders, files in os.walk(home.path)]
    links = sum(path.is_symlink() for path in home.path.rglob("*"))
    assert sum(len(files) for _, files in listed) - links == home.files
    assert abs(home.files - 6000) < 120
    assert len(listed) == home.folders
    assert all((folder / ".git" / "HEAD").is_file() for folder in home.projects)
    assert sum((folder / "node_modules").is_dir() for folder in home.projects) == 2


def test_two_homes_are_the_same(tmp_path: Path) -> None:
    trees = []
    for name in ("one", "two"):
        path = made(tmp_path / name, 4, 2400).path
        trees.append(sorted((str(each.relative_to(path)), each.lstat().st_mode) for each in path.rglob("*")))
    assert trees[0] == trees[1]


def test_a_walk_sees_all_that_was_planted(tmp_path: Path) -> None:
    home = made(tmp_path / "home")
    around = Surroundings((UsersHome("dev", str(home.path)),), root=str(tmp_path / "none"))
    walked = walk(around, wanted([]), cache=None)
    names = {Path(hit.path).name for hit in walked.hits}
    assert {"gemini-cli", "codex", "claude-code", "2.1.329", "aider_chat-0.86.2.dist-info"} <= names
    assert len(walked.of(Mark.EDITOR_EXTENSION)) == 1
    assert len(home.planted) == 6


def test_what_is_missing_is_told_in_capitals() -> None:
    timed = (inventory.Timed("find HOME", (0.2, 0.1, 0.4)),)
    right = inventory.Measured(10, 5, 2, 1.0, timed, (), 6, (), same=True)
    told = "\n".join(inventory.rows(right))
    assert "planted agents found: 6 of 6" in told and "MISSING" not in told and "NOT THE SAME" not in told
    assert "0.20    0.10    0.40" in told
    assert "may not empty it" in told
    wrong = replace(right, missing=("codex (npm-project), again", "codex (npm-project), first"), same=False)
    told = "\n".join(inventory.rows(wrong))
    assert "planted agents found: 5 of 6" in told
    assert "MISSING: codex (npm-project), first" in told and "NOT THE SAME" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fleet --part quality", "bench fleet has no part quality; it has inventory"),
        ("hunt --part inventory", "bench hunt has no part inventory; it has "),
        ("fleet --part inventory --projects 1", "--projects takes 2 or more"),
        ("fleet --part inventory --files 100", "--files at least 500 for each project"),
        ("fleet --rounds 0", "--rounds takes 1 or more"),
    ],
)
def test_wrong_use_is_one_sentence(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", *words.split()]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.long
def test_a_small_measurement_finds_all_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(inventory, "_DROP", tmp_path / "none")  # the page cache is everybody's
    words = "bench fleet --part inventory --projects 8 --files 6000 --rounds 1 --format json"
    assert run(words.split()) == 0
    measured = json.loads(capsys.readouterr().out)["fleet"]["inventory"]
    assert measured["missing"] == [] and measured["same"] and measured["planted"] == 6
    assert len(measured["timed"]) == 5 and measured["page_cache_emptied"] == []
    assert list(tmp_path.iterdir()) == []


def test_a_failing_command_is_no_measurement() -> None:
    with pytest.raises(InternalError, match="of the benchmark failed: no such thing"):
        inventory._run([sys.executable, "-c", "import sys; sys.exit('no such thing')"], {}, None)
