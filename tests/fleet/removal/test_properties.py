"""Over generated homes: what is not listed is the same byte for byte, and undoing gives everything back."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fleet.removal.worlds import ON, World, by, empty, hashed
from wiretell.fleet.removal import archive, remove
from wiretell.model.fleet import Action

PARTS = st.sampled_from(["a", "b", "pkg", ".claude", ".config", "bin", "node_modules", "@org", "x\ny", "\udcff", "é"])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
VERSIONS = st.sampled_from(["2.1.91", "2.1.300", ""])


@st.composite
def plans(draw: st.DrawFn) -> dict[str, object]:
    """Draw files, links and installs, some of which overlap, share paths or are not there."""
    files = draw(st.lists(PATHS, max_size=12))
    links = draw(st.lists(st.tuples(PATHS, st.one_of(PATHS, st.just("/"), st.just(".."))), max_size=4))
    installs = draw(
        st.lists(
            st.tuples(PATHS, VERSIONS, st.lists(PATHS, max_size=2), st.lists(PATHS, max_size=2), st.booleans()),
            max_size=5,
        )
    )
    return {"files": files, "links": links, "installs": installs}


def build(top: Path, drawn: dict[str, object]) -> World:
    world = empty(top)
    for path in drawn["files"]:  # type: ignore[attr-defined]
        try:
            world.write(path, path.encode("utf-8", "surrogateescape"))
        except OSError:  # a file stands where this one needs a folder
            continue
    for path, to in drawn["links"]:  # type: ignore[attr-defined]
        try:
            world.link(path, to if to.startswith(("/", "..")) else world.home / to)
        except OSError:
            continue
    for path, version, commands, also, is_other in drawn["installs"]:  # type: ignore[attr-defined]
        world.install(
            path,
            version=version,
            product="gemini-cli" if is_other else "claude-code",
            commands=tuple(os.fspath(world.home / each) for each in commands),
            also=tuple(os.fspath(world.home / each) for each in also),
        )
    return world


def without(tree: dict[str, str], places: list[str]) -> dict[str, str]:
    return {
        path: what
        for path, what in tree.items()
        if not any(path == place or path.startswith(f"{place}/") for place in places)
    }


@settings(max_examples=50, deadline=None)
@given(drawn=plans())
def test_nothing_that_was_not_listed_is_touched(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, object]
) -> None:
    world = build(tmp_path_factory.mktemp("world"), drawn)
    before = hashed(world.home)
    removal = remove(world.take, by(), ON, world.options(apply=True))
    acted = [each.step for each in removal.steps if each.step.action in (Action.TAKE, Action.ARCHIVE)]
    tidied = {_relative(world, each.step.target) for each in removal.steps if each.step.action is Action.TIDY}
    listed = {path for item in world.installs for path in (item.path, *item.also, *item.commands)}
    config = {os.fspath(world.home / name) for name in (".claude", ".config/claude", ".gemini")}
    assert {step.target for step in acted if step.action is Action.TAKE} <= listed
    assert {step.target for step in acted if step.action is Action.ARCHIVE} <= config
    places = [_relative(world, step.target) for step in acted]
    after = hashed(world.home)
    kept = {path: what for path, what in without(before, places).items() if path not in tidied}
    assert without(after, places) == kept == after


def _relative(world: World, target: str) -> str:
    """Where a target was: its parents are there still, or have gone with it under their own names."""
    parent, name = os.path.split(target)
    return os.path.relpath(f"{os.path.realpath(parent)}/{name}", world.home)


@settings(max_examples=25, deadline=None)
@given(drawn=plans())
def test_an_allowed_install_is_never_touched(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, object]
) -> None:
    world = build(tmp_path_factory.mktemp("world"), drawn)
    kept = [item for item in world.installs if item.product == "gemini-cli" or item.version == "2.1.300"]
    here = {path: _seen(path) for item in kept for path in (item.path, *item.also) if os.path.lexists(item.path)}
    remove(world.take, by(), ON, world.options(apply=True))
    assert {path: _seen(path) for path in here} == here


def _seen(path: str) -> object:
    if Path(path).is_symlink() or not Path(path).is_dir():
        return os.path.lexists(path)
    return hashed(Path(path))


@settings(max_examples=15, deadline=None)
@given(drawn=plans())
def test_what_fails_in_the_end_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, object]
) -> None:
    world = build(tmp_path_factory.mktemp("world"), drawn)
    world.write("last/pkg/x")
    world.write(".claude.json", "{}")
    world.install("last/pkg")
    before = hashed(world.home)
    full = OSError(28, "No space left on device")
    with patch.object(archive, "_written", side_effect=full):
        removal = remove(world.take, by(), ON, world.options(apply=True))
    if any(each.step.action is Action.ARCHIVE for each in removal.steps):
        assert hashed(world.home) == before
