"""Ending processes, and only those that were meant; packages through a stand-in of apt-get."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.fleet.removal.worlds import ON, by, usual
from wiretell.fleet.removal import Hands, acting, ending, packages, remove, unfinished
from wiretell.fleet.removal.running import ran
from wiretell.model.fleet import Action, Manager, Process, Scope, StepState


@contextmanager
def running(code: str = "", script: Path | None = None) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a process that says when it is ready; give it and its start as an inventory has it."""
    whole = f"import signal, sys, time\n{code}\nprint(flush=True)\ntime.sleep(60)"
    if script:
        script.write_text(whole)
    command = [sys.executable, os.fspath(script)] if script else [sys.executable, "-c", whole]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()
            at = dt.datetime.fromtimestamp(ending.started_at(child.pid), dt.UTC)
            yield child, at.isoformat(timespec="seconds").replace("+00:00", "Z")
        finally:
            child.kill()


def test_a_process_is_asked_and_ends() -> None:
    with running() as (child, started):
        assert ending.end(child.pid, started, frozenset()) == ""
        assert child.wait() == -signal.SIGTERM


def test_one_that_does_not_listen_is_killed() -> None:
    with running("signal.signal(signal.SIGTERM, signal.SIG_IGN)") as (child, started):
        told = ending.end(child.pid, started, frozenset(), patience_s=0.2)
        assert told == "it did not end within 0.2 s and was killed"
        assert child.wait() == -signal.SIGKILL


def test_another_process_of_the_same_number_is_left_alone() -> None:
    with running() as (child, _):
        told = ending.end(child.pid, "2026-07-10T00:00:00Z", frozenset())
        assert told == "it had ended by itself; the number is another process's now"
        assert child.poll() is None


def test_one_that_is_gone_is_said() -> None:
    with running() as (child, started):
        child.kill()
        child.wait()
        assert ending.end(child.pid, started, frozenset()) == "it had ended by itself"


def test_oneself_is_never_ended() -> None:
    for pid in (os.getpid(), 1, 0, -1):
        with pytest.raises(OSError, match="wiretell runs in it"):
            ending.end(pid, "2026-07-10T00:00:00Z", frozenset({os.getpid()}))


def test_a_start_is_told_right() -> None:
    before = time.time()
    with running() as (child, _):
        assert before - 1 < ending.started_at(child.pid) < time.time() + 1


def claude(child: subprocess.Popen[bytes], at: str, program: Path | str, install: str) -> Process:
    return Process(
        product="claude-code",
        vendor="anthropic",
        version="2.1.91",
        pid=child.pid,
        started=at,
        user="dev",
        program=os.fspath(program),
        install=install,
    )


def alive(*processes: tuple[subprocess.Popen[bytes], Process]) -> Callable[[], tuple[Process, ...]]:
    return lambda: tuple(process for child, process in processes if child.poll() is None)


def test_the_processes_of_what_is_banned_end_before_it_goes(tmp_path: Path) -> None:
    world = usual(tmp_path)
    banned, allowed = world.installs
    cli = Path(banned.path) / "cli.js"
    with running(script=cli) as (child, started), running(script=world.write("mine.py")) as (other, also):
        told = replace(claude(other, also, world.home / "mine.py", allowed.id), product="gemini-cli", version="0.61.0")
        world.processes = alive((child, claude(child, started, cli, banned.id)), (other, told))
        removal = remove(world.take, by(), ON, world.options(apply=True))
        assert removal.steps[0].step.told == f"kill {child.pid}"
        assert removal.steps[0].state is StepState.DONE
        assert removal.left == ()
        assert child.poll() is not None
        assert other.poll() is None


def test_a_process_that_cannot_be_ended_stops_nothing_and_is_said(tmp_path: Path) -> None:
    world = usual(tmp_path)
    cli = Path(world.installs[0].path) / "cli.js"

    def end(pid: int, started: str, own: frozenset[int]) -> str:
        raise PermissionError(1, "Operation not permitted")

    with running(script=cli) as (child, started):
        world.processes = alive((child, claude(child, started, cli, world.installs[0].id)))
        removal = remove(world.take, by(), ON, world.options(apply=True, hands=Hands(end=end)))
        assert [each.state.value for each in removal.steps] == ["failed"] + ["done"] * 5
        assert removal.steps[0].why == "it cannot be ended: Operation not permitted"
        assert [judged.finding.id for judged in removal.left] == [f"process:{child.pid}@{started}"]


