"""What one user lays for root to step on: links out of a home, mounts, files that never rest."""

from __future__ import annotations

import errno
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.fleet.removal.worlds import ON, World, by, empty, hashed, usual
from wiretell.fleet.removal import StoppedError, archive, disk, remove, restore, undo, unfinished
from wiretell.fleet.removal.journal import Journal
from wiretell.fleet.walk.interface import Home
from wiretell.model.fleet import Action, Manager, Removal, Scope, StepState


def two(tmp_path: Path, *, is_root: bool = True) -> tuple[World, Path, dict[str, Any]]:
    """The home of dev, who lays traps, and that of vic, as root sees them."""
    world = empty(tmp_path)
    world.is_root = is_root
    vic = tmp_path / "home/vic"
    vic.mkdir()
    homes = (Home("dev", os.fspath(world.home)), Home("vic", os.fspath(vic)))
    return world, vic, {"around": replace(world.options().around, homes=homes, root=os.fspath(tmp_path), proc="")}


def write(file: Path, text: str = "x") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def told(removal: Removal, target: str | Path) -> list[str]:
    return [each.step.told for each in removal.steps if each.step.target == os.fspath(target)]


# Links


def _versions(world: World, vic: Path) -> Path:
    world.link(".local/share/claude/versions", vic / "docs")
    world.install(".local/share/claude/versions/2024-report.pdf", manager=Manager.NATIVE)
    return write(vic / "docs/2024-report.pdf")


def _config(world: World, vic: Path) -> Path:
    world.link(".config", vic / ".config")
    world.write("pkg/x")
    world.install("pkg", product="opencode")
    return write(vic / ".config/opencode/opencode.json", "{}")


def _command(world: World, vic: Path) -> Path:
    world.link("env/bin", vic / "bin")
    world.write("env/lib/claude_code/x")
    world.install("env/lib/claude_code", commands=(os.fspath(world.home / "env/bin/deploy"),))
    return write(vic / "bin/deploy")


def _command_by_its_own_name(world: World, vic: Path) -> Path:
    world.write("env/lib/claude_code/x")
    world.install("env/lib/claude_code", commands=(os.fspath(vic / "bin/deploy"),))
    return write(vic / "bin/deploy")


def _also(world: World, vic: Path) -> Path:
    world.write("pkg/x")
    world.install("pkg", also=(os.fspath(vic / "project"),))
    return write(vic / "project/src/main.py")


def _run_once(world: World, vic: Path) -> Path:
    world.link(".cache/pnpm/dlx/run", vic)
    world.install(".cache/pnpm/dlx/run/project/node_modules/claude-code")
    return write(vic / "project/node_modules/claude-code/x")


def _no_home(world: World, vic: Path) -> Path:
    """A folder that everybody may write to, and a link in it."""
    (world.top / "srv/run/node_modules").mkdir(parents=True)
    (world.top / "srv/run/node_modules/claude-code").symlink_to(vic / "project/react")
    path = os.fspath(world.top / "srv/run/node_modules/claude-code")
    world.install("x", path=path, user="", scope=Scope.SYSTEM, also=(os.fspath(vic / "project"),))
    return write(vic / "project/react/index.js")


@pytest.mark.parametrize(
    "trap",
    [_versions, _config, _command, _command_by_its_own_name, _also, _run_once, _no_home],
    ids=lambda f: f.__name__,
)
def test_a_link_of_one_user_does_not_lead_root_to_anothers_files(tmp_path: Path, trap: Any) -> None:
    world, vic, homes = two(tmp_path)
    target = trap(world, vic)
    theirs = hashed(vic)
    policy = by('schema = 1\n[[rule]]\nid = "r"\neffect = "ban"\nproduct = "*"\nreason = "r"\n')
    removal = remove(world.take, policy, ON, world.options(apply=True, **homes))
    assert hashed(vic) == theirs
    acted = [each.step for each in removal.steps if each.step.action is not Action.LEFT]
    assert not [step for step in acted if os.path.realpath(step.target).startswith(os.fspath(vic))]
    assert any(os.fspath(vic) in step.step.told for step in removal.steps if step.step.action is Action.LEFT)
    assert target.exists()


def test_a_link_to_a_package_of_the_system_takes_none_of_its_commands(tmp_path: Path) -> None:
    world, _, homes = two(tmp_path)
    write(tmp_path / "usr/lib/node_modules/npm/npm-cli.js")
    command = tmp_path / "usr/bin/npm"
    command.parent.mkdir(parents=True)
    command.symlink_to("../lib/node_modules/npm/npm-cli.js")
    link = world.link("p/node_modules/@anthropic-ai/claude-code", tmp_path / "usr/lib/node_modules/npm")
    world.install("p/node_modules/@anthropic-ai/claude-code", commands=(os.fspath(command),))
    removal = remove(world.take, by(), ON, world.options(apply=True, **homes))
    assert (link.is_symlink(), command.exists()) == (False, True)
    assert "stays: it lies in a folder of the system" in told(removal, command)[0]


