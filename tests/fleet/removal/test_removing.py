"""A removal as a whole: plan, deed, archive, proof; what is not listed stays byte for byte."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.fleet.removal.worlds import BEFORE, ON, by, hashed, usual
from wiretell.fleet.removal import remove
from wiretell.model.fleet import Action, Removal, StepState

GONE = (
    ".nvm/versions/node/v22.11.0/bin/claude",
    ".nvm/versions/node/v22.11.0/lib/node_modules/@anthropic-ai/claude-code",
    ".nvm/versions/node/v22.11.0/lib/node_modules/@anthropic-ai",
    ".claude",
    ".claude.json",
)


def told(removal: Removal) -> list[tuple[str, str, str]]:
    return [(each.step.action.value, Path(each.step.target).name, each.state.value) for each in removal.steps]


def test_a_plan_names_the_steps_in_order_and_does_nothing(tmp_path: Path) -> None:
    world = usual(tmp_path)
    before = hashed(tmp_path)
    removal = remove(world.take, by(), ON, world.options())
    assert told(removal) == [
        ("archive", ".claude", "planned"),
        ("archive", ".claude.json", "planned"),
        ("take", "claude", "planned"),
        ("take", "claude-code", "planned"),
        ("tidy", "@anthropic-ai", "planned"),
    ]
    assert [each.step.told for each in removal.steps] == [
        f"tar -rPf kept.tar -- {world.home}/.claude && rm -r -- {world.home}/.claude",
        f"tar -rPf kept.tar -- {world.home}/.claude.json && rm -- {world.home}/.claude.json",
        f"rm -- {world.home}/{GONE[0]}",
        f"rm -r -- {world.home}/{GONE[1]}",
        f"rmdir -- {world.home}/{GONE[2]}",
    ]
    assert not removal.applied
    assert removal.after is None
    assert len(removal.left) == 1
    assert hashed(tmp_path) == before
    assert world.taken == 1


def test_nothing_is_banned_the_day_before(tmp_path: Path) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    removal = remove(world.take, by(), BEFORE, world.options(apply=True))
    assert removal.steps == ()
    assert removal.left == ()
    assert hashed(world.home) == before


def test_what_is_banned_goes_and_nothing_else(tmp_path: Path) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    removal = remove(world.take, by(), ON, world.options(apply=True))
    after = hashed(world.home)
    assert all(state == "done" for *_, state in told(removal))
    assert removal.after is not None
    assert removal.left == ()
    assert len(removal.after.inventory.installs) == 1
    assert after == {path: what for path, what in before.items() if not path.startswith(GONE)}
    assert world.taken == 2


def test_the_archive_holds_the_users_files_as_they_were(tmp_path: Path) -> None:
    world = usual(tmp_path)
    kept = {path: (world.home / path).read_bytes() for path in (".claude/projects/a/talk.jsonl", ".claude.json")}
    removal = remove(world.take, by(), ON, world.options(apply=True))
    assert removal.archived == (f"{world.home}/.claude", f"{world.home}/.claude.json")
    assert Path(removal.archive).stat().st_mode & 0o777 == 0o600
    assert Path(removal.archive).parent.stat().st_mode & 0o777 == 0o700
    with tarfile.open(removal.archive) as tar:
        for path, content in kept.items():
            member = tar.getmember(f"{world.home}/{path}".lstrip("/"))
            file = tar.extractfile(member)
            assert file is not None
            assert file.read() == content
            assert member.mode == 0o600


def test_a_second_removal_has_nothing_to_do(tmp_path: Path) -> None:
    world = usual(tmp_path)
    remove(world.take, by(), ON, world.options(apply=True))
    before = hashed(tmp_path)
    again = remove(world.take, by(), ON, world.options(apply=True))
    assert again.steps == ()
    assert not again.resumed
    assert hashed(tmp_path) == before


def test_configuration_may_stay(tmp_path: Path) -> None:
    world = usual(tmp_path)
    removal = remove(world.take, by(), ON, world.options(apply=True, keep_config=True))
    assert {each.step.action for each in removal.steps} == {Action.TAKE, Action.TIDY}
    assert removal.archive == ""
    assert (world.home / ".claude/settings.json").exists()


def test_the_archive_goes_where_it_is_asked_for(tmp_path: Path) -> None:
    world = usual(tmp_path)
    target = tmp_path / "kept.tar.gz"
    removal = remove(world.take, by(), ON, world.options(apply=True, archive=target))
    assert removal.archive == str(target)
    assert target.exists()
    assert not list(tmp_path.glob("*.partial*"))


def test_what_comes_back_while_it_is_removed_is_left_and_said(tmp_path: Path) -> None:
    world = usual(tmp_path)
    first = world.take()
    again = iter([first, first])
    removal = remove(lambda: next(again), by(), ON, world.options(apply=True))
    assert len(removal.left) == 1
    assert all(each.state is StepState.DONE for each in removal.steps)


def test_no_state_folder_no_removal(tmp_path: Path) -> None:
    world = usual(tmp_path)
    world.state.write_text("a file")
    before = hashed(tmp_path)
    with pytest.raises(Exception, match="set XDG_STATE_HOME"):
        remove(world.take, by(), ON, world.options(apply=True))
    assert hashed(tmp_path) == before
