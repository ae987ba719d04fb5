"""What a plan lists, and above all what it does not."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fleet.removal.worlds import ON, World, by, empty, hashed, usual
from wiretell.fleet.checking import check
from wiretell.fleet.removal import Known, plan, remove
from wiretell.model.fleet import Action, Manager, Process, Scope, Setting, SettingKind, Step, StepState


def steps(world: World, **changes: object) -> list[Step]:
    return [each.step for each in remove(world.take, by(), ON, world.options(**changes)).steps]  # type: ignore[arg-type]


def targets(world: World, action: Action) -> list[str]:
    found = [step.target for step in steps(world) if step.action is action]
    return [os.path.relpath(target, world.home) for target in found]


def left(world: World) -> list[str]:
    return [step.told.replace(f"{world.home}/", "~/") for step in steps(world) if step.action is Action.LEFT]


def native(world: World, version: str, **changes: object) -> None:
    path = world.write(f".local/share/claude/versions/{version}", version, 0o755)
    world.install(
        f".local/share/claude/versions/{version}",
        version=version,
        manager=Manager.NATIVE,
        commands=(os.fspath(world.home / ".local/bin/claude"),),
        **changes,
    )
    assert path.exists()


@pytest.mark.parametrize(("leads", "goes"), [("2.1.300", False), ("2.1.91", True)])
def test_of_versions_side_by_side_only_the_banned_one_goes(tmp_path: Path, leads: str, goes: bool) -> None:
    world = empty(tmp_path)
    native(world, "2.1.91")
    native(world, "2.1.300")
    world.link(".local/bin/claude", f"../share/claude/versions/{leads}")
    world.write(".claude/settings.json", "{}")
    taken = targets(world, Action.TAKE)
    assert taken == [".local/bin/claude"] * goes + [".local/share/claude/versions/2.1.91"]
    assert targets(world, Action.ARCHIVE) == []
    if not goes:
        assert left(world) == ["~/.local/bin/claude stays: it leads to claude-code 2.1.300, which is not banned."]


def test_a_wrapper_that_an_allowed_install_shares_stays(tmp_path: Path) -> None:
    world = empty(tmp_path)
    native(world, "2.1.91")
    native(world, "2.1.300")
    world.write(".local/bin/claude", "#!/bin/sh\n", 0o755)
    assert targets(world, Action.TAKE) == [".local/share/claude/versions/2.1.91"]


def test_an_install_inside_an_allowed_one_stays_whole(tmp_path: Path) -> None:
    """An editor's extension that brings a banned program with it: taking that would break what is allowed."""
    world = empty(tmp_path)
    world.write(".vscode/extensions/other.ext-1/bin/claude", "x", 0o755)
    link = world.link(".local/bin/claude", world.home / ".vscode/extensions/other.ext-1/bin/claude")
    world.install(".vscode/extensions/other.ext-1", product="other", version="1", manager=Manager.EXTENSION)
    world.install(".vscode/extensions/other.ext-1/bin/claude", manager=Manager.BINARY, commands=(os.fspath(link),))
    assert targets(world, Action.TAKE) == []
    assert len(left(world)) == 1
    assert "it belongs to other 1, which is not banned; remove @anthropic-ai/claude-code with" in left(world)[0]


def test_a_folder_that_holds_an_allowed_install_stays(tmp_path: Path) -> None:
    world = empty(tmp_path)
    world.write("tools/claude/deep/gemini/x")
    world.install("tools/claude")
    world.install("tools/claude/deep/gemini", product="gemini-cli", version="1")
    assert targets(world, Action.TAKE) == []
    assert "it holds gemini-cli 1, which is not banned" in left(world)[0]


