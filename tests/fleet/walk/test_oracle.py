"""A deep walk finds what looking at every path finds; remembering changes nothing, whatever happens in between."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fleet.walk.worlds import LARGE, file, found, look, naive, settle, unremembered
from wiretell.fleet.walk import walking

FOLDERS = [
    "node_modules",
    "@anthropic-ai",
    "@ANTHROPIC-AI",
    "claude-code",
    "Claude-Code",
    "opencode-ai",
    ".pnpm",
    "site-packages",
    "dist-packages",
    "extensions",
    "anthropic.claude-code-2.1.91",
    "github.copilot-chat-1.0.0",
    "GitHub.copilot-1.2.3",
    ".git",
    ".claude",
    "lib",
    "python3.11",
    "aider_chat-0.86.2.dist-info",
    "@anthropic-ai+claude-code@2.1.91",
    "a",
]
FILES = [
    ".mcp.json",
    "settings.json",
    "claude",
    "aider",
    ".pnp.cjs",
    "Aider.Chat-1.0.egg-info",
    "pyvenv.cfg",
    "claude-code",
    "README",
    "@anthropic-ai-claude-code-npm-2.1.91-ab12-0.zip",
    "other-npm-1.0-x.zip",
    "opencode-ai",
    "line\nbreak",
    "cc.mjs",
]
names = st.lists(st.sampled_from(FOLDERS), max_size=6)
things = st.tuples(
    names, st.sampled_from(FILES + FOLDERS), st.sampled_from(["", "small", "large", "exec", "both", "link"])
)


def build(home: Path, world: list[tuple[list[str], str, str]]) -> None:
    home.mkdir()
    for folders, name, what in world:
        with_parents = home.joinpath(*folders)
        try:
            with_parents.mkdir(parents=True, exist_ok=True)
            _make(with_parents / name, what)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue  # something of that name is there


def _make(path: Path, what: str) -> None:
    if what == "link":
        path.symlink_to(["..", "nowhere", "README", "."][len(str(path)) % 4])
    elif not what:
        path.mkdir(exist_ok=True)
    else:
        file(path, LARGE if what in ("large", "both") else 3, 0o755 if what in ("exec", "both") else 0o644)


@settings(max_examples=80, deadline=None)
@given(st.lists(things, max_size=25))
@example(
    [(["node_modules", ".pnpm", "@anthropic-ai+claude-code@1.0", "node_modules", "@anthropic-ai"], "claude-code", "")]
)
@example([(["node_modules", ".pnpm", "node_modules", "@anthropic-ai"], "claude-code", "link")])
@example([(["node_modules", "@anthropic-ai", "a", "node_modules"], "opencode-ai", "")])
def test_a_deep_walk_is_the_naive_one(world: list[tuple[list[str], str, str]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        build(home, world)
        walked = look(home, deep=True)
        assert found(walked, home) == naive(home)
        assert walked.entries == sum(len(folders) + len(files) for _, folders, files in os.walk(home))
        assert [hit.path for hit in walked.hits] == sorted(hit.path for hit in walked.hits)


@settings(max_examples=80, deadline=None)
@given(st.lists(things, max_size=25))
def test_a_quick_walk_finds_nothing_that_a_deep_one_does_not(world: list[tuple[list[str], str, str]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        build(home, world)
        quick, deep = look(home), look(home, deep=True)
        missed = found(deep, home) - found(quick, home)
        assert found(quick, home) <= found(deep, home)
        told = any(each.what.startswith("interiors of") for each in quick.not_examined)
        assert told or not missed
        assert told or quick.entries == deep.entries


def _edit(chance: random.Random, home: Path) -> None:
    """Add, take away, rename, replace something anywhere."""
    there = [path for path in sorted(home.rglob("*")) if not path.is_symlink()]
    folders = [home, *(path for path in there if path.is_dir())]
    target = chance.choice(there) if there else home
    what = chance.randrange(7)
    if what <= 2 or target == home:
        new = chance.choice(folders).joinpath(*chance.sample(FOLDERS, chance.randint(0, 2)))
        build_in = [
            (list(new.relative_to(home).parts), chance.choice(FILES + FOLDERS), chance.choice(["", "both", "link"]))
        ]
        _build_more(home, build_in)
    elif what == 3:
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    elif what == 4 and not (aim := target.with_name(chance.choice(FOLDERS + FILES))).exists() and not aim.is_symlink():
        target.rename(aim)
    elif what == 5 and target.is_file():
        target.chmod(chance.choice([0o644, 0o755]))
    elif what == 6 and target.is_dir():
        shutil.rmtree(target)
        _make(target, chance.choice(["", "both", "link"]))


def _build_more(home: Path, world: list[tuple[list[str], str, str]]) -> None:
    for folders, name, what in world:
        try:
            home.joinpath(*folders).mkdir(parents=True, exist_ok=True)
            _make(home.joinpath(*folders, name), what)
        except OSError:
            continue


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(things, max_size=25), st.integers(0, 2**32), st.booleans())
def test_a_walk_that_remembers_says_what_a_fresh_one_says(
    listed: list[bytes], world: list[tuple[list[str], str, str]], seed: int, deep: bool
) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        home, cache = Path(scratch) / "home", Path(scratch) / "cache"
        build(home, world)
        for _ in range(4):
            settle()
            assert unremembered(look(home, cache, deep=deep)) == look(home, deep=deep)
            for _ in range(chance.randint(0, 3)):
                _edit(chance, home)


def test_nothing_is_listed_twice(listed: list[bytes], tmp_path: Path) -> None:
    home = tmp_path / "home"
    file(home / "a/b/claude", 3, 0o755)
    file(home / "c/node_modules/x/package.json")
    settle()
    first = look(home, tmp_path / "cache")
    assert len(listed) == 5
    listed.clear()
    assert unremembered(look(home, tmp_path / "cache")) == first
    assert listed == []
    file(home / "c/new")
    look(home, tmp_path / "cache")
    assert listed == [os.fsencode(home / "c")]


def test_a_folder_that_has_just_changed_is_listed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time is set back, as unpacking does; that it was is a change as well."""
    home = tmp_path / "home"
    file(home / "a/README")
    os.utime(home / "a", (1, 1))
    look(home, tmp_path / "cache")
    frozen = (home / "a").stat()
    file(home / "a/claude", 3, 0o755)
    real = os.lstat

    def within_one_tick(path: Any) -> Any:
        return frozen if path == os.fsencode(home / "a") else real(path)

    monkeypatch.setattr(os, "lstat", within_one_tick)
    assert ("program", "a/claude") in found(look(home, tmp_path / "cache"), home)


