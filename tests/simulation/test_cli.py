"""`wiretell hunt simulate`, by its own parser."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from wiretell.cli.hunt import simulate as command
from wiretell.errors import UsageError


def _run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    options = parser.parse_args(["simulate", *arguments])
    code: int = options.call(options)
    return code


def test_a_summary_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "made"
    assert _run("--preset", "small", "--accounts", "60", "--days", "1", "--output", str(made)) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "60 honest" in told.out and "reseller-pool" in told.out and str(made / "truth") in told.out


def test_a_summary_in_json_and_all_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        _run(
            *("--preset", "small", "--accounts", "60", "--days", "1", "--start", "2026-05-01", "--sizes", "4,6"),
            *("--stealth", "S1,S4", "--kinds", "hydra", "--campaigns", "3", "--shared-keys", "1", "--seed", "9"),
            *("--label-noise", "0.1", "--drop-column", "tz", "--drop-column", "session", "--frame", "--workers", "1"),
            *("--format", "json", "--output", str(tmp_path / "made")),
        )
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "wiretell/hunt-simulated/1"
    assert [(one["kind"], one["stealth"], one["accounts"]) for one in told["operators"][:3]] == [
        ("hydra", "S1", 4), ("hydra", "S4", 4), ("hydra", "S1", 6)]  # fmt: skip
    kept = json.loads((tmp_path / "made/truth/settings.json").read_text())["settings"]
    assert kept["drop_columns"] == ["tz", "session"] and kept["frame"] and kept["seed"] == 9
    assert (tmp_path / "made/log/2026-05-01").is_dir()


def test_wrong_use_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="prevalence"):
        _run("--preset", "small", "--prevalence", "2", "--output", str(tmp_path / "made"))
    assert not (tmp_path / "made").exists()
    with pytest.raises(SystemExit):
        _run("--sizes", "five", "--output", str(tmp_path / "made"))