@pytest.mark.parametrize("path", [".", "..", "../..", ".local", ".local/bin", "work/app", "work/app/node_modules"])
def test_folders_that_serve_others_are_refused(tmp_path: Path, path: str) -> None:
    world = usual(tmp_path)
    world.installs.clear()
    world.write(".local/bin/x")
    want = (os.fspath(world.home / "work/app/package.json"),)
    world.install(".", path=os.path.normpath(world.home / path), wanted_by=want)
    assert targets(world, Action.TAKE) == []
    assert targets(world, Action.ARCHIVE) == []
    told = "with what put it there (npm-global)" if not path.startswith("..") else "it lies outside the homes"
    assert told in left(world)[0]
    assert not any("rm -" in told for told in left(world))


@pytest.mark.parametrize("path", ["relative/path", "/etc/../etc/claude", "/a//b", ""])
def test_paths_that_are_none_are_refused(tmp_path: Path, path: str) -> None:
    world = empty(tmp_path)
    item = world.install("x", path=path)
    checked = check(replace(world.take(), installs=(item,)), by(), ON)
    known = Known(homes=(), user="dev", places={path: path})
    assert [step.action for step in plan(checked, known)] == [Action.LEFT]


def test_a_working_copy_and_an_environment_are_not_taken_as_a_whole(tmp_path: Path) -> None:
    world = empty(tmp_path)
    world.write("src/claude/.git/HEAD", "ref")
    world.install("src/claude")
    world.write("env/pyvenv.cfg", "home = /usr/bin")
    world.install("env", name="claude-code", manager=Manager.VENV, around=os.fspath(world.home / "env"))
    assert targets(world, Action.TAKE) == []
    assert [told.partition(";")[0] for told in left(world)] == [
        "it is a working copy of git",
        "it is an environment, in which other packages may be",
    ]
    assert left(world)[1].endswith("by hand: ~/env/bin/python -m pip uninstall claude-code")


def test_nested_and_shared_paths_are_listed_once(tmp_path: Path) -> None:
    world = empty(tmp_path)
    world.write("a/pkg/node_modules/native/x")
    world.write("a/store/x")
    also = (os.fspath(world.home / "a/store"),)
    world.install("a/pkg", also=also)
    world.install("a/pkg/node_modules/native", name="native", also=also)
    assert targets(world, Action.TAKE) == ["a/pkg", "a/store"]


def test_two_names_of_one_place_are_one(tmp_path: Path) -> None:
    world = empty(tmp_path)
    world.write("real/pkg/x")
    world.link("alias", "real")
    world.install("real/pkg")
    world.install("alias/pkg")
    assert targets(world, Action.TAKE) == ["real/pkg"] or targets(world, Action.TAKE) == ["alias/pkg"]
    assert len(targets(world, Action.TAKE)) == 1


def test_an_allowed_install_under_another_name_protects_its_place(tmp_path: Path) -> None:
    world = empty(tmp_path)
    world.write("real/pkg/x")
    world.link("alias", "real")
    world.install("real/pkg", version="2.1.300")
    world.install("alias/pkg")
    assert targets(world, Action.TAKE) == []


def test_a_link_is_taken_and_not_what_it_leads_to(tmp_path: Path) -> None:
    world = empty(tmp_path)
    world.write("checkout/claude/x")
    world.link("npm/claude-code", "../checkout/claude")
    world.install("npm/claude-code")
    removal = remove(world.take, by(), ON, world.options(apply=True))
    assert [each.step.told for each in removal.steps] == [f"rm -- {world.home}/npm/claude-code"]
    assert not os.path.lexists(world.home / "npm/claude-code")
    assert (world.home / "checkout/claude/x").exists()


