"""A removal that was broken off hides what it renamed: whoever looks is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.fleet.removal.worlds import ON, RULES, World, by, usual
from wiretell.cli import run
from wiretell.errors import FormatError
from wiretell.fleet import state
from wiretell.fleet.removal import archive, remove, undo, unfinished
from wiretell.report import encode, to_document

POLICY = "wiretell-policy.toml"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = usual(tmp_path)
    (tmp_path / POLICY).write_text(RULES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/nowhere")
    return world


def state_of(world: World) -> Path:
    return world.top / "xdg/wiretell/fleet"


class Killed(BaseException):
    """Stands for the end of the process."""


def broken_off(world: World) -> None:
    """Leave a removal as a kill before COMMIT leaves it."""

    def killed(*_: object) -> None:
        raise Killed

    with (
        patch.object(archive, "write", killed),
        patch("wiretell.fleet.removal.acting.rolled_back", lambda _: None),
        pytest.raises(Killed),
    ):
        remove(world.take, by(), ON, world.options(apply=True, state=state_of(world)))


def looked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[Any, str]:
    assert run(["fleet", *words, "--format", "json"]) in {0, 1}
    out, err = capsys.readouterr()
    return json.loads(out), err


def inventory_of(world: World) -> str:
    """Store an inventory; return its file."""
    file = world.top / "inventory.json"
    file.write_bytes(encode(to_document(world.take())))
    return str(file)


def test_inventory_and_check_say_so(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    broken_off(world)
    for words in (("inventory",), ("check", "--on", "2026-07-10")):
        document, err = looked(capsys, *words, "--home", str(world.home))
        first = document["not_examined"][0]
        assert first["what"] == "what a removal has renamed"
        assert first["why"].startswith("The removal begun at ")
        assert first["why"].endswith(
            " was broken off; wiretell fleet remove --apply takes it up, --undo puts everything back; what it has "
            "renamed is not seen."
        )
        assert err == f"wiretell: {first['why']}\n"
    undo(state_of(world))
    document, err = looked(capsys, "inventory", "--home", str(world.home))
    assert "what a removal has renamed" not in {each["what"] for each in document["not_examined"]}
    assert err == ""


def test_a_journal_that_is_none_is_said_and_stops_no_inventory(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = state_of(world) / "removal-20260710T000000Z-00000000"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_text("{}\n")
    document, err = looked(capsys, "inventory", "--home", str(world.home))
    assert "is no journal of a removal" in document["not_examined"][0]["why"]
    assert err.count("\n") == 1


def test_another_machine_is_not_spoken_of(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    stored = inventory_of(world)
    broken_off(world)
    _, err = looked(capsys, "check", "--inventory", stored)
    assert err == ""
    image = world.top / "image"
    image.mkdir()
    _, err = looked(capsys, "inventory", "--root", str(image))
    assert err == ""


def test_a_removal_itself_tells_it_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    broken_off(world)
    document, err = looked(capsys, "remove", "--home", str(world.home), "--on", "2026-07-10")
    assert len(document["notes"]) == 1
    assert err == ""
    assert "what a removal has renamed" not in {each["what"] for each in document["before"]["not_examined"]}


def test_what_removes_is_not_imported_where_nothing_is_unfinished(world: World) -> None:
    remove(world.take, by(), ON, world.options(apply=True, state=state_of(world)))
    code = (
        "import sys\nfrom wiretell.cli import run\n"
        f"run(['fleet', 'inventory', '--home', {str(world.home)!r}, '--output', '/dev/null'])\n"
        "assert not [name for name in sys.modules if name.startswith('wiretell.fleet.removal')]"
    )
    env = {"PATH": "/nowhere", "HOME": str(world.top), "XDG_STATE_HOME": str(world.top / "xdg")}
    done = subprocess.run([sys.executable, "-c", code], cwd=world.top, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_cheap_look_misses_none(world: World) -> None:
    """It says yes wherever the journals themselves do."""
    begun = state_of(world)
    assert not state.may_be_unfinished(begun)
    broken_off(world)
    (journal,) = begun.glob("removal-*/journal.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    end = b'{"kind": "end", "how": "undone"}\n'
    for text, is_open in (
        (b"".join(lines), True),
        (b"".join(lines)[:-3], True),
        (b"".join(lines) + end, False),
        (b"".join(lines) + end[:-1], True),
        (b"".join([*lines, b'{"kind": "step", "index": 0, "state": "done", "why": "' + b"x" * 5000 + b'"}\n']), True),
        (b"".join([*lines, b'{"kind": "step", "index": 0, "state": "done", "why": ""}\n', end]), False),
    ):
        journal.write_bytes(text)
        assert state.may_be_unfinished(begun) is is_open
        assert is_open or not unfinished(begun)
    journal.unlink()
    os.mkfifo(journal)
    assert state.may_be_unfinished(begun)
    with pytest.raises(FormatError, match="is no journal"):
        unfinished(begun)
    journal.unlink()
    assert not state.may_be_unfinished(begun)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-13-01", "soon"])
@pytest.mark.parametrize(
    "verb", [["check"], ["remove"], ["report", "."], ["policy", "explain", "wiretell-policy.toml"]]
)
def test_a_day_without_a_midnight_is_wrong_use(
    world: World, verb: list[str], day: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.home.is_dir()
    assert run(["fleet", *verb, "--on", day]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert "midnight" in err or "is no date" in err


@pytest.mark.parametrize("day", ["0002-01-01", "9998-12-31"])
def test_the_first_and_the_last_day_are_decided(world: World, day: str, capsys: pytest.CaptureFixture[str]) -> None:
    document, _ = looked(capsys, "check", "--inventory", inventory_of(world), "--on", day)
    assert document["on"].startswith(day)
