from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.errors import TargetError
from wiretell.lab import spec as lab
from wiretell.model.agent import Declaration
from wiretell.target import interface
from wiretell.target.interface import Wish
from wiretell.target.recipe import adjust, for_package, generic, known_packages, known_recipes, named, parse, shipped

FULL = """
schema = 1
[agent]
name = "my-agent"
command = ["node", "{agent}/cli.js", "-p", "{prompt}"]
protocol = "anthropic-messages"
timeout_s = 30
prompt = "hello"
[agent.npm]
package = "my-agent"
optional = false
[agent.env]
ANTHROPIC_BASE_URL = "{base_url}"
ANTHROPIC_API_KEY = "{api_key}"
[agent.files]
".myagent.json" = '{"onboarded": true, "url": "{base_url}", "x": {"other": "${name} {NAME} {zzz}"}}'
[agent.official]
host = "api.anthropic.com"
files = {}
[[agent.level]]
fact = "env:MY_TELEMETRY"
values = ["0", "1"]
[[agent.declares]]
fact = "cwd"
source = "https://example.org/docs"
where = "body:/system/*"
"""


def test_every_key_of_a_recipe_is_read() -> None:
    loaded = parse(FULL.encode(), "x.toml")
    recipe = loaded.recipe
    assert (recipe.name, recipe.prompt, recipe.timeout_s) == ("my-agent", "hello", 30.0)
    assert recipe.command == ("node", "{agent}/cli.js", "-p", "{prompt}")
    assert recipe.official is not None
    assert (recipe.official.host, recipe.official.files, recipe.official.env) == ("api.anthropic.com", {}, None)
    assert recipe.levels == (("env:MY_TELEMETRY", ("0", "1")),)
    assert recipe.declares == (Declaration("cwd", "https://example.org/docs", "body:/system/*"),)
    assert loaded.npm is not None
    assert (loaded.npm.package, loaded.npm.optional) == ("my-agent", False)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("command =", "comand =", "[agent] has no key 'comand'; did you mean 'command'?"),
        ("host =", "hosts =", "[agent.official] has no key 'hosts'; did you mean 'host'?"),
        ("schema = 1", "schema = 2", "`schema = 1` is missing"),
        ("schema = 1", "schema = true", "`schema = 1` is missing"),
        ('"anthropic-messages"', '"anthropic"', "no protocol 'anthropic'"),
        ("timeout_s = 30", "timeout_s = 0", "'timeout_s' must be a number of seconds"),
        ("timeout_s = 30", "timeout_s = true", "'timeout_s' must be a number of seconds"),
        ('prompt = "hello"', "prompt = 5", "'prompt' must be a string"),
        ('"{prompt}"', '"{promt}"', "no placeholder {promt} here; did you mean 'prompt'?"),
        ('"{prompt}"', '"x{bin}"', "'{bin}' must be an element of its own"),
        ('"{api_key}"', '"{bin}"', "env: ANTHROPIC_API_KEY: no placeholder {bin} here"),
        ('"{api_key}"', '"{key}"', "no placeholder {key}"),
        ('"url": "{base_url}"', '"url": "{base_ur}"', "no placeholder {base_ur} here; did you mean 'base_url'?"),
        ('".myagent.json"', '"../.myagent.json"', "must be a path under HOME"),
        ('".myagent.json"', '"/etc/passwd"', "must be a path under HOME"),
        ('host = "api.anthropic.com"', 'host = "https://api.anthropic.com"', "must be a bare host name"),
        ('fact = "cwd"', 'fact = "cdw"', "no fact 'cdw'; did you mean 'cwd'?"),
        ('fact = "cwd"', 'fact = "env:"', "no fact 'env:'"),
        ('"https://example.org/docs"', '"the docs"', "'source' must be the URL of a page"),
        ('"body:/system/*"', '"system"', "'where' must begin with"),
        ('values = ["0", "1"]', 'values = ["0", "0"]', "must be a list of different strings"),
        ("optional = false", 'optional = "no"', "'optional' must be true or false"),
        (
            'command = ["node", "{agent}/cli.js", "-p", "{prompt}"]',
            "command = []",
            "'command' must be a list of strings",
        ),
        ("[agent.env]", "[agent.env]\nA = 1", "env: 'A' must be a string"),
        ("schema = 1", "schema = 1\nschema = 1", "is no TOML file"),
    ],
)
def test_a_bad_recipe_is_refused_in_one_sentence(old: str, new: str, says: str) -> None:
    assert old in FULL
    with pytest.raises(TargetError) as caught:
        parse(FULL.replace(old, new).encode(), "x.toml")
    assert str(caught.value).startswith("x.toml")
    assert says in str(caught.value)
    assert str(caught.value)[-1] in ".?"
    assert not re.search(r"[?.;:][.;:?]", str(caught.value).replace("../", ""))


