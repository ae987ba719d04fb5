"""What goes wrong on the way: closed folders, a full disk, files that change, links that take the place of folders."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.fleet.removal.worlds import ON, World, by, empty, hashed, usual
from wiretell.errors import UsageError
from wiretell.fleet.removal import acting, archive, disk, remove, unfinished
from wiretell.model.fleet import Action, Removal, StepState


def states(removal: Removal) -> list[str]:
    return [each.state.value for each in removal.steps]


def before_renaming(change: Callable[[], object]) -> Any:
    """Have something happen between the plan and the first renaming."""
    real = acting._end_processes

    def ending(*args: Any) -> None:
        real(*args)
        change()

    return patch.object(acting, "_end_processes", ending)


def test_a_full_disk_takes_nothing(tmp_path: Path) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch.object(archive._Writer, "_file", side_effect=full):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert states(removal) == ["failed", "undone", "undone", "undone", "undone"]
    assert removal.steps[0].why.endswith("archive.tar.gz cannot be written: No space left on device")
    assert hashed(world.home) == before
    assert len(removal.left) == 1
    assert removal.archive == ""
    assert not list(world.state.glob("*/archive*"))
    assert unfinished(world.state) == ()


def test_a_really_full_disk_takes_nothing(tmp_path: Path) -> None:
    """`/dev/full` cannot be renamed to, so the limit is on the size of files (setrlimit)."""
    import resource
    import signal

    world = usual(tmp_path)
    world.write(".claude/big", os.urandom(1 << 20))
    before = hashed(world.home)
    old, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, old[1]))
    try:
        removal = remove(world.take, by(), ON, world.options(apply=True))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert states(removal) == ["failed", "undone", "undone", "undone", "undone"]
    assert removal.steps[0].why.endswith("File too large")
    assert hashed(world.home) == before


def test_what_is_not_read_again_as_it_was_is_no_archive(tmp_path: Path) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    real = archive.verified

    def flipped(path: str) -> tuple[str, ...]:
        data = bytearray(Path(path).read_bytes())
        data[len(data) // 2] ^= 1
        Path(path).write_bytes(data)
        return real(path)

    with patch.object(archive, "verified", flipped):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert states(removal) == ["failed", "undone", "undone", "undone", "undone"]
    assert hashed(world.home) == before


def test_what_cannot_be_read_takes_nothing(tmp_path: Path) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    secret = world.write(".claude/closed", "x", 0o000)
    before = hashed(world.home) if os.geteuid() == 0 else before
    real = os.open

    def closed(path: Any, *args: Any, **kwargs: Any) -> int:
        if path == "closed":  # as it is for an ordinary user; root may read it
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *args, **kwargs)

    with patch.object(os, "open", closed):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert states(removal) == ["failed", "undone", "undone", "undone", "undone"]
    assert removal.steps[0].why.endswith("Permission denied")
    assert secret.exists()
    if os.geteuid() == 0:
        assert hashed(world.home) == before


def test_a_file_that_changes_while_it_is_archived_takes_nothing(tmp_path: Path) -> None:
    world = usual(tmp_path)
    real = archive._Hashing.read

    def read(self: archive._Hashing, size: int) -> bytes:
        data = real(self, size)
        for path in world.home.glob(".wiretell-removing-*/projects/a/talk.jsonl"):
            path.write_bytes(b"another line\n" * 1000)
        return data

    with patch.object(archive._Hashing, "read", read):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert "failed" in states(removal)
    assert "changes while it is archived; end what writes it" in removal.steps[0].why
    assert (world.home / ".claude/projects/a/talk.jsonl").read_bytes() == b"another line\n" * 1000


def test_what_was_replaced_since_the_plan_is_not_taken(tmp_path: Path) -> None:
    world = usual(tmp_path)
    package = Path(world.installs[0].path)

    def replaced() -> None:
        package.rename(package.with_name("moved"))
        package.mkdir()
        (package / "mine").write_text("mine")

    with before_renaming(replaced):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert states(removal) == ["undone", "undone", "undone", "failed", "undone"]
    assert removal.steps[3].why.endswith("it is not what it was when the removal was planned")
    assert (package / "mine").read_text() == "mine"
    assert (world.home / ".claude/settings.json").exists()


def test_a_link_in_the_place_of_a_parent_leads_nowhere(tmp_path: Path) -> None:
    world = usual(tmp_path)
    scope = Path(world.installs[0].path).parent
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(scope, elsewhere)

    def replaced() -> None:
        scope.rename(scope.with_name("moved"))
        scope.symlink_to(elsewhere)

    with before_renaming(replaced):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert states(removal)[3] == "failed"
    assert removal.steps[3].why.endswith("Not a directory")
    assert (elsewhere / "claude-code/cli.js").exists()


def test_what_is_gone_before_its_turn_is_said(tmp_path: Path) -> None:
    world = usual(tmp_path)
    link = Path(world.installs[0].commands[0])
    real = acting._begun

    def begun(*args: Any) -> Any:
        link.unlink()
        return real(*args)

    with patch.object(acting, "_begun", begun):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert states(removal) == ["done"] * 5
    assert [each.why for each in removal.steps] == ["", "", "it was gone already", "", ""]


def test_what_cannot_be_deleted_in_the_end_is_said_and_tried_again(tmp_path: Path) -> None:
    world = usual(tmp_path)
    with patch.object(shutil, "rmtree", side_effect=OSError(errno.EBUSY, "Device or resource busy")):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert states(removal) == ["failed", "done", "done", "failed", "left"]
    assert "out of use" in removal.steps[3].why
    assert "--apply tries again" in removal.steps[3].why
    assert removal.left == ()
    assert "--apply brings it there; the user's files are in" in unfinished(world.state)[0]
    again = remove(world.take, by(), ON, world.options(apply=True))
    assert again.resumed
    assert again.archive == removal.archive
    assert states(again) == ["done"] * 5
    assert not list(world.home.rglob(".wiretell-*"))
    assert unfinished(world.state) == ()


def test_folders_that_even_their_owner_may_not_write_to_go_too(tmp_path: Path) -> None:
    world = usual(tmp_path)
    store = world.write(".nvm/store/a/b/c", "x").parents[2]
    for folder in (store / "a/b", store / "a", store):
        folder.chmod(0o555)
    world.install(".nvm/store", name="store")
    real, calls = shutil.rmtree, []

    def rmtree(*args: Any, **kwargs: Any) -> None:
        calls.append(args)
        if len(calls) == 1:  # as it is for an ordinary user
            raise PermissionError(errno.EACCES, "Permission denied")
        real(*args, **kwargs)

    with patch.object(shutil, "rmtree", rmtree):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert states(removal) == ["done"] * 6
    assert not store.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_without_the_right_it_is_left_with_the_command(tmp_path: Path) -> None:
    world = usual(tmp_path)
    parent = Path(world.installs[0].path).parent
    parent.chmod(0o555)
    try:
        removal = remove(world.take, by(), ON, world.options(apply=True))
    finally:
        parent.chmod(0o755)
    assert states(removal) == ["left"] * 3
    assert len(removal.left) == 1


def test_a_folder_that_may_not_be_written_to_is_left_with_the_command(tmp_path: Path) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    parent = str(Path(world.installs[0].path).parent)
    real = os.access

    def access(path: Any, mode: int, **kwargs: Any) -> bool:
        return path != parent and real(path, mode, **kwargs)

    with patch.object(os, "access", access):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert [each.step.action for each in removal.steps] == [Action.LEFT] * 3
    assert removal.steps[0].step.told == (
        f"the folder {parent} may not be written to by this user; by hand, as who may: "
        f"rm -r -- {world.installs[0].path}"
    )
    assert len(removal.left) == 1
    assert hashed(world.home) == before
    assert not list(world.state.glob("removal-*"))


@pytest.mark.parametrize("where", ["home/dev/.claude/kept.tar.gz", "home/dev/.claude/deep/kept.tar.gz"])
def test_an_archive_within_what_goes_is_refused(tmp_path: Path, where: str) -> None:
    world = usual(tmp_path)
    world.write(".claude/deep/x")
    before = hashed(world.home)
    with pytest.raises(UsageError, match="which is to go; name another place with --archive"):
        remove(world.take, by(), ON, world.options(apply=True, archive=tmp_path / where))
    assert hashed(world.home) == before
    assert unfinished(world.state) == ()


def test_an_archive_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    target = tmp_path / "kept.tar.gz"
    target.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        remove(world.take, by(), ON, world.options(apply=True, archive=target))
    assert target.read_text() == "mine"
    assert hashed(world.home) == before


def test_a_system_without_renameat2_does_not_overwrite_either(tmp_path: Path) -> None:
    world = empty(tmp_path)
    world.write("a", "a")
    world.write("b", "b")
    place = os.fspath(world.home / "a")
    found = disk.identity(place)
    assert found is not None
    with patch("ctypes.CDLL", return_value=object()):
        with pytest.raises(FileExistsError):
            disk.rename(place, "b", found)
        disk.rename(place, "c", found)
    assert (world.home / "b").read_text() == "b"
    assert (world.home / "c").read_text() == "a"


def test_every_step_that_failed_is_the_reason_for_the_others(tmp_path: Path) -> None:
    world: World = usual(tmp_path)
    with patch.object(disk, "_rename", side_effect=OSError(errno.EXDEV, "Invalid cross-device link")):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert {each.state for each in removal.steps} == {StepState.FAILED, StepState.UNDONE}
