"""How far a removal reaches: not to where only a link led, and up to the folders that it leaves empty."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.fleet.removal.worlds import ON, World, by, empty, hashed
from wiretell.fleet.removal import acting, disk, reaching, remove, undo
from wiretell.fleet.removal.journal import Begin
from wiretell.fleet.walk.interface import Home
from wiretell.model.fleet import Action, Inventory, Manager, Removal, StepState


def listed(removal: Removal, action: Action, top: Path) -> list[str]:
    return [os.path.relpath(each.step.target, top) for each in removal.steps if each.step.action is action]


def led(tmp_path: Path) -> World:
    """A home whose link leads into another home, which holds the program."""
    world = empty(tmp_path)
    program = tmp_path / "home/eve/tools/claude"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\x7fELF")
    world.write(".claude/settings.json", "{}")
    link = world.link(".local/bin/claude", program)
    world.install("x", path=os.fspath(program), manager=Manager.BINARY, name="claude", commands=(os.fspath(link),))
    return world


def taken_by_links(world: World) -> Callable[[], Inventory]:
    """Find an install only while a link leads to it, as an inventory does."""

    def take() -> Inventory:
        inventory = world.take()
        found = tuple(item for item in inventory.installs if any(map(os.path.lexists, item.commands)))
        return replace(inventory, installs=found)

    return take


def test_a_link_into_another_home_goes_and_the_program_stays(tmp_path: Path) -> None:
    world = led(tmp_path)
    theirs = hashed(tmp_path / "home/eve")
    removal = remove(taken_by_links(world), by(), ON, world.options(apply=True))
    assert hashed(tmp_path / "home/eve") == theirs
    assert listed(removal, Action.TAKE, world.home) == [".local/bin/claude"]
    assert listed(removal, Action.ARCHIVE, world.home) == [".claude"]
    (left,) = (each for each in removal.steps if each.state is StepState.LEFT)
    program = tmp_path / "home/eve/tools/claude"
    assert left.step.target == os.fspath(program)
    assert left.step.told == (
        f"{program} stays: it lies outside the homes and the system's folders that were looked at; what led there goes "
        f"({world.home}/.local/bin/claude)."
    )
    assert removal.left == ()
    assert removal.after is not None


def test_where_both_homes_were_chosen_the_program_goes(tmp_path: Path) -> None:
    world = led(tmp_path)
    around = world.options().around
    around = replace(around, homes=(*around.homes, Home("eve", os.fspath(tmp_path / "home/eve"))))
    removal = remove(world.take, by(), ON, world.options(apply=True, around=around))
    assert listed(removal, Action.TAKE, tmp_path) == ["home/dev/.local/bin/claude", "home/eve/tools/claude"]
    assert not any(each.state is StepState.LEFT for each in removal.steps)


def test_a_program_in_the_systems_folders_goes(tmp_path: Path) -> None:
    world = led(tmp_path)
    system = tmp_path / "opt/tools/claude"
    system.parent.mkdir(parents=True)
    system.write_bytes(b"\x7fELF")
    world.installs[:] = [replace(world.installs[0], path=os.fspath(system))]
    around = replace(world.options().around, root=os.fspath(tmp_path))
    removal = remove(world.take, by(), ON, world.options(apply=True, around=around))
    assert listed(removal, Action.TAKE, tmp_path) == ["home/dev/.local/bin/claude", "opt/tools/claude"]


def test_where_the_link_may_not_go_configuration_stays_too(tmp_path: Path) -> None:
    world = led(tmp_path)
    closed = {world.installs[0].commands[0]: "the folder may not be written to by this user"}
    with patch("wiretell.fleet.removal.looking._closed", lambda *_: closed.items()):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert {each.step.action for each in removal.steps} == {Action.LEFT}
    assert len(removal.left) == 1


def test_a_folder_of_the_home_that_leads_to_somebody_elses_is_left(tmp_path: Path) -> None:
    """A link in the place of a whole folder: what lies there is not this home's, whatever it is called."""
    world = empty(tmp_path)
    eve = tmp_path / "home/eve"
    (eve / "nvm/claude-code").mkdir(parents=True)
    (eve / "claude").mkdir()
    world.link(".nvm", eve / "nvm")
    world.link(".config", eve)
    world.write(".claude.json", "{}")
    world.install(".nvm/claude-code")
    with patch.object(reaching, "_is_of", lambda place, home: not place.startswith(os.fspath(eve))):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert {each.state for each in removal.steps} == {StepState.LEFT}
    (install,) = (each.step for each in removal.steps if each.step.target.endswith(".nvm/claude-code"))
    assert f"a link on the way leads out of the home, to {eve}/nvm/claude-code" in install.told
    assert (eve / "nvm/claude-code").exists()
    assert (eve / "claude").exists()
    assert (world.home / ".claude.json").exists()


