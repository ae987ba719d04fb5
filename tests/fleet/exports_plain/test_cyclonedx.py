"""An inventory as CycloneDX 1.6: valid by its own schema, with all that was found and all that was not looked at."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wiretell.fleet.exports.cyclonedx import purl, render
from wiretell.model.fleet import (
    Examined,
    Install,
    Inventory,
    Machine,
    Manager,
    NotExamined,
    Process,
    Scope,
    Setting,
    SettingKind,
)

MACHINE = Machine("ab" * 16, "desk-7", "Debian GNU/Linux 12 (bookworm)", "dev", root=False, team="search")
VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


def install(manager: Manager, name: str, version: str = "2.1.91", path: str = "/x", **more: Any) -> Install:
    return Install(
        product="claude-code",
        vendor="anthropic",
        name=name,
        version=version,
        manager=manager,
        scope=Scope.USER,
        user="dev",
        path=path,
        **more,
    )


def inventory(*installs: Install, **more: Any) -> Inventory:
    return Inventory(machine=MACHINE, taken="2026-07-10T08:00:00Z", installs=installs, **more)


def made(whole: Inventory) -> Any:
    text = render(whole)
    assert VALIDATOR.validate_str(text) is None
    return json.loads(text)


def told(component: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in component["properties"]:
        found.setdefault(each["name"].removeprefix("wiretell:"), []).append(each["value"])
    return found


@pytest.mark.parametrize(
    ("manager", "name", "address"),
    [
        (Manager.NPM_GLOBAL, "@anthropic-ai/claude-code", "pkg:npm/%40anthropic-ai/claude-code@2.1.91"),
        (Manager.PNPM_PROJECT, "opencode-ai", "pkg:npm/opencode-ai@2.1.91"),
        (Manager.PIPX, "Aider_Chat", "pkg:pypi/aider-chat@2.1.91"),
        (Manager.DEBIAN, "claude-code", "pkg:deb/debian/claude-code@2.1.91"),
        (Manager.EXTENSION, "anthropic.claude-code", "pkg:vscode-extension/anthropic/claude-code@2.1.91"),
        (Manager.NATIVE, "claude", f"pkg:generic/claude-code@2.1.91?checksum=sha256:{'b' * 64}"),
        (Manager.BINARY, "x\n", f"pkg:generic/claude-code@2.1.91?checksum=sha256:{'b' * 64}"),
    ],
)
def test_package_urls(manager: Manager, name: str, address: str) -> None:
    assert purl(install(manager, name, sha256="b" * 64), MACHINE.os).to_string() == address


def test_every_manager_has_a_package_url() -> None:
    document = made(inventory(*(install(each, "a.b", path=f"/{each}") for each in Manager)))
    assert len(document["components"]) == len(Manager)
    assert all(each["purl"].startswith("pkg:") for each in document["components"])


def test_a_component_says_where_it_is_and_what_is_known_of_it() -> None:
    one = install(
        Manager.NPM_GLOBAL,
        "@anthropic-ai/claude-code",
        path="/home/dev/.nvm/lib",
        hashed="/home/dev/.nvm/lib/cli.js",
        sha256="a" * 64,
        integrity="sha512-x",
        commands=("/usr/bin/claude", "/home/dev/bin/c"),
        note="Half.",
    )
    (component,) = made(inventory(one))["components"]
    assert (component["group"], component["name"], component["version"]) == ("@anthropic-ai", "claude-code", "2.1.91")
    assert component["publisher"] == "anthropic"
    assert [each["location"] for each in component["evidence"]["occurrences"]] == ["/home/dev/.nvm/lib"]
    properties = told(component)
    assert properties["command"] == ["/home/dev/bin/c", "/usr/bin/claude"]
    assert (properties["manager"], properties["integrity"], properties["note"]) == (
        ["npm-global"],
        ["sha512-x"],
        ["Half."],
    )
    assert properties["sha256"] == ["a" * 64]
    assert "hashes" not in component  # it is a file's, not the package's


def test_a_program_has_its_hash() -> None:
    (component,) = made(inventory(install(Manager.BINARY, "c", path="/c", hashed="/c", sha256="b" * 64)))["components"]
    assert component["hashes"] == [{"alg": "SHA-256", "content": "b" * 64}]


@pytest.mark.parametrize("told", ["zz", "b" * 63, "b" * 64 + "\n", "é" * 64, "sha256:" + "b" * 64])
def test_what_is_no_hash_is_told_as_none(told: str) -> None:
    one = install(Manager.BINARY, "c", path="/c", hashed="/c", sha256=told)
    (component,) = made(inventory(one))["components"]
    assert "hashes" not in component
    assert component["purl"] == "pkg:generic/claude-code@2.1.91"


def test_a_hash_is_written_in_lower_case() -> None:
    one = install(Manager.BINARY, "c", path="/c", hashed="/c", sha256="B" * 64)
    (component,) = made(inventory(one))["components"]
    assert component["hashes"] == [{"alg": "SHA-256", "content": "b" * 64}]


def test_the_same_agent_in_two_places_is_there_twice() -> None:
    both = inventory(install(Manager.VENV, "a", path="/1"), install(Manager.VENV, "a", path="/2"))
    document = made(both)
    assert len({each["bom-ref"] for each in document["components"]}) == 2
    (machine,) = [
        each for each in document["dependencies"] if each["ref"] == document["metadata"]["component"]["bom-ref"]
    ]
    assert set(machine["dependsOn"]) == {each["bom-ref"] for each in document["components"]}


def test_what_was_not_looked_at_is_in_it() -> None:
    document = made(
        inventory(examined=(Examined("home of dev", 12),), not_examined=(NotExamined("/root", "permission denied"),))
    )
    assert told(document["metadata"])["not-examined"] == ["/root: permission denied"]
    assert told(document["metadata"])["examined"] == ["home of dev: 12"]
    assert document["metadata"]["component"]["name"] == "desk-7"
    assert told(document["metadata"]["component"])["team"] == ["search"]
    assert document["metadata"]["timestamp"] == "2026-07-10T08:00:00+00:00"


def test_what_runs_stands_with_its_install_or_alone_and_settings_are_there() -> None:
    one = install(Manager.NATIVE, "claude", path="/c")
    process = Process(
        product="claude-code",
        vendor="anthropic",
        version="",
        pid=7,
        started="2026-07-10T07:00:00Z",
        user="dev",
        program="/c",
        install=one.id,
    )
    setting = Setting(
        kind=SettingKind.SHELL,
        product="",
        vendor="",
        path="/h/.bashrc",
        line=3,
        key="OPENAI_BASE_URL",
        value="https://x",
    )
    stray = replace(process, pid=8, install="")
    document = made(inventory(one, processes=(process, stray), settings=(setting,)))
    assert told(document["components"][0])["running"] == ["claude-code as pid 7 of dev since 2026-07-10T07:00:00Z"]
    assert told(document)["setting"] == ["/h/.bashrc:3: OPENAI_BASE_URL = https://x"]
    assert ["pid 8" in each for each in told(document)["running"]] == [True]


def test_equal_inventories_give_equal_bytes_and_others_another_serial_number() -> None:
    whole = inventory(install(Manager.VENV, "a"), wall_s=0.2)
    assert render(whole) == render(replace(whole, wall_s=0.9))
    other = replace(whole, not_examined=(NotExamined("x", "y"),))
    assert made(other)["serialNumber"] != made(whole)["serialNumber"]


def test_an_inventory_without_time_or_name() -> None:
    bare = Inventory(machine=Machine("", "", "", "", root=True), taken="", installs=())
    assert made(bare)["metadata"]["timestamp"].startswith("1970-01-01T00:00:00")


TEXT = st.text(st.characters(), max_size=12)


@settings(max_examples=100, deadline=None)
@given(TEXT, TEXT, TEXT, st.sampled_from(Manager))
@example("\r", " ", "", Manager.NPM_GLOBAL)
@example("@/ /", "", "", Manager.BUN_GLOBAL)
@example("\u3000.\u2003", "", "", Manager.EXTENSION)
def test_whatever_a_path_or_a_name_holds_it_is_valid_and_steers_no_terminal(
    name: str, version: str, path: str, manager: Manager
) -> None:
    one = install(manager, name, version, f"/{path}", note=path, commands=(path,))
    other = replace(one, product=name, vendor=version, path=f"/2/{path}", sha256="c" * 64)
    whole = replace(inventory(one, other), machine=Machine("", path, name, version, root=False, team=path))
    text = render(replace(whole, not_examined=(NotExamined(path, name),)))
    assert VALIDATOR.validate_str(text) is None
    assert text.isascii()
    assert all(char.isprintable() or char == "\n" for char in text)
