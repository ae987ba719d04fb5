"""`wiretell hunt` at its command line: what is typed, what comes out, which exit code. The hunt itself is made up."""

from __future__ import annotations

import contextlib
import json
import signal
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.hunt.log.made import parquet, rows
from tests.report.hunt import sample
from wiretell import hunt as package
from wiretell.cli import hunt as command
from wiretell.cli import run
from wiretell.errors import FormatError, InconclusiveError
from wiretell.hunt import rule
from wiretell.hunt.options import HuntOptions
from wiretell.model.hunt import Hunted, Tier
from wiretell.report.hunt.document_v1 import FORM

AGREED = 'schema = 1\n[[group]]\nname = "a"\nreason = "r"\naccounts = ["x"]\n'


@pytest.fixture
def hunts(monkeypatch: pytest.MonkeyPatch) -> Callable[[Hunted | BaseException], list[HuntOptions]]:
    """Have every hunt find what is given, and keep what was asked."""

    def install(result: Hunted | BaseException) -> list[HuntOptions]:
        asked: list[HuntOptions] = []

        def hunt(options: HuntOptions, progress: Any) -> Hunted:
            asked.append(options)
            progress.phase("reading", 1)
            if isinstance(result, BaseException):
                raise result
            return result

        monkeypatch.setattr(package, "hunting", types.SimpleNamespace(hunt=hunt), raising=False)
        return asked

    return install


Hunts = Callable[[Hunted | BaseException], list[HuntOptions]]


def ours(found: Hunted) -> Hunted:
    return replace(found, rule=rule.rule_id())


def in_watch(found: Hunted) -> Hunted:
    lowered = (replace(campaign, tier=Tier.WATCH) for campaign in found.campaigns)
    return replace(found, campaigns=tuple(lowered))


