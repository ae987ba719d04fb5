"""The exported settings on real agents: run in the sealed lab with them and without, and what differs.

A run's /etc is what its world says: the files lie where an administrator would put them. What is told of a key (from
which version it holds, what it lets through) is run here too.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.fleet.exports_managed.policies import AT, CASE, parsed
from wiretell import target
from wiretell.errors import TargetError
from wiretell.fleet.exports.managed import managed
from wiretell.lab import machine, surroundings
from wiretell.lab.runner import Lab
from wiretell.lab.sink import Authority
from wiretell.model.agent import Agent
from wiretell.model.capture import Capture
from wiretell.model.world import World

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.real, pytest.mark.timeout(280)]

KNOWS = "2.1.330"
"""Claude Code that knows every key; newest when this was written."""
KNOWS_VERSIONS = "2.1.196"
KNOWS_NONE = "2.1.91"

OPENCODE = """schema = 1
[agent]
name = "opencode"
command = ["{bin}", "run", "--model", "anthropic/claude-haiku-4-5", "{prompt}"]
protocol = "anthropic-messages"
timeout_s = 100
[agent.npm]
package = "opencode-ai"
bin = "opencode"
platform_binary = "opencode"
[agent.env]
ANTHROPIC_API_KEY = "{api_key}"
OPENCODE_DISABLE_MODELS_FETCH = "1"
[agent.files]
".config/opencode/opencode.json" = '''
{"provider": {"anthropic": {"options": {"baseURL": "{base_url}/v1"}}}, "enabled_providers": ["anthropic"]}
'''
"""
"""Its user names the provider in a configuration of his own."""


@dataclass(frozen=True)
class Start:
    """One start of an agent: by which rules settings lie in /etc (none: no file), and words after its own."""

    rules: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """What a start came to."""

    code: int | None
    told: str
    models: tuple[str, ...]
    """Of the requests that ask a model, each once."""


@functools.cache
def fetched(spec: str, recipe: Path | None = None) -> Agent:
    try:
        return target.resolve(spec, recipe=recipe)
    except TargetError as error:
        if os.environ.get("WIRETELL_REQUIRE_REAL") == "1":
            pytest.fail(str(error))
        pytest.skip(f"{spec} cannot be fetched here: {error}")


def started(agent: Agent, starts: Sequence[Start]) -> list[Said]:
    authority = Authority.create()
    shell = surroundings.Machine(ca_pem=authority.pem, system_ca=machine.system_certificates())
    layout = machine.layout(agent.target.root, ())
    specs = [
        surroundings.build(with_words(agent, start.words), world(start.rules), run=run, purpose="world", shell=shell)
        for run, start in enumerate(starts)
    ]
    official = [agent.recipe.official.host] if agent.recipe.official else []
    with Lab(layout, workers=2, authority=authority, loopback_ports=(80, 443), official=official) as lab:
        return [said(capture) for capture in lab.run(specs)]


def with_words(agent: Agent, words: tuple[str, ...]) -> Agent:
    return replace(agent, recipe=replace(agent.recipe, command=(*agent.recipe.command, *words)))


def world(rules: str) -> World:
    """A world with the files of an export in their places."""
    files = managed(parsed(rules), AT).files
    return World.of({f"file:{file.place}": file.content for file in files})


def said(capture: Capture) -> Said:
    asked = [json.loads(each.request.body)["model"] for each in capture.exchanges if each.kind == "model"]
    told = capture.process.stdout + capture.process.stderr
    return Said(capture.process.exit_code, told.decode(), tuple(dict.fromkeys(asked)))


def model(name: str, rules: str = "") -> Start:
    return Start(rules, ("--model", name))


def ban(what: str) -> str:
    return f'[[rule]]\nid = "r"\neffect = "ban"\n{what}\n'


def test_claude_code_obeys_its_settings_and_they_let_through_what_their_notes_say() -> None:
    haiku = ban('model = "claude-haiku-4-5"')
    newest = ban('product = "claude-code"\nversions = ">2.1.329"')
    starts = [Start(), Start(ban('product = "claude-code"')), Start(newest), Start(CASE)]
    starts += [model("claude-haiku-4-5"), model("claude-haiku-4-5", haiku), model("claude-opus-4-6", haiku)]
    starts += [model("team-model", CASE)]
    free, none, old, case, named, denied, other, gateway = started(
        fetched(f"npm:@anthropic-ai/claude-code@{KNOWS}"), starts
    )

    assert (free.code, len(free.models)) == (0, 1)
    assert (none.code, none.models) == (1, ())
    assert "older than the minimum version required by your organization (999999.0.0)" in none.told
    assert (old.code, old.models) == (1, ())
    assert "newer than the maximum version allowed by your organization (2.1.329)" in old.told
    assert (case.code, case.models) == (1, ())
    assert 'settings block the default model (claude-opus-5-5) in "deniedModels"' in case.told

    assert named.models == ("claude-haiku-4-5",)
    assert denied.code == 0
    assert 'Model "claude-haiku-4-5" is restricted by your organization\'s settings' in denied.told
    assert denied.models == free.models  # the default model answers in its place
    assert other.models == ("claude-opus-4-6",)
    assert (gateway.code, gateway.models) == (0, ("team-model",))


def test_claude_code_that_knows_versions_alone_obeys_these_alone() -> None:
    agent = fetched(f"npm:@anthropic-ai/claude-code@{KNOWS_VERSIONS}")
    haiku = ban('model = "claude-haiku-4-5"')
    old, denied = started(agent, [Start(CASE), model("claude-haiku-4-5", haiku)])
    assert (old.code, old.models) == (1, ())
    assert "older than the minimum version required by your organization (2.1.198)" in old.told
    assert (denied.code, denied.models) == (0, ("claude-haiku-4-5",))


def test_claude_code_that_is_older_than_the_keys_starts_all_the_same() -> None:
    (case,) = started(fetched(f"npm:@anthropic-ai/claude-code@{KNOWS_NONE}"), [Start(CASE)])
    assert (case.code, len(case.models)) == (0, 1)


def test_opencode_has_no_model_that_its_settings_take_away(tmp_path: Path) -> None:
    recipe = tmp_path / "opencode.toml"
    recipe.write_text(OPENCODE)
    starts = [Start(), Start(ban('model = "claude-haiku-4-5"')), Start(CASE)]
    free, listed, disabled = started(fetched("npm:opencode-ai@1.18.33", recipe), starts)
    assert free.code == 0
    assert "claude-haiku-4-5" in free.models  # beside the model that it names sessions with
    assert (listed.code, listed.models) == (1, ())
    assert (disabled.code, disabled.models) == (1, ())