def test_a_project_tells_the_line_and_the_command(tmp_path: Path) -> None:
    world = empty(tmp_path)
    package = world.write(
        "app/package.json", '{\n  "devDependencies": {\n    "@anthropic-ai/claude-code": "2"\n  }\n}\n'
    )
    wishes = world.write("app/requirements.txt", "# tools\nrequests\nClaude_Code >= 1\n")
    world.write("app/node_modules/@anthropic-ai/claude-code/x")
    common = {"manager": Manager.NPM_PROJECT, "scope": Scope.PROJECT}
    world.install("app/node_modules/@anthropic-ai/claude-code", wanted_by=(os.fspath(package),), **common)
    world.write("app/.venv/lib/python3/site-packages/claude_code/x")
    world.install(
        "app/.venv/lib/python3/site-packages/claude_code",
        name="claude-code",
        wanted_by=(os.fspath(wishes),),
        manager=Manager.VENV,
    )
    assert left(world) == [
        "line 3 of ~/app/package.json asks for @anthropic-ai/claude-code and would bring it back; take that entry out, "
        "or: cd ~/app && npm uninstall @anthropic-ai/claude-code.",
        "line 3 of ~/app/requirements.txt asks for claude-code and would bring it back; delete that line.",
    ]
    before = package.read_bytes(), wishes.read_bytes()
    remove(world.take, by(), ON, world.options(apply=True))
    assert (package.read_bytes(), wishes.read_bytes()) == before


def setting(world: World, path: str, **changes: object) -> None:
    given = {"kind": SettingKind.CONFIG, "product": "claude-code", "vendor": "anthropic", "user": "dev", "value": "v"}
    whole = {**given, "path": os.fspath(world.home / path), "key": "model", **changes}
    world.settings.append(Setting(**whole))  # type: ignore[arg-type]


def test_settings_and_shell_lines_are_left_with_what_to_do(tmp_path: Path) -> None:
    world = usual(tmp_path)
    setting(world, ".bashrc", kind=SettingKind.SHELL, line=3, key="ANTHROPIC_BASE_URL")
    world.write(".config/opencode/opencode.json", "{}")
    setting(world, ".config/opencode/opencode.json", product="opencode", line=2, model="claude-opus-4-6")
    setting(world, ".config/opencode/opencode.json", product="opencode", line=4, model="gpt-5", key="small_model")
    assert left(world) == [
        "~/.bashrc, line 3 sets ANTHROPIC_BASE_URL for claude-code, which goes; delete the line.",
        "~/.config/opencode/opencode.json, line 2: model names the banned model claude-opus-4-6; instead: an approved "
        "model.",
    ]


def test_configuration_that_another_product_keeps_its_own_in_stays(tmp_path: Path) -> None:
    world = usual(tmp_path)
    world.write(".claude/other/bin/x", "x", 0o755)
    world.install(".claude/other", product="gemini-cli", version="1", manager=Manager.NATIVE)
    assert targets(world, Action.ARCHIVE) == [".claude.json"]
    assert left(world) == ["the configuration ~/.claude stays: it holds gemini-cli 1, which is not banned."]


def test_configuration_stays_while_an_install_cannot_go(tmp_path: Path) -> None:
    world = usual(tmp_path)
    world.write("src/claude/.git/HEAD", "ref")
    world.install("src/claude")
    assert targets(world, Action.ARCHIVE) == []
    assert "the configuration ~/.claude stays: claude-code stays in " in " ".join(left(world))


def test_what_lies_in_the_configuration_is_taken_and_not_archived(tmp_path: Path) -> None:
    import tarfile

    world = usual(tmp_path)
    world.write(".claude/local/node_modules/@anthropic-ai/claude-code/cli.js", "x" * 5000)
    world.install(".claude/local/node_modules/@anthropic-ai/claude-code")
    removal = remove(world.take, by(), ON, world.options(apply=True))
    assert removal.left == ()
    assert all(each.state is StepState.DONE for each in removal.steps)
    with tarfile.open(removal.archive) as tar:
        names = tar.getnames()
    assert not any("claude-code" in name for name in names)
    assert f"{world.home}/.claude/local/node_modules/@anthropic-ai".lstrip("/") in names