def test_a_campaign_in_review_is_exit_1_and_the_document_says_how_to_do_it_again(
    hunts: Hunts, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = hunts(ours(sample.found()))
    assert run(["hunt", "one log", "two", "--seed", "7", "--threads", "2", "--format", "json"]) == 1
    out = capsys.readouterr().out
    document = FORM.decode(out.encode())
    assert document.command == "wiretell hunt 'one log' two --threads 2 --seed 7"
    assert document.started.endswith("Z") and document.wiretell
    assert next(iter(json.loads(out))) == "schema" and {"campaigns", "accounts", "rows"} <= set(json.loads(out))
    assert asked == [HuntOptions(logs=(Path("one log"), Path("two")), seed=7, threads=2)]


def test_nothing_in_review_is_exit_0_whatever_is_listed(hunts: Hunts, capsys: pytest.CaptureFixture[str]) -> None:
    hunts(sample.quiet())
    assert run(["hunt", "log"]) == 0
    hunts(in_watch(sample.found()))
    assert run(["hunt", "log", "--tier", "review"]) == 0
    assert "3 campaigns below review not listed" in capsys.readouterr().out


def test_what_is_listed_does_not_change_the_exit_code(hunts: Hunts, capsys: pytest.CaptureFixture[str]) -> None:
    hunts(sample.found())
    assert run(["hunt", "log", "--tier", "review", "--format", "json"]) == 1
    document = FORM.decode(capsys.readouterr().out.encode())
    assert {campaign.tier for campaign in document.campaigns} == {Tier.REVIEW}
    ids = {campaign.id for campaign in document.campaigns}
    assert {account.campaign for account in document.accounts} == ids and set(document.pictures) <= ids


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl", "b.jsonl"])
@pytest.mark.parametrize("state", [False, True])
def test_a_log_without_a_usable_row_is_exit_3_in_one_sentence_without_a_report(
    state: bool, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, target = tmp_path / name, tmp_path / "hunt.json"
    if name == "a.parquet":
        parquet(log, rows(1))
        pq.write_table(pq.read_table(log).slice(0, 0), log)
    else:
        log.write_text('{"account": null, "ts": null}\n' if name == "b.jsonl" else "")
    more = ["--state", str(tmp_path / "state")] if state else []
    assert run(["hunt", str(log), *more, "--format", "json", "--output", str(target)]) == 3
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and not target.exists() and ("nothing could be" in error or "no rows" in error)


def test_a_state_s_folder_is_made_and_none_above_it(
    hunts: Hunts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = hunts(sample.quiet())
    assert run(["hunt", "log", "--state", str(tmp_path / "mistyped" / "state")]) == 2
    assert "mistyped does not exist; make it first" in capsys.readouterr().err and not asked
    assert run(["hunt", "log", "--state", str(tmp_path / "state")]) == 0


def test_a_name_of_a_million_characters_is_shortened(hunts: Hunts, capsys: pytest.CaptureFixture[str]) -> None:
    hunts(FormatError(f"The log has no {'x' * 1_000_000}; name another."))
    assert run(["hunt", "log"]) == 2
    error = capsys.readouterr().err
    assert len(error) < 2100 and error.startswith("wiretell: The log has no x") and error.endswith("name another.\n")


def test_ctrl_c_while_modules_are_imported_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Compiled:
        """Makes something else of the signal, as compiled modules do, or nothing."""

        def __getattr__(self, name: str) -> Any:
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            if name == "hunt":
                raise ImportError("multiarray failed to import")
            raise AttributeError(name)

    def importing(*_: Any, **__: Any) -> Any:
        return Compiled().hunt

    monkeypatch.setattr("importlib.import_module", importing)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        assert run(["hunt", "log"]) == 130
        captured = capsys.readouterr()
        assert captured.err.startswith("wiretell: interrupted") and captured.err.count("\n") == 1
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("is_cause", [True, False])
def test_what_a_compiled_module_makes_of_ctrl_c_is_no_fault(is_cause: bool, hunts: Hunts) -> None:
    error = ImportError("numpy failed to import")
    error.__cause__, error.__context__ = (KeyboardInterrupt(), None) if is_cause else (None, KeyboardInterrupt())
    hunts(error)
    assert run(["hunt", "log"]) == 130
    hunts(ImportError("another"))
    assert run(["hunt", "log"]) == 4


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (FormatError("log is no Parquet file."), 2),
        (InconclusiveError("Nothing there."), 3),
        (KeyboardInterrupt(), 130),
        (RuntimeError("broken"), 4),
    ],
)
def test_a_hunt_that_fails_leaves_nothing_half_written(
    fault: BaseException, code: int, hunts: Hunts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hunts(fault)
    assert run(["hunt", "log", "--output", str(tmp_path / "hunt.json")]) == code
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a log"),
        (["log", ""], "name a log"),
        (["log", "--window", "3"], "--window is for --state"),
        (["log", "--state", "s", "--window", "0"], "--window takes"),
        (["log", "--memory", "10"], "--memory takes a whole number from 256 up"),
        (["log", "--threads", "0"], "--threads takes"),
        (["log", "--seed", "-1"], "--seed takes"),
        (["log", "--seed", "9" * 30], "--seed takes"),
        (["log", "--seed", "x"], "--seed"),
        (["log", "--engine", "polars"], "--engine"),
        (["log", "--tier", "ban"], "--tier"),
        (["log", "--format", "sarif"], "--format"),
        (["log", "--frobnicate"], "--frobnicate"),
        (["log", "--allow", "/no/such/file"], "/no/such/file cannot be read"),
        (["log", "--output", "/no/such/folder/x"], "does not exist"),
        (["explain"], "--from"),
        (["explain", "a17"], "--from"),
        (["explain", "a17", "--from", "/no/such/file"], "/no/such/file cannot be read"),
        (["appeal", "claim.toml", "--from", "/no/such/file"], "/no/such/file cannot be read"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(
    arguments: list[str], words: str, hunts: Hunts, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = hunts(sample.found())
    assert run(["hunt", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error and error.startswith("wiretell: ") and error.count("\n") == 1 and not asked


def test_the_allow_file_is_read_before_the_log(
    hunts: Hunts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = hunts(sample.quiet())
    (tmp_path / "wrong.toml").write_text(AGREED + "untl = 2026-01-01\n")
    assert run(["hunt", "log", "--allow", str(tmp_path / "wrong.toml")]) == 2
    assert "did you mean 'until'?" in capsys.readouterr().err and not asked
    (tmp_path / "right.toml").write_text(AGREED)
    assert run(["hunt", "log", "--allow", str(tmp_path / "right.toml")]) == 0
    assert asked[0].allow == tmp_path / "right.toml"


def test_the_report_does_not_take_the_place_of_a_log(hunts: Hunts, tmp_path: Path) -> None:
    asked = hunts(sample.found())
    log = tmp_path / "log.jsonl"
    log.write_text("{}")
    assert run(["hunt", str(log), "--output", str(log)]) == 2
    assert log.read_text() == "{}" and not asked


def test_options_that_go_to_the_hunt(hunts: Hunts) -> None:
    asked = hunts(sample.quiet())
    more = ["--engine", "spark", "--state", "s", "--window", "45", "--memory", "512"]
    assert run(["hunt", *more, "./explain"]) == 0
    wish = HuntOptions(logs=(Path("explain"),), engine="spark", state=Path("s"), window_days=45, memory_mb=512)
    assert asked == [wish]


def test_a_verb_is_one_directly_behind_hunt_alone(hunts: Hunts, capsys: pytest.CaptureFixture[str]) -> None:
    asked = hunts(sample.quiet())
    assert run(["hunt", "log", "explain"]) == 0
    assert asked[0].logs == (Path("log"), Path("explain"))
    assert run(["hunt", "explain", "--from", "/no/such/file", "a17"]) == 2
    assert len(asked) == 1


def test_the_text_fits_a_terminal_of_80_columns(
    hunts: Hunts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    hunts(sample.found())
    assert run(["hunt", "log"]) == 1
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_the_page_is_whole(hunts: Hunts, tmp_path: Path) -> None:
    hunts(sample.found())
    assert run(["hunt", "log", "--format", "html", "--output", str(tmp_path / "hunt.html")]) == 1
    page = (tmp_path / "hunt.html").read_text()
    assert page.startswith("<!") and page.rstrip().endswith("</html>")


def test_help_names_every_verb_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["hunt", "--help"])
    out = capsys.readouterr().out
    assert ended.value.code == 0 and "examples:" in out
    assert all(f"    {verb} " in out for verb in command._VERBS)


@pytest.mark.parametrize("verb", ["explain", "appeal"])
def test_help_of_a_verb_has_examples_and_its_own_usage(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["hunt", verb, "--help"])
    out = capsys.readouterr().out
    assert "examples:" in out and out.startswith(f"usage: wiretell hunt {verb} ")


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Missing:
        def __getattr__(self, name: str) -> Any:
            raise ModuleNotFoundError("No module named 'duckdb'", name="duckdb")

    monkeypatch.setattr(package, "hunting", Missing(), raising=False)
    assert run(["hunt", "log"]) == 2
    assert "pip install 'wiretell[hunt]'" in capsys.readouterr().err
