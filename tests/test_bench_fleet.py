"""The benchmarks of inventory and report measure what they say, and tell when something is missed or miscounted."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wiretell.bench.fleet import commands, company, inventory, report
from wiretell.bench.fleet.company import BAN_DAY, BANNED, LAST_DAY, Company
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
    timed = (commands.Timed("find HOME", (0.2, 0.1, 0.4)),)
    right = inventory.Measured(10, 5, 2, 1.0, timed, (), 6, (), same=True)
    told = "\n".join(inventory.rows(right))
    assert "planted agents found: 6 of 6" in told and "MISSING" not in told and "NOT THE SAME" not in told
    assert "0.20    0.10    0.40" in told
    assert "--drop-caches empties it" in told
    wrong = replace(right, missing=("codex (npm-project), again", "codex (npm-project), first"), same=False)
    told = "\n".join(inventory.rows(wrong))
    assert "planted agents found: 5 of 6" in told
    assert "MISSING: codex (npm-project), first" in told and "NOT THE SAME" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fleet --part quality", "bench fleet has no part quality; it has inventory, report"),
        ("hunt --part inventory", "bench hunt has no part inventory; it has "),
        ("fleet --part inventory --projects 1", "--projects takes 2 or more"),
        ("fleet --part inventory --files 100", "--files at least 500 for each project"),
        ("fleet --rounds 0", "--rounds takes 1 or more"),
        ("fleet --part report --machines 0", "--machines takes a number from 1 to 999,999"),
        ("fleet --part report --days 31", "--days takes a number from 1 to 30"),
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
    words = "bench fleet --part inventory --projects 8 --files 6000 --rounds 1 --format json"
    assert run(words.split()) == 0
    measured = json.loads(capsys.readouterr().out)["fleet"]["inventory"]
    assert measured["missing"] == [] and measured["same"] and measured["planted"] == 6
    assert len(measured["timed"]) == 5 and measured["page_cache_emptied"] == []
    assert list(tmp_path.iterdir()) == []


def test_the_page_cache_is_emptied_only_where_asked_and_by_root_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(commands, "DROP", tmp_path / "none" / "drop")
    assert run(["bench", "fleet", "--part", "inventory", "--drop-caches"]) == 2
    assert "which only root may" in capsys.readouterr().err
    dropped = tmp_path / "drop"
    monkeypatch.setattr(commands, "DROP", dropped)
    assert commands.cold(lambda: commands.Spent(float(dropped.read_text())))().wall_s == 3


# The report


def test_a_company_is_what_its_truth_says() -> None:
    """Counted from its inventories, one by one."""
    made = Company(60, 14, seed=5)
    truth = company.truth(made)
    documents = [json.loads(data) for data in company.inventories(made)]
    assert (truth.machines, truth.inventories) == (60, len(documents)) == (60, 60 * 14)
    last = [each for each in documents if each["taken"].startswith(str(LAST_DAY))]
    assert dict(truth.teams) == Counter(each["machine"]["team"] for each in last)
    assert dict(truth.versions) == Counter(
        pair for each in last for pair in {(install["product"], install["version"]) for install in each["installs"]}
    )
    has = Counter(
        each["taken"][:10] for each in documents if any(install["product"] == BANNED for install in each["installs"])
    )
    assert {day: count for day, count in truth.days.items() if count} == has
    assert truth.days[str(LAST_DAY)] < truth.days[str(BAN_DAY - dt.timedelta(days=1))], "the ban shows"
    assert list(map(json.loads, company.lines(made))) == documents


def test_counts_that_are_wrong_are_told_in_capitals() -> None:
    truth = company.truth(Company(5))
    team, *_ = truth.teams
    document: dict[str, Any] = {
        "machines": 5,
        "inventories": 5,
        "versions": [
            {"product": product, "version": version, "machines": count}
            for (product, version), count in truth.versions.items()
        ],
        "teams": [{"name": name, "machines": count, "banned": 0} for name, count in truth.teams.items()],
        "days": [{"day": day, "banned": count} for day, count in truth.days.items()],
    }
    document["teams"][0]["banned"] = truth.days[str(LAST_DAY)]
    assert list(report.wrong(document, truth)) == []
    document["teams"][0]["machines"] += 1
    document["teams"][0]["banned"] += 1
    document["versions"].pop()
    said = list(report.wrong(document, truth))
    assert [each.partition(":")[0] for each in said] == ["machines by team", "machines by version", "banned machines"]
    assert f"{team}: {truth.teams[team] + 1} instead of {truth.teams[team]}" in said[0]
    timed = (commands.Timed("cat FILES", (0.2, 0.1, 0.4), 5 << 20),)
    right = report.Measured(5, 1 << 20, 1 << 19, 1, 0, 1.0, timed, ())
    assert "counts are those of the company" in "\n".join(report.rows(right))
    told = "\n".join(report.rows(replace(right, wrong=tuple(said))))
    assert "COUNTS THAT ARE WRONG" in told and said[0] in told


@pytest.mark.long
def test_a_small_report_is_measured_counts_right_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    words = "bench fleet --part report --machines 40 --days 14 --rounds 1 --format json"
    assert run(words.split()) == 0
    measured = json.loads(capsys.readouterr().out)["fleet"]["report"]
    assert measured["wrong"] == [] and measured["machines"] == 40 and measured["days_bytes"] > 0
    assert len(measured["timed"]) == 5
    assert list(tmp_path.iterdir()) == []


def test_a_failing_command_is_no_measurement() -> None:
    with pytest.raises(InternalError, match="of the benchmark failed: no such thing"):
        commands.run([sys.executable, "-c", "import sys; sys.exit('no such thing')"], {}, None)
