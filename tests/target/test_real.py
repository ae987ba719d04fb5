"""Packages of real agents, as a user's npm fetches them. Nothing of them is executed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from wiretell.errors import TargetError
from wiretell.model.agent import Agent
from wiretell.target import resolve

pytestmark = pytest.mark.real


def fetched(spec: str, cache: Path) -> Agent:
    try:
        return resolve(spec, cache=cache)
    except TargetError as error:
        if "does not answer" in str(error):
            pytest.skip(f"the npm registry does not answer: {error}")
        raise


@pytest.mark.parametrize(
    ("spec", "sha256", "start", "runtime"),
    [
        pytest.param(
            "npm:@anthropic-ai/claude-code@2.1.90",
            "8e49c90ebaec565b5fb0af744bebc53c1fd36262453cb4f309c12f6127b55418",
            ("/opt/node/bin/node", "/opt/agent/cli.js"),
            "node",
            marks=pytest.mark.long,
        ),
        (
            "claude-code@2.1.91",
            "4fb4dae771d6fad1e74703741148f5ee2d24837f4a04eab27041746f7a5b3e2b",
            ("/opt/node/bin/node", "/opt/agent/cli.js"),
            "node",
        ),
        pytest.param(
            "npm:@anthropic-ai/claude-code-linux-x64@2.1.197",
            "42b12aa7a1d57d9f48b49acecca37643a81528ad873629e0fc5f043730621b14",
            ("/opt/agent/claude",),
            "native",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_release_is_the_one_that_was_read(
    spec: str, sha256: str, start: tuple[str, ...], runtime: str, tmp_path: Path
) -> None:
    agent = fetched(spec, tmp_path)
    assert (agent.target.sha256, agent.target.start, agent.target.runtime) == (sha256, start, runtime)
    assert agent.recipe.name == "claude-code"


def test_the_launcher_of_a_native_release_leads_to_this_platforms_program(tmp_path: Path) -> None:
    agent = fetched("claude-code@2.1.198", tmp_path)
    assert (agent.target.name, agent.target.version) == ("@anthropic-ai/claude-code", "2.1.198")
    assert (agent.target.start, agent.target.runtime) == (("/opt/agent/claude",), "native")
    assert "install scripts were not run: postinstall" in agent.target.notes


def test_gemini_cli_comes_with_its_dependencies(tmp_path: Path) -> None:
    agent = fetched("gemini-cli@0.61.0", tmp_path)
    assert agent.target.start == ("/opt/node/bin/node", "/opt/agent/bundle/gemini.js")
    assert any("dependencies were installed as of" in note for note in agent.target.notes)


def test_a_version_that_never_was_is_answered_with_its_neighbours(tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        fetched("claude-code@2.1.99999", tmp_path)
    assert "has no version 2.1.99999; near it: 2.1." in str(caught.value)
