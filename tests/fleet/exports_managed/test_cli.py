"""`wiretell fleet export settings`: whole folders or nothing, and JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.fleet.exports_managed.policies import CASE
from wiretell.cli import run as run_wiretell
from wiretell.fleet.exports.managed import writing


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wiretell-policy.toml").write_text(f'schema = 1\ntimezone = "Asia/Shanghai"\n{CASE}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    return run_wiretell(["fleet", "export", "settings", *words])


def held(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_files_and_a_readme(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--on", "2026-07-10", "--output-dir", "managed") == 0
    files = held(here / "managed")
    assert set(files) == {"README.txt", "claude-code/managed-settings.json", "opencode/opencode.json"}
    assert json.loads(files["claude-code/managed-settings.json"])["requiredMinimumVersion"] == "2.1.198"
    told = capsys.readouterr().out
    assert files["README.txt"] in told
    assert "wrote managed/README.txt" in told
    assert [path.name for path in here.iterdir() if path.name.startswith(".")] == []


def test_without_a_folder_nothing_is_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--on", "2026-07-10", "--format", "json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["schema"] == "wiretell/fleet-settings/1"
    assert listed["on"] == "2026-07-10T00:00:00+08:00"
    assert [file["name"] for file in listed["files"]] == ["claude-code/managed-settings.json", "opencode/opencode.json"]
    assert listed["files"][0]["keys"][0]["value"] == "2.1.198"
    assert listed["unexpressed"]
    assert [path.name for path in here.iterdir()] == ["wiretell-policy.toml"]


def test_an_earlier_export_is_replaced_only_with_force(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--on", "2026-07-10", "--output-dir", "managed") == 0
    before = held(here / "managed")
    assert run("--on", "2026-07-09", "--output-dir", "managed") == 2
    assert "--force" in capsys.readouterr().err
    assert held(here / "managed") == before
    assert run("--on", "2026-07-09", "--output-dir", "managed", "--force") == 0
    assert set(held(here / "managed")) == {"README.txt"}


def test_what_no_export_wrote_is_never_replaced(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "managed").mkdir()
    (here / "managed/mine.txt").write_text("mine")
    assert run("--output-dir", "managed", "--force") == 2
    assert "mine.txt" in capsys.readouterr().err
    assert held(here / "managed") == {"mine.txt": "mine"}


def test_an_empty_folder_is_taken(here: Path) -> None:
    (here / "managed").mkdir()
    assert run("--on", "2026-07-10", "--output-dir", "managed") == 0
    assert "README.txt" in held(here / "managed")


@pytest.mark.parametrize(
    "words", [("--output-dir", "no/such"), ("--output-dir", "wiretell-policy.toml"), ("--policy", "no")]
)
def test_wrong_use_is_one_sentence_and_writes_nothing(
    here: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    assert capsys.readouterr().err.strip().count("\n") == 0
    assert [path.name for path in here.iterdir()] == ["wiretell-policy.toml"]


def test_a_write_that_fails_half_way_leaves_what_was_there(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("--on", "2026-07-10", "--output-dir", "managed") == 0
    before = held(here / "managed")
    real = Path.write_text

    def full(path: Path, text: str, **options: str) -> int:
        if path.name == writing.README:
            raise OSError(28, os.strerror(28))
        return real(path, text, **options)

    monkeypatch.setattr(Path, "write_text", full)
    assert run("--on", "2026-07-11", "--output-dir", "managed", "--force") == 2
    assert held(here / "managed") == before
    assert sorted(path.name for path in here.iterdir()) == ["managed", "wiretell-policy.toml"]


def test_a_link_to_a_folder_is_followed_not_replaced(here: Path) -> None:
    (here / "real").mkdir()
    (here / "link").symlink_to("real")
    assert run("--on", "2026-07-10", "--output-dir", "link") == 0
    assert (here / "link").is_symlink()
    assert "README.txt" in held(here / "real")