@given(st.one_of(st.binary(max_size=200), st.text(alphabet="[]=\"'{}agent.schema1\n ", max_size=80).map(str.encode)))
def test_bytes_that_are_no_recipe_raise_nothing_but_target_errors(data: bytes) -> None:
    with pytest.raises(TargetError):
        parse(data, "x.toml")


def test_the_five_agents_ship_with_their_packages() -> None:
    assert dict(known_packages()) == {
        "claude-code": "@anthropic-ai/claude-code",
        "codex": "@openai/codex",
        "gemini-cli": "@google/gemini-cli",
        "pi": "@mariozechner/pi-coding-agent",
        "qwen-code": "@qwen-code/qwen-code",
    }
    assert [recipe.name for recipe in known_recipes()] == sorted(known_packages())


@pytest.mark.parametrize("recipe", known_recipes(), ids=lambda recipe: str(recipe.name))
def test_a_shipped_recipe_sends_the_agent_to_the_lab_and_leaves_telemetry_as_its_vendor_ships_it(
    recipe: object,
) -> None:
    each = named(getattr(recipe, "name")).recipe  # noqa: B009
    assert any("{base_url}" in text for text in (*each.env.values(), *each.files.values()))
    assert any("{api_key}" in text for text in each.env.values())
    assert each.official is not None
    switches = re.compile(r"TELEMETRY|NONESSENTIAL|STATISTICS|AUTOUPDAT|DO_NOT_TRACK|OFFLINE")
    assert not [name for name in (*each.env, *(each.official.env or {})) if switches.search(name)]
    assert "{base_url}" not in "".join((*(each.official.env or {}).values(), *(each.official.files or {}).values()))


def test_claude_code_is_pinned_so_that_two_runs_in_one_world_send_the_same_bytes() -> None:
    recipe = shipped()["claude-code"].recipe
    assert "00000000-0000-4000-8000-000000000001" in recipe.command
    assert re.search(r'"userID":"[0-9a-f]{64}"', recipe.files[".claude.json"])
    assert ("env:CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", ("1",)) in recipe.levels


def test_codex_at_its_official_host_has_a_configuration_of_its_own() -> None:
    official = shipped()["codex"].recipe.official
    assert official is not None
    assert official.files == {}
    assert official.env is not None
    assert official.env["CODEX_API_KEY"] == "{api_key}" and "OPENAI_API_KEY" not in official.env


def test_a_package_for_one_platform_has_the_recipe_of_its_launcher() -> None:
    found = for_package("@anthropic-ai/claude-code-linux-arm64-musl")
    assert found is not None and found.recipe.name == "claude-code"
    assert for_package("@anthropic-ai/claude-code-extras") is None


def test_an_unknown_recipe_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"no recipe 'codx'; did you mean 'codex'\? Known: claude-code, .*\.$"):
        named("codx")
    with pytest.raises(TargetError, match=r"no recipe 'zzzz'\. Known: claude-code, .*\.$"):
        named("zzzz")
    file = tmp_path / "mine.toml"
    file.write_text(FULL)
    assert named(file).recipe.name == "my-agent"


def test_the_users_command_environment_and_protocol_replace_the_recipes_own() -> None:
    recipe = parse(FULL.encode(), "x").recipe
    changed = adjust(recipe, Wish(("-q", "{prompt}"), {"A": "{cwd}"}, "openai-chat"), own_program=True)
    assert changed.command == ("{bin}", "-q", "{prompt}")
    assert changed.env == {**recipe.env, "A": "{cwd}"} and changed.protocol == "openai-chat"
    assert adjust(recipe, Wish(("x", "{bin}")), own_program=True).command == ("x", "{bin}")
    assert adjust(recipe, Wish(("x",)), own_program=False).command == ("x",)
    with pytest.raises(TargetError, match=r"no placeholder \{promt\}"):
        adjust(recipe, Wish(("{promt}",)), own_program=True)


def test_a_program_without_recipe_gets_the_usual_variables() -> None:
    recipe = generic("tool", None)
    assert recipe.env["ANTHROPIC_BASE_URL"] == recipe.env["GOOGLE_GEMINI_BASE_URL"] == "{base_url}"
    assert recipe.env["OPENAI_BASE_URL"] == "{base_url}/v1"
    assert recipe.official is not None and recipe.official.host == "api.anthropic.com"


def test_the_places_in_the_sandbox_are_the_labs() -> None:
    assert interface.AGENT_DIR == lab.AGENT_DIR
    assert f"{lab.NODE_DIR}/bin/node" == interface.NODE


def test_the_recipes_are_in_the_wheel(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=root, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"wiretell/target/agents/{name}.toml" for name in known_packages()} <= set(names)
