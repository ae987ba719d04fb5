from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.target.packages import FakeNpm, package
from wiretell.errors import TargetError
from wiretell.target import resolve
from wiretell.target.npm import Source, nearest_versions, order, parse_spec


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("a", "a", "latest"),
        ("@s/n", "@s/n", "latest"),
        ("@s/n@1.2.3", "@s/n", "1.2.3"),
        ("n@v1.2.3-beta.1+b", "n", "1.2.3-beta.1+b"),
        ("n@next", "n", "next"),
    ],
)
def test_a_package_is_read(text: str, name: str, version: str) -> None:
    assert parse_spec(text) == Source(name, version)


@pytest.mark.parametrize(
    "text", ["", "@", "@s", "a b", "../x", "a@^1", "a@1.2", "a@", "a@>1", "-x", "a@-x", "x..y", "a@1.2.3 b"]
)
def test_what_is_no_package_is_refused(text: str) -> None:
    with pytest.raises(TargetError):
        parse_spec(text)


@given(st.text(max_size=30))
def test_no_text_becomes_a_name_that_leads_out(text: str) -> None:
    try:
        source = parse_spec(text)
    except TargetError:
        return
    assert ".." not in source.name and not source.name.startswith(("/", "-", "."))
    assert not source.version.startswith("-")


def test_versions_are_ordered_as_semver_does_for_numbers_and_pre_releases() -> None:
    mixed = ["2.1.10", "2.1.9", "2.1.10-beta", "10.0.0", "2.0.99"]
    assert sorted(mixed, key=order) == ["2.0.99", "2.1.9", "2.1.10-beta", "2.1.10", "10.0.0"]
    assert nearest_versions("2.1.11", tuple(mixed)) == ("2.1.10-beta", "2.1.10", "10.0.0")
    assert nearest_versions("9.9.9", ()) == ()


def test_a_recipe_name_goes_before_a_package_of_that_name(tmp_path: Path) -> None:
    npm = FakeNpm(tmp_path / "npm", {})
    npm.publish(package("@openai/codex", "1.0.0", bin={"codex": "cli.js"}), tag="latest")
    for spec in ("codex@1.0.0", "codex", "npm:@openai/codex", "@openai/codex@1.0.0"):
        agent = resolve(spec, cache=tmp_path / "cache", npm=npm.client)
        assert (agent.target.name, agent.recipe.name) == ("@openai/codex", "codex")


def test_a_package_without_recipe_needs_one_or_a_command(tmp_path: Path) -> None:
    npm = FakeNpm(tmp_path / "npm", {})
    npm.publish(package("thing", "1.0.0"))
    with pytest.raises(TargetError, match="No recipe knows the npm package thing"):
        resolve("thing@1.0.0", cache=tmp_path / "cache", npm=npm.client)
    agent = resolve("thing@1.0.0", command=("-p", "{prompt}"), cache=tmp_path / "cache", npm=npm.client)
    assert agent.recipe.command == ("{bin}", "-p", "{prompt}")
    mine = tmp_path / "r.toml"
    mine.write_text('schema = 1\n[agent]\nname = "r"\ncommand = ["{bin}"]\nprotocol = "gemini"\n')
    assert resolve("npm:thing@1.0.0", recipe=mine, cache=tmp_path / "cache", npm=npm.client).recipe.name == "r"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("", "No target is named"),
        ("pypi:x==1", "pypi: comes with a later release"),
        ("no-such-thing-here", "Nothing is called 'no-such-thing-here'"),
        ("codec", "did you mean 'codex'"),
        ("'open", "cannot be split into words"),
        ("./missing.tgz", "There is no file"),
    ],
)
def test_what_names_nothing_is_refused_in_one_sentence(spec: str, says: str) -> None:
    with pytest.raises(TargetError, match=says):
        resolve(spec)
