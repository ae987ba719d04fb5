"""A removal that is killed, at every step of its way: it is taken up or undone, and never half done in silence."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import pytest

from tests.fleet.removal.worlds import ON, World, by, hashed, usual
from wiretell.errors import UsageError
from wiretell.fleet.removal import HalfRemovedError, acting, archive, disk, remove, undo, unfinished
from wiretell.fleet.removal.journal import Journal

STEPS = 200
"""More than a removal has; the test says so if it has more."""
_POINTS: tuple[tuple[Any, str], ...] = (
    (disk, "_rename"),
    (disk, "delete"),
    (Journal, "_append"),
    (archive, "write"),
    (archive, "verified"),
    (archive._Writer, "_add"),
    (acting, "_settle"),
    (os, "rename"),
)


@contextmanager
def failing(at: int, fail: Callable[[], None], points: tuple[tuple[Any, str], ...] = _POINTS) -> Iterator[list[str]]:
    """Have the `at`th moment fail: each point has one before it and one behind it. Gives the moments that passed."""
    passed: list[str] = []

    def wrapped(real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            passed.append(f"before {name}")
            if len(passed) == at:
                fail()
            result = real(*args, **kwargs)
            passed.append(f"after {name}")
            if len(passed) == at:
                fail()
            return result

        return call

    patches = [patch.object(owner, name, wrapped(getattr(owner, name), name)) for owner, name in points]
    for each in patches:
        each.start()
    try:
        yield passed
    finally:
        for each in reversed(patches):
            each.stop()


def moments(tmp_path: Path) -> list[str]:
    world = usual(tmp_path)
    with failing(0, lambda: None) as passed:
        remove(world.take, by(), ON, world.options(apply=True))
    return passed


def killed(world: World, at: int, run: Callable[[], object]) -> int:
    """Run something in a process of its own that is gone, without a word, at its `at`th moment."""
    pid = os.fork()
    if pid == 0:
        try:
            with failing(at, lambda: os._exit(9)):
                run()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def goal(tmp_path: Path) -> dict[str, str]:
    world = usual(tmp_path)
    remove(world.take, by(), ON, world.options(apply=True))
    return hashed(world.home)


def without_times(tree: dict[str, str]) -> dict[str, str]:
    """Two worlds are made at different times."""
    return {path: what.rpartition(" ")[0] or what for path, what in tree.items()}


some_moments = pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
"""Each moment takes a process and three removals: a sample of them here, all of them in the long tests. What differs
from moment to moment is tried at each of them, without a process, by `test_interrupted_at_every_moment`."""


@some_moments
def test_killed_at_every_moment_it_is_taken_up(tmp_path: Path, every: int) -> None:
    wanted = without_times(goal(tmp_path / "goal"))
    count = len(moments(tmp_path / "count"))
    assert 30 < count < STEPS
    for at in range(1, count + 1, every):
        world = usual(tmp_path / str(at))
        begun = hashed(world.home)
        assert killed(world, at, lambda w=world: remove(w.take, by(), ON, w.options(apply=True))) == 9  # type: ignore[misc]
        broken = hashed(world.home) != begun
        sentences = unfinished(world.state)
        assert sentences or not broken or without_times(hashed(world.home)) == wanted, at
        planned = remove(world.take, by(), ON, world.options())
        assert planned.notes == sentences
        again = remove(world.take, by(), ON, world.options(apply=True))
        assert without_times(hashed(world.home)) == wanted, at
        assert again.left == ()
        assert again.resumed == bool(sentences)
        assert unfinished(world.state) == ()
        assert len(list(world.state.glob("removal-*/archive.tar.gz"))) == 1, at
        assert not list(world.state.glob("removal-*/*.partial*")), at


@some_moments
def test_killed_at_every_moment_it_is_undone(tmp_path: Path, every: int) -> None:
    count = len(moments(tmp_path / "count"))
    undone = 0
    for at in range(1, count + 1, every):
        world = usual(tmp_path / str(at))
        before = hashed(world.home)
        killed(world, at, lambda w=world: remove(w.take, by(), ON, w.options(apply=True)))  # type: ignore[misc]
        try:
            undo(world.state)
        except UsageError as error:
            if "nothing to undo" in str(error):
                continue
            assert "cannot be undone" in str(error)
            assert "--apply brings it to its end" in str(error)
            continue
        undone += 1
        assert hashed(world.home) == before, at
    assert undone > count // every // 3


@some_moments
def test_killed_while_it_rolls_back_it_rolls_back_again(tmp_path: Path, every: int) -> None:
    for at in range(1, 60, every):
        world = usual(tmp_path / str(at))
        before = hashed(world.home)

        def run(world: World = world) -> None:
            def full(*_: object) -> NoReturn:
                raise OSError(28, "No space left on device")

            with patch.object(archive, "_written", full):
                remove(world.take, by(), ON, world.options(apply=True))

        if killed(world, at, run) != 9:
            assert hashed(world.home) == before
            break
        if unfinished(world.state):
            undo(world.state)
        assert hashed(world.home) == before, at
    else:
        pytest.fail("more moments than were tried")


@some_moments
def test_killed_while_it_is_taken_up_it_is_taken_up_again(tmp_path: Path, every: int) -> None:
    wanted = without_times(goal(tmp_path / "goal"))
    late = moments(tmp_path / "count").index("before _settle") + 1
    for at in range(1, 200, 3 * every):
        world = usual(tmp_path / str(at))
        for first in (20, late):
            killed(world, first, lambda w=world: remove(w.take, by(), ON, w.options(apply=True)))  # type: ignore[misc]
        code = killed(world, at, lambda w=world: remove(w.take, by(), ON, w.options(apply=True)))  # type: ignore[misc]
        remove(world.take, by(), ON, world.options(apply=True))
        assert without_times(hashed(world.home)) == wanted, at
        if code == 0:
            break
    else:
        pytest.fail("more moments than were tried")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError])
def test_interrupted_at_every_moment_all_is_back_or_said(tmp_path: Path, kind: type[BaseException]) -> None:
    """Ctrl-C, and a disk that fails once: what is not at its end is where it was, or the journal knows."""
    wanted = without_times(goal(tmp_path / "goal"))
    for at in range(1, len(moments(tmp_path / "count")) + 1):
        world = usual(tmp_path / str(at))
        before = hashed(world.home)

        def fail() -> NoReturn:
            raise kind(5, "Input/output error")

        try:
            with failing(at, fail):
                remove(world.take, by(), ON, world.options(apply=True))
        except (KeyboardInterrupt, UsageError, HalfRemovedError):
            pass
        now = hashed(world.home)
        assert now == before or without_times(now) == wanted or unfinished(world.state), at
        remove(world.take, by(), ON, world.options(apply=True))
        assert without_times(hashed(world.home)) == wanted, at


def test_a_line_of_the_journal_that_was_cut_short_counts_as_not_written(tmp_path: Path) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    late = moments(tmp_path / "count").index("before _settle") + 1
    killed(world, late, lambda: remove(world.take, by(), ON, world.options(apply=True)))
    journal = next(world.state.glob("removal-*/journal.jsonl"))
    lines = journal.read_bytes().splitlines(keepends=True)
    assert b'"commit"' in lines[-1]
    journal.write_bytes(b"".join(lines)[:-5])
    assert "--undo puts everything back" in unfinished(world.state)[0]
    undo(world.state)
    assert hashed(world.home) == before
    assert journal.read_bytes().endswith(b'{"kind": "end", "how": "undone"}\n')
    assert unfinished(world.state) == ()


@pytest.mark.parametrize("text", [b"{}\n", b"[]\n", b'{"kind": "begin"}\n', b"\xff\n{}\n", b"[" * 100_000 + b"\n1\n"])
def test_a_journal_that_is_none_stops_every_removal(tmp_path: Path, text: bytes) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    folder = world.state / "removal-20260710T000000Z-00000000"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(text)
    for apply in (False, True):
        with pytest.raises(UsageError, match="move its folder away"):
            remove(world.take, by(), ON, world.options(apply=apply))
    assert hashed(world.home) == before


def test_two_at_a_time_are_one_too_many(tmp_path: Path) -> None:
    world = usual(tmp_path)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:

        def taken() -> Any:
            os.write(writer, b"x")
            signal.pause()

        try:
            remove(taken, by(), ON, world.options(apply=True))
        finally:
            os._exit(0)
    try:
        os.read(reader, 1)
        with pytest.raises(UsageError, match="another `wiretell fleet remove` is at work"):
            remove(world.take, by(), ON, world.options(apply=True))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)
        os.close(writer)
    assert remove(world.take, by(), ON, world.options(apply=True)).left == ()


def test_what_has_come_into_the_way_is_not_overwritten(tmp_path: Path) -> None:
    world = usual(tmp_path)
    at = moments(tmp_path / "count").index("before write") + 1
    killed(world, at, lambda: remove(world.take, by(), ON, world.options(apply=True)))
    world.write(".claude.json", "new")
    with pytest.raises(
        HalfRemovedError, match=r"\.claude\.json cannot be put back from .* something else is there now"
    ):
        undo(world.state)
    assert (world.home / ".claude.json").read_text() == "new"
    (world.home / ".claude.json").unlink()
    assert undo(world.state)
    assert (world.home / ".claude.json").read_text() == '{"userID": "x"}'


def test_interrupted_just_after_commit_and_killed_on_the_way_back_it_still_goes_back(tmp_path: Path) -> None:
    """COMMIT is on the disk, but nothing was deleted: the way back is open, and stays so."""
    real, on_the_way = Journal.commit, 0
    late = moments(tmp_path / "count").index("after write") + 1

    def commit(self: Journal, archived: list[str]) -> NoReturn:
        real(self, archived)
        raise KeyboardInterrupt

    for at in range(late, 200):
        world = usual(tmp_path / str(at))
        before = hashed(world.home)

        def run(world: World = world) -> None:
            with patch.object(Journal, "commit", commit):
                remove(world.take, by(), ON, world.options(apply=True))

        if killed(world, at, run) != 9:
            break
        journal = next(world.state.glob("removal-*/journal.jsonl"), None)
        lines = journal.read_text() if journal else ""
        if '"undoing"' in lines and '"end"' not in lines:
            on_the_way += '"commit"' in lines
            undo(world.state)
            assert hashed(world.home) == before, at
    assert on_the_way >= 4
