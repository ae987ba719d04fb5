"""Journals and archives that another user has written, and what is exchanged while it is restored."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.fleet.removal.worlds import ON, World, by, hashed, usual
from wiretell.errors import FormatError, UsageError
from wiretell.fleet import state
from wiretell.fleet.removal import disk, remove, restore, restoring, undo

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


def write(file: Path, text: str = "x") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


# What another user has written


def planted(world: World, aside: str = "") -> Path:
    """A journal past COMMIT that deletes a file which no removal has renamed."""
    victim = write(world.top / "etc/.shadow")
    found = disk.identity(os.fspath(victim))
    assert found is not None
    act = {
        "index": 0,
        "place": f"{victim.parent}/x",
        "aside": aside or victim.name,
        "identity": {"device": found.device, "inode": found.inode, "kind": found.kind},
    }
    step = {"action": "take", "target": "/x", "finding": "f", "told": "rm"}
    begin = {"id": "0", "begun": "now", "steps": [step], "acts": [act], "archive": f"{world.top}/a"}
    folder = world.state / "removal-20260710T000000Z-00000000"
    folder.mkdir(parents=True)
    lines = [{"kind": "begin", "form": 1, **begin}, {"kind": "commit", "archived": []}]
    (folder / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return victim


def test_a_journal_with_a_name_that_no_removal_gives_is_none(tmp_path: Path) -> None:
    world = usual(tmp_path)
    victim = planted(world)
    with pytest.raises(FormatError, match="is no journal"):
        remove(world.take, by(), ON, world.options(apply=True))
    assert victim.exists()


@pytest.mark.parametrize("whose", ["state", "removal", "journal"])
@pytest.mark.parametrize("how", [pytest.param("owner", marks=as_root), "mode"])
def test_a_journal_that_another_user_may_have_written_is_not_followed(tmp_path: Path, whose: str, how: str) -> None:
    world = usual(tmp_path)
    folder = world.state / "removal-20260710T000000Z-00000000"
    victim = planted(world, ".wiretell-removing-0-0")
    victim.rename(victim.with_name(".wiretell-removing-0-0"))
    place = {"state": world.state, "removal": folder, "journal": folder / "journal.jsonl"}[whose]
    if how == "owner":
        os.chown(place, 12345, 12345)
    else:
        place.chmod(0o777)
    for apply in (True, False):
        if not apply and whose == "state":
            (note,) = remove(world.take, by(), ON, world.options()).notes
            assert "is not this user's alone" in note
            continue
        with pytest.raises(UsageError, match=r"XDG_STATE_HOME|move its folder away"):
            remove(world.take, by(), ON, world.options(apply=apply))
    with pytest.raises(UsageError):
        undo(world.state)
    assert victim.with_name(".wiretell-removing-0-0").exists()


@as_root
def test_a_state_folder_below_another_users_is_not_ones_own(tmp_path: Path) -> None:
    folder = tmp_path / "dev/state"
    folder.mkdir(parents=True)
    assert state.why_not_ours(folder) == ""
    os.chown(folder.parent, 12345, 12345)
    assert state.why_not_ours(folder) == (f"{folder} is not this user's alone: {folder.parent} belongs to another user")


# Restoring


def kept(world: World) -> Path:
    target = world.top / "kept.tar.gz"
    remove(world.take, by(), ON, world.options(apply=True, archive=target))
    return target


@as_root
def test_root_puts_nothing_back_from_another_users_archive(tmp_path: Path) -> None:
    world = usual(tmp_path)
    target = kept(world)
    os.chown(target, 12345, 12345)
    before = hashed(world.home)
    with pytest.raises(FormatError, match="another user's"):
        restore(target)
    assert hashed(world.home) == before


def test_what_is_being_restored_cannot_be_exchanged_for_a_link(tmp_path: Path) -> None:
    """Whoever owns the home may rename what is unpacked in it: what comes then goes where it went before."""
    world = usual(tmp_path)
    shadow = write(tmp_path / "etc/shadow")
    shadow.chmod(0o600)
    target = kept(world)
    real, swaps = restoring._made, []

    def swapped(tar: Any, info: Any, parent: int, base: str) -> None:
        real(tar, info, parent, base)
        for beside in world.home.glob(".wiretell-restoring-*"):
            swaps.append(beside)
            beside.rename(beside.with_name(f"taken-{len(swaps)}"))
            beside.mkdir()
            (beside / "kept").symlink_to(shadow)

    with patch.object(restoring, "_made", swapped):
        restore(target)
    assert (shadow.read_text(), shadow.stat().st_mode & 0o777) == ("x", 0o600)
    assert (world.home / ".claude/settings.json").read_text() == '{"model": "opus"}'


def test_a_name_that_is_taken_while_it_is_restored_puts_nothing_back(tmp_path: Path) -> None:
    world = usual(tmp_path)
    target = kept(world)
    before = hashed(world.home)
    real = restoring._name

    def taken(*args: Any) -> None:
        world.write(".claude.json", "new")
        real(*args)

    with patch.object(restoring, "_name", taken), pytest.raises(UsageError, match="File exists; nothing was put back"):
        restore(target)
    now = hashed(world.home)
    assert now.pop(".claude.json")
    assert now == before
