"""`wiretell fleet remove` from the command line, on a home with a real package layout."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.fleet.removal.worlds import RULES, World, hashed, usual
from wiretell.cli import run
from wiretell.fleet.removal import HalfRemovedError, unfinished


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = usual(tmp_path)
    (tmp_path / "wiretell-policy.toml").write_text(RULES)
    (tmp_path / "own").mkdir()
    return world


def only(world: World) -> tuple[str, ...]:
    """Look at nothing but the home: what else is on the machine that runs the tests is none of their business."""
    return "--home", str(world.home), "--root", str(world.top)


def environment(world: World) -> dict[str, str]:
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(world.top / "own"), "COLUMNS": "100"}
    return env | {"XDG_STATE_HOME": str(world.top / "xdg")}


def started(world: World, *words: str, code: str = "") -> subprocess.Popen[str]:
    """Start the verb; `code` runs before it, in its process."""
    program = f"{code}\nimport sys\nfrom wiretell.cli import run\nsys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "fleet", "remove", *words]
    return subprocess.Popen(
        command,
        cwd=world.top,
        env=environment(world),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        errors="replace",
    )


def wiretell(world: World, *words: str, code: str = "") -> tuple[int, str, str]:
    """Run the verb: in a process of its own where `code` says so, which takes longer."""
    if code:
        with started(world, *words, code=code) as child:
            out, err = child.communicate(timeout=60)
        return child.returncode, out, err
    with (
        patch.dict(os.environ, environment(world), clear=True),
        contextlib.chdir(world.top),
        contextlib.redirect_stdout(io.StringIO()) as told,
        contextlib.redirect_stderr(io.StringIO()) as said,
    ):
        try:
            exit_code = run(["fleet", "remove", *words])
        except SystemExit as ended:  # --help
            exit_code = int(ended.code or 0)
    return exit_code, told.getvalue(), said.getvalue()


def remove(world: World, *words: str) -> tuple[int, Any]:
    code, out, err = wiretell(world, *only(world), "--on", "2026-07-10", "--format", "json", *words)
    assert out, err
    return code, json.loads(out)


def state(world: World) -> Path:
    return world.top / "xdg/wiretell/fleet"


def here(world: World, document: Any) -> list[Any]:
    return [step for step in document["steps"] if str(world.home) in step["target"]]


def test_plan_deed_and_proof(world: World) -> None:
    before = hashed(world.home)
    code, plan = remove(world)
    assert (code, plan["verdict"]) == (1, "planned")
    assert hashed(world.home) == before
    assert not state(world).exists()
    code, removal = remove(world, "--apply")
    assert (code, removal["verdict"]) == (0, "removed")
    assert [step["told"] for step in here(world, removal)] == [step["told"] for step in here(world, plan)]
    gone = (
        ".claude",
        ".nvm/versions/node/v22.11.0/bin/claude",
        ".nvm/versions/node/v22.11.0/lib/node_modules/@anthropic-ai",
    )
    assert hashed(world.home) == {path: what for path, what in before.items() if not path.startswith(gone)}
    assert removal["after"]["banned"] == 0
    code, again = remove(world, "--apply")
    assert (code, again["verdict"], again["steps"]) == (0, "nothing", [])
    code, out, _ = wiretell(world, "--restore", removal["archive"])
    assert (code, out.count("put back: ")) == (0, 2)
    assert {path for path in hashed(world.home) if path.startswith(".claude")} == {
        path for path in before if path.startswith(".claude")
    }


def test_the_day_before_nothing_is_banned(world: World) -> None:
    code, plan = remove(world, "--on", "2026-07-09")
    assert (code, plan["verdict"], plan["steps"]) == (0, "nothing", [])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--archive", "x.tar.gz"), "--archive is for --apply"),
        (("--apply", "--archive", "wiretell-policy.toml"), "is there already"),
        (("--apply", "--archive", "none/x.tar.gz"), "the folder"),
        (("--apply", "--archive", "x", "--keep-config"), "exclude each other"),
        (("--apply", "--undo"), "not allowed with"),
        (("--undo",), "there is nothing to undo"),
        (("--undo", "--format", "json"), "has no --format json"),
        (("--restore", "none"), "cannot be restored: No such file"),
        (("--restore", "wiretell-policy.toml"), "is no whole archive of a removal"),
        (("--home", "none"), "is no folder"),
        (("--policy", "none.toml"), "none.toml"),
    ],
)
def test_wrong_use_is_one_sentence(
    world: World,
    words: tuple[str, ...],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = hashed(world.home)
    monkeypatch.chdir(world.top)
    monkeypatch.setenv("XDG_STATE_HOME", str(world.top / "xdg"))
    code = run(["fleet", "remove", "--root", str(world.top), *words])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert hashed(world.home) == before


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(each, marks=pytest.mark.long) for each in (signal.SIGINT, signal.SIGHUP))],
)
def test_interrupted_it_puts_everything_back_and_says_so(world: World, number: signal.Signals) -> None:
    before = hashed(world.home)
    slow = (
        "import time\nfrom wiretell.fleet.removal import archive\n"
        "archive.write = lambda *a, **k: (open('ready', 'w').close(), time.sleep(60))"
    )
    with started(world, *only(world), "--on", "2026-07-10", "--apply", code=slow) as child:
        until = time.monotonic() + 30
        while not (world.top / "ready").exists() and time.monotonic() < until:
            time.sleep(0.02)
        assert not (world.home / ".claude").exists()
        child.send_signal(number)
        out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (130, "")
    assert err == "wiretell: interrupted; nothing was removed: what had been moved is back in its place.\n"
    assert hashed(world.home) == before
    assert unfinished(state(world)) == ()


def test_killed_the_plan_says_so_and_undo_puts_it_back(world: World) -> None:
    before = hashed(world.home)
    dead = "import os\nfrom wiretell.fleet.removal import archive\narchive.write = lambda *a, **k: os._exit(9)"
    code, _, _ = wiretell(world, *only(world), "--on", "2026-07-10", "--apply", code=dead)
    assert code == 9
    code, plan = remove(world)
    assert len(plan["notes"]) == 1
    assert "was broken off; wiretell fleet remove --apply takes it up, --undo puts everything back." in plan["notes"][0]
    code, out, _ = wiretell(world, "--undo")
    assert code == 0
    assert out.endswith("was undone: everything is where it was.\n")
    assert hashed(world.home) == before


def test_half_removed_is_inconclusive() -> None:
    assert HalfRemovedError.exit_code == 3


def test_help_has_examples(world: World) -> None:
    code, out, _ = wiretell(world, "--help")
    assert code == 0
    assert "examples:" in out
    assert "exit codes:" in out
    assert os.linesep in out