def test_configuration_that_a_link_leads_to_somebody_elses_stays(tmp_path: Path) -> None:
    world = empty(tmp_path)
    (tmp_path / "home/eve/claude").mkdir(parents=True)
    world.link(".config", tmp_path / "home/eve")
    world.write("pkg/x")
    world.install("pkg")
    with patch.object(reaching, "_is_of", lambda place, home: "eve" not in place):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert (tmp_path / "home/eve/claude").exists()
    assert listed(removal, Action.LEFT, world.home) == [".config/claude"]


def test_ones_own_folder_on_another_disk_is_ones_own(tmp_path: Path) -> None:
    world = empty(tmp_path)
    (tmp_path / "disk/nvm/claude-code").mkdir(parents=True)
    world.link(".nvm", tmp_path / "disk/nvm")
    world.install(".nvm/claude-code")
    removal = remove(world.take, by(), ON, world.options(apply=True))
    assert removal.left == ()
    assert not (tmp_path / "disk/nvm/claude-code").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_whose_a_file_is_its_owner_says(tmp_path: Path) -> None:
    world = empty(tmp_path)
    file = world.write("x")
    assert reaching._is_of(os.fspath(file), os.fspath(world.home))
    os.chown(file, 12345, 12345)
    assert not reaching._is_of(os.fspath(file), os.fspath(world.home))


def native(tmp_path: Path, *others: str) -> World:
    world = empty(tmp_path)
    versions = ".local/share/claude/versions"
    world.write(f"{versions}/2.1.91", b"\x7fELF", 0o755)
    for name in others:
        world.write(name)
    world.install(f"{versions}/2.1.91", manager=Manager.NATIVE)
    return world


@pytest.mark.parametrize(
    ("others", "tidied"),
    [
        ((), ["versions", "claude"]),
        ((".local/share/claude/mine",), ["versions"]),
        ((".local/share/claude/versions/2.1.300",), []),
    ],
)
def test_the_folders_of_a_native_install_go_with_the_last_version(
    tmp_path: Path, others: tuple[str, ...], tidied: list[str]
) -> None:
    world = native(tmp_path, *others)
    before = hashed(world.home)
    removal = remove(world.take, by(), ON, world.options(apply=True))
    done = [each.step for each in removal.steps if each.step.action is Action.TIDY]
    assert [Path(step.target).name for step in done] == tidied
    assert [step.told for step in done] == [f"rmdir -- {step.target}" for step in done]
    gone = {os.path.relpath(each.step.target, world.home) for each in removal.steps}
    assert hashed(world.home) == {path: what for path, what in before.items() if path not in gone}
    assert (world.home / ".local/share").is_dir()


def scoped(tmp_path: Path) -> World:
    world = empty(tmp_path)
    world.write("app/node_modules/@anthropic-ai/claude-code/package.json", "{}")
    world.install("app/node_modules/@anthropic-ai/claude-code", manager=Manager.NPM_PROJECT)
    return world


def test_a_scope_that_holds_another_package_stays(tmp_path: Path) -> None:
    world = scoped(tmp_path)
    world.write("app/node_modules/@anthropic-ai/sdk/package.json", "{}")
    removal = remove(world.take, by(), ON, world.options(apply=True))
    assert listed(removal, Action.TIDY, world.home) == []
    assert (world.home / "app/node_modules/@anthropic-ai/sdk").exists()


@pytest.mark.parametrize("folder", ["app/node_modules/plain/claude-code", "work/@team/claude-code"])
def test_other_folders_stay_empty(tmp_path: Path, folder: str) -> None:
    world = empty(tmp_path)
    world.write(f"{folder}/x")
    world.install(folder)
    removal = remove(world.take, by(), ON, world.options(apply=True))
    assert listed(removal, Action.TIDY, world.home) == []
    assert list((world.home / folder).parent.iterdir()) == []


def test_what_has_come_into_a_folder_meanwhile_keeps_it(tmp_path: Path) -> None:
    world = scoped(tmp_path)
    real = acting._settle

    def settled(begin: Begin) -> None:
        world.write("app/node_modules/@anthropic-ai/mine", "mine")
        real(begin)

    with patch.object(acting, "_settle", settled):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert removal.steps[-1].step.action is Action.TIDY
    assert (removal.steps[-1].state, removal.steps[-1].why) == (StepState.LEFT, "something is in it by now")
    assert (world.home / "app/node_modules/@anthropic-ai/mine").read_text() == "mine"
    assert removal.left == ()


def test_a_folder_that_cannot_go_does_no_harm(tmp_path: Path) -> None:
    world = scoped(tmp_path)
    with patch.object(disk, "remove_empty", side_effect=PermissionError(13, "Permission denied")):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert (removal.steps[-1].state, removal.steps[-1].why) == (StepState.LEFT, "Permission denied")
    with pytest.raises(Exception, match="nothing to undo"):
        undo(world.state)