def test_another_users_and_the_systems_need_root(tmp_path: Path) -> None:
    world = empty(tmp_path)
    world.write("theirs/claude/x")
    world.install("theirs/claude", user="eve")
    debian = {"user": "", "scope": Scope.SYSTEM, "manager": Manager.DEBIAN, "name": "claude-code"}
    world.install("usr", path=os.fspath(world.write("usr/bin/claude")), **debian)
    assert [told.partition(";")[0] for told in left(world)] == [
        "it is eve's, and only root may take it away",
        "it needs root",
    ]
    world.is_root = True
    found = steps(world)
    assert [(step.action, step.told) for step in found] == [
        (Action.TAKE, f"rm -r -- {world.home}/theirs/claude"),
        (Action.PACKAGE, "apt-get remove claude-code"),
    ]
    image = replace(world.options().around, root=os.fspath(tmp_path), proc="")
    told = [step.told for step in steps(world, around=image)]
    assert told[1:] == ["it is in an image, whose packages are not this machine's; as root: apt-get remove claude-code"]


@pytest.mark.parametrize("name", ["claude-code+", "claude-code-", "-o=x", "Claude", "a b", ""])
def test_names_that_apt_get_takes_for_something_else_are_not_given_to_it(tmp_path: Path, name: str) -> None:
    world = empty(tmp_path)
    world.is_root = True
    path = os.fspath(world.write("usr/bin/claude"))
    world.install("usr", path=path, user="", scope=Scope.SYSTEM, manager=Manager.DEBIAN, name=name)
    assert [step.action for step in steps(world)] == [Action.LEFT]


def test_wiretells_own_process_and_those_above_are_never_ended(tmp_path: Path) -> None:
    world = usual(tmp_path)
    mine = Process(
        product="claude-code",
        vendor="anthropic",
        version="2.1.91",
        pid=os.getppid(),
        started="2026-07-10T00:00:00Z",
        user="dev",
        program="/x",
    )
    world.processes = lambda: (mine, replace(mine, pid=os.getpid()), replace(mine, pid=2**22 + 1, user="eve"))
    assert targets(world, Action.END) == []
    assert [told.partition(";")[0] for told in left(world)] == [
        f"claude-code 2.1.91 (process {os.getppid()}) is what wiretell itself runs in",
        f"claude-code 2.1.91 (process {os.getpid()}) is what wiretell itself runs in",
        "claude-code 2.1.91 is eve's",
    ]


def test_names_with_line_breaks_and_broken_bytes(tmp_path: Path) -> None:
    world = empty(tmp_path)
    name = os.fsdecode(b"a\nb\xff\x1b[31m '\"; rm -rf ~")
    world.write(f"{name}/pkg/x")
    world.write(f"{name}/kept")
    world.install(f"{name}/pkg", commands=(os.fspath(world.link(f"{name}-link", "nowhere")),))
    removal = remove(world.take, by(), ON, world.options(apply=True))
    assert removal.left == ()
    assert set(hashed(world.home)) == {name, f"{name}/kept"}


def test_links_in_circles_are_no_end(tmp_path: Path) -> None:
    world = usual(tmp_path)
    world.link(".claude/me", ".")
    world.link(".claude/loop", "loop")
    world.link("loop", "loop")
    world.install("loop", name="loop")
    world.install("loop/within", path=os.fspath(world.home / "loop/within"))
    removal = remove(world.take, by(), ON, world.options(apply=True))
    assert removal.left == ()
    assert not os.path.lexists(world.home / "loop")
    assert not os.path.lexists(world.home / ".claude")


def test_settings_in_what_goes_need_nothing(tmp_path: Path) -> None:
    world = usual(tmp_path)
    setting(world, ".claude/settings.json", line=1, model="claude-opus")
    world.write("work/app/.claude/settings.json", "{}")
    setting(world, "work/app/.claude/settings.json", line=7, model="claude-opus")
    assert left(world) == [
        "~/work/app/.claude/settings.json, line 7: model is a setting of claude-code, which is banned; instead: the "
        "approved agent."
    ]
    assert len(remove(world.take, by(), ON, world.options(apply=True)).left) == 1


def test_settings_stay_listed_where_configuration_stays(tmp_path: Path) -> None:
    world = usual(tmp_path)
    setting(world, ".claude/settings.json", line=1, model="claude-opus")
    found = steps(world, keep_config=True)
    assert [step.action for step in found] == [Action.TAKE, Action.TAKE, Action.TIDY, Action.LEFT]