def test_ones_own_links_to_another_disk_are_no_way_for_root(tmp_path: Path) -> None:
    world, _, homes = two(tmp_path)
    write(tmp_path / "disk/nvm/claude-code/x")
    world.link(".nvm", tmp_path / "disk/nvm")
    world.install(".nvm/claude-code")
    removal = remove(world.take, by(), ON, world.options(apply=True, **homes))
    assert f"out of the home, to {tmp_path}/disk/nvm/claude-code" in removal.steps[0].step.told
    assert (tmp_path / "disk/nvm/claude-code/x").exists()


@pytest.mark.parametrize("way", ["home", "folder"])
def test_an_image_does_not_lead_to_the_host(tmp_path: Path, way: str) -> None:
    world = empty(tmp_path)
    image, host = tmp_path / "image", tmp_path / "host"
    write(host / "claude-code/x")
    (image / "home").mkdir(parents=True)
    if way == "home":
        (image / "home/lnk").symlink_to(host)
        path = image / "home/lnk/claude-code"
    else:
        (image / "opt").symlink_to(host)
        path = image / "opt/claude-code"
    world.install("x", path=os.fspath(path), user="")
    around = replace(world.options().around, homes=(Home("l", f"{image}/home/lnk"),), root=os.fspath(image), proc="")
    before = hashed(host)
    removal = remove(world.take, by(), ON, world.options(apply=True, around=around))
    assert hashed(host) == before
    assert removal.steps[0].step.told.endswith("; nothing is there in the image")
    assert {each.state for each in removal.steps} == {StepState.LEFT}


# Two homes of one user, a transaction for each home


def claude_in(world: World, home: Path, user: str) -> None:
    write(home / "pkg/x")
    write(home / ".claude/settings.json", "{}")
    world.install("x", path=os.fspath(home / "pkg"), user=user)


def test_of_two_homes_of_one_user_the_other_keeps_its_configuration(tmp_path: Path) -> None:
    world, other, _ = two(tmp_path)
    claude_in(world, world.home, "dev")
    write(other / ".claude/settings.json", "{}")
    around = replace(world.options().around, homes=(Home("dev", os.fspath(world.home)), Home("dev", os.fspath(other))))
    remove(world.take, by(), ON, world.options(apply=True, around=around))
    assert not (world.home / ".claude").exists()
    assert (other / ".claude/settings.json").exists()


def failing_for(home: Path) -> Any:
    """Have what is archived from one home fail, as a file that is written all the time makes it."""
    real = archive.write

    def write_(path: str, sources: Any, *rest: Any) -> Any:
        if any(source.name.startswith(os.fspath(home)) for source in sources):
            raise OSError(errno.EBUSY, "it changes while it is archived")
        return real(path, sources, *rest)

    return patch.object(archive, "write", write_)


@pytest.mark.parametrize("which", [0, 1])
def test_what_fails_in_one_home_does_not_keep_the_others_from_it(tmp_path: Path, which: int) -> None:
    world, vic, homes = two(tmp_path)
    claude_in(world, world.home, "dev")
    claude_in(world, vic, "vic")
    bad, good = [(world.home, vic), (vic, world.home)][which]
    before = hashed(bad)
    with failing_for(bad):
        removal = remove(world.take, by(), ON, world.options(apply=True, **homes))
    assert hashed(bad) == before
    assert hashed(good) == {}
    assert {each.state for each in removal.steps if each.step.target.startswith(f"{good}/")} == {StepState.DONE}
    assert {each.state for each in removal.steps if each.step.target.startswith(f"{bad}/")} == {
        StepState.FAILED,
        StepState.UNDONE,
    }
    assert [each.finding.path for each in removal.left] == [f"{bad}/pkg"]  # type: ignore[union-attr]
    assert unfinished(world.state) == ()


def test_each_home_has_an_archive_of_its_own(tmp_path: Path) -> None:
    world, vic, homes = two(tmp_path)
    claude_in(world, world.home, "dev")
    claude_in(world, vic, "vic")
    before = hashed(tmp_path / "home")
    target = tmp_path / "kept.tar.gz"
    removal = remove(world.take, by(), ON, world.options(apply=True, archive=target, **homes))
    assert (removal.archive, removal.archived) == (f"{target}.2", (f"{vic}/.claude",))
    assert removal.notes == (f"{world.home}/.claude: kept in an archive of its own, {target}.",)
    assert restore(target) == (f"{world.home}/.claude",)
    assert restore(Path(removal.archive)) == (f"{vic}/.claude",)
    now = hashed(tmp_path / "home")
    assert now.keys() == {path for path in before if "pkg" not in path}


