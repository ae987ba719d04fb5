"""`wiretell hunt explain` and `appeal` on a saved hunt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from tests.report.hunt import sample
from wiretell import report
from wiretell.cli import run
from wiretell.hunt import rule
from wiretell.report.hunt.document_v1 import FORM, HuntDocument, Rule

CARD = '[card]\npayment = ["pay_81f0"]\n'
DECIDED = 'decision = "overturned"\nreviewer = "R. Example"\ndate = 2026-07-10\nnote = "Contract 14."\n'


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "hunt.json"
    path.write_text(report.render(report.to_document(replace(sample.found(), rule=rule.rule_id())), "json"))
    return path


def read(path: Path) -> HuntDocument:
    return FORM.decode(path.read_bytes())


def member(saved: Path, at: int = 1) -> str:
    return read(saved).campaigns[0].accounts[at]


def claim(folder: Path, account: str, text: str) -> str:
    path = folder / "claim.toml"
    path.write_text(f"schema = 1\naccount = {json.dumps(account)}\n{text}")
    return str(path)


def test_an_account_is_explained_without_the_names_of_others(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = read(saved).campaigns[0].accounts
    assert run(["hunt", "explain", names[1], "--from", str(saved)]) == 0
    out = capsys.readouterr().out
    assert names[1] in out and not any(name in out for name in names if name != names[1])


def test_an_account_that_looks_like_an_option_stands_behind_two_dashes(
    saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = saved.read_bytes().replace(json.dumps(member(saved)).encode(), b'"--a1"')
    saved.write_bytes(odd)
    assert run(["hunt", "explain", "--from", str(saved), "--", "--a1"]) == 0
    assert "looks like one of" in capsys.readouterr().out
    for wrong in (["a", "--from", str(saved), "--", "b"], ["--from", str(saved)]):
        assert run(["hunt", "explain", *wrong]) == 2
        assert "name one ACCOUNT" in capsys.readouterr().err


def test_an_account_in_no_campaign_is_told_so_and_names_nobody(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    near = member(saved)[:-1]
    assert run(["hunt", "explain", near, "--from", str(saved)]) == 0
    out = capsys.readouterr().out
    assert "in none of the campaigns" in out and member(saved) not in out
    assert run(["hunt", "explain", near, "--from", str(saved), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "wiretell/hunt-explain/1"


@pytest.mark.parametrize("verb", ["explain", "appeal"])
@pytest.mark.parametrize(
    ("cut", "words"),
    [(0, "is empty"), (500, "cut off"), (None, "form 'wiretell/audit/1'")],
    ids=["empty", "cut", "other"],
)
def test_what_is_no_hunt_document_is_refused(
    verb: str, cut: int | None, words: str, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole.replace(b"wiretell/hunt/1", b"wiretell/audit/1") if cut is None else whole[:cut])
    assert run(["hunt", verb, claim(tmp_path, "a", CARD), "--from", str(saved)]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_an_appeal_shows_before_and_after_and_keeps_nothing_unless_asked(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    before = saved.read_bytes()
    assert run(["hunt", "appeal", "--from", str(saved), claim(tmp_path, member(saved), CARD)]) == 0
    out = capsys.readouterr().out
    assert "payment   +11." in out and "explained" in out and "Nothing was written" in out
    assert max(map(len, out.splitlines())) <= 80
    assert saved.read_bytes() == before and {path.name for path in tmp_path.iterdir()} == {"hunt.json", "claim.toml"}


def test_a_decision_is_recorded_and_shown_by_explain(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account, target = member(saved), tmp_path / "heard.json"
    words = ["hunt", "appeal", "--from", str(saved), claim(tmp_path, account, DECIDED + CARD), "--output", str(target)]
    assert run(words) == 0
    assert "OVERTURNED" in capsys.readouterr().out
    (entry,) = read(target).appeals
    assert (entry.account, entry.decision, entry.reviewer) == (account, "overturned", "R. Example")
    plain = structs.replace(read(target), appeals=(), accounts=(), campaigns=())
    assert plain == structs.replace(read(saved), accounts=(), campaigns=())
    assert run(["hunt", "explain", account, "--from", str(target)]) == 0
    assert "Contract 14." in " ".join(capsys.readouterr().out.split())  # lines break where the terminal is narrow


def test_the_document_may_take_its_own_place(saved: Path, tmp_path: Path) -> None:
    words = ["hunt", "appeal", "--from", str(saved), claim(tmp_path, member(saved), CARD), "--output", str(saved)]
    assert run(words) == 0 and run(words) == 0
    assert len(read(saved).appeals) == 1


def test_json_gives_the_document_and_nothing_else(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["hunt", "appeal", "--from", str(saved), claim(tmp_path, member(saved), CARD), "--format", "json"]
    assert run(words) == 0
    assert FORM.decode(capsys.readouterr().out.encode()).appeals[0].decision == "open"


def test_what_a_claim_says_does_not_steer_the_terminal(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[other]\ntext = "\\u001b[2J\\u202Eit was me"\n'
    assert run(["hunt", "appeal", "--from", str(saved), claim(tmp_path, member(saved), text)]) == 0
    out = capsys.readouterr().out
    assert "[U+001B]" in out and "[U+202E]" in out and "\x1b" not in out and "\u202e" not in out


def test_the_document_does_not_take_the_place_of_the_claim(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = claim(tmp_path, member(saved), CARD)
    before = Path(asked).read_bytes()
    assert run(["hunt", "appeal", "--from", str(saved), asked, "--output", asked]) == 2
    assert "place of the claim" in capsys.readouterr().err
    assert Path(asked).read_bytes() == before


@pytest.mark.parametrize(("account", "words"), [("nobody", "no finding on nobody"), ("", "must not be empty")])
def test_a_claim_of_nobody_is_refused(
    account: str, words: str, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["hunt", "appeal", "--from", str(saved), claim(tmp_path, account, CARD)]) == 2
    assert words in capsys.readouterr().err


def test_a_document_of_another_rule_is_refused(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = structs.replace(read(saved), rule=Rule(version="2030-01-01", sha256="ab" * 32))
    saved.write_text(report.render(other, "json"))
    target = tmp_path / "heard.json"
    words = ["hunt", "appeal", "--from", str(saved), claim(tmp_path, "a", CARD), "--output", str(target)]
    assert run(words) == 2
    assert "judged by rule 2030-01-01" in capsys.readouterr().err and not target.exists()