def test_nested_packages_come_and_go_without_the_folder_around_them_changing(
    listed: list[bytes], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    file(home / "node_modules/x/package.json")
    settle()
    assert look(home, tmp_path / "cache").hits == ()
    (home / "node_modules/x/node_modules/opencode-ai").mkdir(parents=True)
    assert ("node-package", "node_modules/x/node_modules/opencode-ai") in found(look(home, tmp_path / "cache"), home)


def test_a_program_is_looked_at_each_time(listed: list[bytes], tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = file(home / "tool", LARGE, 0o644)
    settle()
    assert look(home, tmp_path / "cache").hits == ()
    program.chmod(0o755)
    assert found(look(home, tmp_path / "cache"), home) == {("program", "tool")}


def test_a_small_program_that_grew_in_place_is_seen(listed: list[bytes], tmp_path: Path) -> None:
    """`cat agent > ~/bin/tool`: the folder does not change."""
    home, cache = tmp_path / "home", tmp_path / "cache"
    program = file(home / "bin/tool", 3, 0o755)
    settle()
    assert look(home, cache).hits == ()
    listed.clear()
    os.truncate(program, LARGE)
    assert found(look(home, cache), home) == {("program", "bin/tool")}
    assert listed == []


def test_what_a_memory_cannot_see_is_told(listed: list[bytes], tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    data = file(home / "data/notes", 3)
    settle()
    assert not any("--fresh" in each.why for each in look(home, cache).not_examined)
    os.truncate(data, LARGE)
    data.chmod(0o755)
    again = look(home, cache)
    assert again.hits == (), "if this is seen, the line below is too much"
    (told,) = [each.what for each in again.not_examined if "--fresh" in each.why]
    assert told == "files written anew in place in 2 folders that did not change"


def test_no_more_small_programs_are_looked_at_than_so_many(
    listed: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    programs = [file(home / f"bin{number}/tool", 3, 0o755) for number in range(3)]
    settle()
    look(home, cache)
    for program in programs:
        os.truncate(program, LARGE)
    monkeypatch.setattr(walking, "LOOKED_AGAIN", 2)
    again = look(home, cache)
    assert len(again.hits) == 2
    assert "1 small program in folders that did not change" in {each.what for each in again.not_examined}