def test_what_one_home_leaves_half_done_does_not_stop_the_next_removal_of_others(tmp_path: Path) -> None:
    world, vic, homes = two(tmp_path)
    claude_in(world, world.home, "dev")
    real = disk.rename

    def no_way_back(place: str, to: str, expected: disk.Identity) -> None:
        if ".wiretell-removing" in place and place.startswith(os.fspath(world.home)):
            raise FileExistsError(errno.EEXIST, "File exists")
        real(place, to, expected)

    with failing_for(world.home), patch.object(disk, "rename", no_way_back):
        claude_in(world, vic, "vic")
        removal = remove(world.take, by(), ON, world.options(apply=True, **homes))
        assert hashed(vic) == {}
        assert StepState.FAILED in {each.state for each in removal.steps}
        assert len(unfinished(world.state)) == 1
        claude_in(world, vic, "vic")
        again = remove(world.take, by(), ON, world.options(apply=True, **homes))
        assert hashed(vic) == {}
        assert "something else is there now" in " ".join(each.why for each in again.steps)
    assert undo(world.state)
    assert (world.home / ".claude/settings.json").exists()


def test_stopped_between_two_homes_it_says_what_was_done(tmp_path: Path) -> None:
    world, vic, homes = two(tmp_path)
    claude_in(world, world.home, "dev")
    claude_in(world, vic, "vic")
    before, real = hashed(vic), archive.write
    calls: list[Any] = []

    def stopping(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)

    with patch.object(archive, "write", stopping), pytest.raises(StoppedError, match="1 of 2 parts were done"):
        remove(world.take, by(), ON, world.options(apply=True, **homes))
    assert (hashed(world.home), hashed(vic)) == ({}, before)


# Mounts


@pytest.mark.parametrize("when", ["planned", "while it is archived"])
def test_what_something_is_mounted_in_is_not_emptied(tmp_path: Path, when: str) -> None:
    world = usual(tmp_path)
    before = hashed(world.home)
    real = disk.mounts
    calls: list[None] = []

    def mounts() -> tuple[str, ...]:
        calls.append(None)
        if when == "planned":
            return (*real(), f"{world.home}/.claude/projects")
        aside = next(world.home.glob(".wiretell-removing-*"), None) if len(calls) > 2 else None
        return (*real(), f"{aside}/projects") if aside else real()

    with patch.object(disk, "mounts", mounts):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    assert (world.home / ".claude/projects/a/talk.jsonl").exists()
    if when == "planned":
        (text,) = told(removal, world.home / ".claude")
        assert f"something is mounted in it, at {world.home}/.claude/projects" in text
    else:
        assert StepState.FAILED in {each.state for each in removal.steps}
        assert hashed(world.home) == before


def test_mounts_are_read_as_the_kernel_writes_them() -> None:
    assert "/" in disk.mounts()
    assert disk._OCTAL.sub(disk._unescaped, rb"/a\040b\134c") == rb"/a b\c"


# What is told


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements.txt", "claude-code @ git+https://oauth2:glpat-SECRET@host/x\n"),
        ("package.json", '{"dependencies": {\n"claude-code": "git+https://me:ghp_SECRET@host/x"\n}}\n'),
    ],
)
def test_a_token_in_a_line_that_asks_for_it_is_not_told(tmp_path: Path, file: str, text: str) -> None:
    world = empty(tmp_path)
    wish = world.write(f"app/{file}", text)
    world.write("app/pkg/x")
    world.install("app/pkg", name="claude-code", wanted_by=(os.fspath(wish),))
    removal = remove(world.take, by(), ON, world.options())
    (sentence,) = told(removal, wish)
    assert sentence.startswith(f"line {1 + text.startswith('{')} of {wish} asks for claude-code")
    assert "SECRET" not in repr(removal.steps)


@pytest.mark.parametrize("path", ["//x", "//", "//home/dev/pkg", "/home//dev/pkg"])
def test_a_path_with_two_slashes_ends(tmp_path: Path, path: str) -> None:
    world = empty(tmp_path)
    world.install("x", path=path, manager=Manager.NATIVE, also=(path,), commands=(path,))
    around = replace(world.options().around, homes=(Home("dev", f"/{world.home}"), Home("x", "//")))
    done: list[Removal] = []
    plan = threading.Thread(
        target=lambda: done.append(remove(world.take, by(), ON, world.options(around=around))), daemon=True
    )
    plan.start()
    plan.join(20)
    assert done
    assert {each.step.action for each in done[0].steps} <= {Action.LEFT}


def test_the_journal_of_each_home_is_its_own(tmp_path: Path) -> None:
    world, vic, homes = two(tmp_path)
    claude_in(world, world.home, "dev")
    claude_in(world, vic, "vic")
    begun: list[str] = []
    real = Journal.create.__func__  # type: ignore[attr-defined]

    def create(folder: Path, begin: Any) -> Journal:
        begun.append(" ".join(step.target for step in begin.steps))
        return real(Journal, folder, begin)  # type: ignore[no-any-return]

    with patch.object(Journal, "create", create):
        remove(world.take, by(), ON, world.options(apply=True, **homes))
    assert [os.fspath(vic) in targets for targets in begun] == [False, True]
    assert [os.fspath(world.home) in targets for targets in begun] == [True, False]
