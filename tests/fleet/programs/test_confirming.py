"""What a package says of a program, held against the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.programs import made_up
from wiretell.fleet.programs import forms
from wiretell.fleet.programs.confirming import all_confirmed
from wiretell.fleet.programs.hashing import Digests
from wiretell.model.fleet import Install, Manager, NotExamined, Recognised, Scope


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "PROGRAM_MIN", 100_000)


def install(program: Path, version: str, **changes: object) -> Install:
    values: dict[str, object] = {
        "product": "claude-code",
        "vendor": "anthropic",
        "name": "@anthropic-ai/claude-code",
        "version": version,
        "manager": Manager.NPM_GLOBAL,
        "scope": Scope.USER,
        "user": "dev",
        "path": str(program.parent),
        "hashed": str(program),
        **changes,
    }
    return Install(**values)  # type: ignore[arg-type]


def confirmed(program: Path, version: str, **changes: object) -> Install:
    (found,) = all_confirmed([install(program, version, **changes)], Digests(None))
    assert isinstance(found, Install)
    return found


@pytest.mark.parametrize(
    ("told", "version", "note"),
    [
        ("2.1.91", "2.1.91", ""),
        ("99.0.0", "2.1.91", "Its package says 99.0.0, the program itself 2.1.91."),
        ("2.1.91-evil", "2.1.91", "Its package says 2.1.91-evil, the program itself 2.1.91."),
        ("", "2.1.91", ""),
        ("2.1.91+build", "2.1.91+build", ""),
    ],
)
def test_the_program_counts(tmp_path: Path, told: str, version: str, note: str) -> None:
    program = tmp_path / "cli.js"
    program.write_bytes(made_up.script(made_up.CLAUDE, "2.1.91"))
    found = confirmed(program, told)
    assert (found.version, found.note, found.recognised) == (version, note, Recognised.CONTENT)


def test_another_product_under_its_name(tmp_path: Path) -> None:
    program = tmp_path / "cli.js"
    program.write_bytes(made_up.script(made_up.CLAUDE, "2.1.91"))
    found = confirmed(program, "1.0.0", product="opencode", vendor="opencode", note="First.")
    assert (found.product, found.vendor, found.version) == ("claude-code", "anthropic", "2.1.91")
    assert found.note == "First. Its package says opencode 1.0.0, the program itself claude-code 2.1.91."


@pytest.mark.parametrize("inside", ["1.0.0 (commit ab12)", "$" + "{v}"])
def test_what_is_no_version_does_not_count(tmp_path: Path, inside: str) -> None:
    program = tmp_path / "cli.js"
    program.write_bytes(made_up.script(made_up.CLAUDE, inside))
    assert (confirmed(program, "2.1.91").version, confirmed(program, "2.1.91").note) == ("2.1.91", "")


def test_a_program_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    program = tmp_path / "cli.js"
    program.write_bytes(b"import x from 'y'")
    assert confirmed(program, "2.1.91") == install(program, "2.1.91")


def test_lists_of_files_are_not_asked(tmp_path: Path) -> None:
    record = tmp_path / "RECORD.js"
    record.write_bytes(made_up.script(made_up.CLAUDE, "2.1.91"))
    assert confirmed(record, "1.0", manager=Manager.VENV).version == "1.0"


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    kept = install(tmp_path / "gone", "2.1.91")
    told = list(all_confirmed([kept], Digests(None)))
    assert told[1] == kept and isinstance(told[0], NotExamined) and "gone" in told[0].what