@pytest.mark.parametrize("case", ["title", "replaced", "no install", "the folder of everything"])
def test_what_does_not_run_the_banned_file_itself_is_not_ended(tmp_path: Path, case: str) -> None:
    """An inventory may say so: by a name, a title, or a link to a folder in which the whole system lies."""
    world = usual(tmp_path)
    banned, script = world.installs[0], world.write("mine.py")
    program, install = os.fspath(script), banned.id
    with running(script=script) as (child, started):
        if case == "title":
            program = os.path.realpath(f"/proc/{child.pid}/exe")
        elif case == "replaced":
            program = f"{banned.path}/cli.js"
        elif case == "no install":
            install = ""
        else:
            item = world.install("p/claude-code", path=os.fspath(world.link("p/claude-code", world.home)))
            install = item.id
        world.processes = alive((child, claude(child, started, program, install)))
        removal = remove(world.take, by(), ON, world.options(apply=True))
        assert child.poll() is None
        assert Action.END not in {each.step.action for each in removal.steps}
        (step,) = (each.step for each in removal.steps if each.step.target == f"pid {child.pid}")
        assert step.told.endswith(f"runs no file of a banned install; look at it, then: kill {child.pid}")


def test_what_runs_something_else_when_its_turn_comes_is_left_alone(tmp_path: Path) -> None:
    world = usual(tmp_path)
    cli = Path(world.installs[0].path) / "cli.js"
    with running(script=cli) as (child, started), running(script=world.write("mine.py")) as (other, _):
        world.processes = alive((child, claude(child, started, cli, world.installs[0].id)))
        now = ran(claude(other, started, world.home / "mine.py", ""))
        assert now is not None
        with patch.object(acting, "ran", lambda _: now):
            removal = remove(world.take, by(), ON, world.options(apply=True))
        assert (removal.steps[0].state, child.poll()) == (StepState.LEFT, None)


FAKE = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
  *--simulate*) printf 'Inst x\\nRemv claude-code [2.1.91]\\n{more}' ;;
  *) {deed} ;;
esac
"""


def fake(tmp_path: Path, *, more: str = "", deed: str = "exit 0") -> tuple[str, Path]:
    log, script = tmp_path / "apt.log", tmp_path / "apt-get"
    script.write_text(FAKE.format(log=log, more=more, deed=deed))
    script.chmod(0o755)
    return os.fspath(script), log


def test_a_package_is_tried_and_removed(tmp_path: Path) -> None:
    command, log = fake(tmp_path)
    packages.remove("claude-code", ["claude-code"], [command])
    assert log.read_text().splitlines() == [
        "--simulate remove -- claude-code",
        "--yes --no-auto-remove remove -- claude-code",
    ]


def test_what_would_take_others_too_is_not_done(tmp_path: Path) -> None:
    command, log = fake(tmp_path, more="Remv desktop [1]\\n")
    with pytest.raises(OSError, match="apt-get would take away desktop too, which nobody asked for"):
        packages.remove("claude-code", ["claude-code"], [command])
    assert len(log.read_text().splitlines()) == 1
    packages.remove("claude-code", ["claude-code", "desktop"], [command])


def test_a_package_that_stays_is_said(tmp_path: Path) -> None:
    command, _ = fake(tmp_path, deed="echo 'E: Could not get lock' >&2; exit 100")
    with pytest.raises(OSError, match="apt-get: E: Could not get lock"):
        packages.remove("claude-code", ["claude-code"], [command])
    with pytest.raises(FileNotFoundError):
        packages.remove("claude-code", ["claude-code"], [str(tmp_path / "none")])


def test_packages_go_as_a_step_of_the_removal(tmp_path: Path) -> None:
    world = usual(tmp_path)
    world.is_root = True
    program = world.write("usr/bin/claude")
    world.install(
        "usr/bin/claude", user="", scope=Scope.SYSTEM, manager=Manager.DEBIAN, name="claude-code", version="2.1.92"
    )
    command, log = fake(tmp_path, deed=f"rm {program}")
    hands = Hands(package=lambda name, planned: packages.remove(name, planned, [command]))
    removal = remove(world.take, by(), ON, world.options(apply=True, hands=hands))
    assert removal.steps[-1].step.action is Action.PACKAGE
    assert removal.steps[-1].state is StepState.DONE
    assert removal.left == ()
    assert len(log.read_text().splitlines()) == 2


def test_a_package_that_stays_leaves_the_rest_removed(tmp_path: Path) -> None:
    world = usual(tmp_path)
    world.is_root = True
    world.write("usr/bin/claude")
    world.install(
        "usr/bin/claude", user="", scope=Scope.SYSTEM, manager=Manager.DEBIAN, name="claude-code", version="2.1.92"
    )
    command, _ = fake(tmp_path, deed="exit 100")
    hands = Hands(package=lambda name, planned: packages.remove(name, planned, [command]))
    removal = remove(world.take, by(), ON, world.options(apply=True, hands=hands))
    assert removal.steps[-1].why == "apt-get: exit code 100"
    assert [judged.finding.version for judged in removal.left] == ["2.1.92"]  # type: ignore[union-attr]
    assert unfinished(world.state) == ()


def test_a_hung_apt_get_ends(tmp_path: Path) -> None:
    command, _ = fake(tmp_path, deed="sleep 30")
    with patch.object(packages, "_LIMIT_S", 0.5), pytest.raises(OSError, match=r"did not end within 0\.5 s"):
        packages.remove("claude-code", ["claude-code"], [command])
