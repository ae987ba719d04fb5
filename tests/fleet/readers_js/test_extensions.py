"""Extensions of editors of the VS Code family."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fleet.readers_js.trees import installs, look, one, package, problems, write
from wiretell.model.fleet import Manager, NotExamined, Scope


def extension(folder: Path, publisher: str = "Anthropic", name: str = "claude-code", version: str = "2.1.91") -> Path:
    told = {"publisher": publisher, "engines": {"vscode": "^1.94.0"}, "main": "./extension.js"}
    return package(folder / f"{publisher.lower()}.{name}-{version}", name, version, ["extension.js"], **told)


@pytest.mark.parametrize(
    ("folder", "editor", "scope"),
    [
        ("home/dev/.vscode/extensions", "vscode", Scope.USER),
        ("home/dev/.vscode-server/extensions", "vscode-server", Scope.USER),
        ("home/dev/.vscode-oss/extensions", "vscodium", Scope.USER),
        ("home/dev/.cursor/extensions", "cursor", Scope.USER),
        ("home/dev/.windsurf/extensions", "windsurf", Scope.USER),
        ("home/dev/.qoder/extensions", "qoder", Scope.USER),
        ("home/dev/.local/share/code-server/extensions", "code-server", Scope.USER),
        ("home/dev/.some-editor/extensions", "some-editor", Scope.USER),
    ],
)
def test_editors(tmp_path: Path, folder: str, editor: str, scope: Scope) -> None:
    path = extension(tmp_path / folder)
    found = one(tmp_path)
    assert (found.product, found.vendor, found.name) == ("claude-code", "anthropic", "Anthropic.claude-code")
    assert (found.manager, found.around, found.scope) == (Manager.EXTENSION, editor, scope)
    assert (found.version, found.path, found.hashed) == ("2.1.91", str(path), str(path / "extension.js"))
    assert found.note == "" and found.also == ()


def test_the_program_that_it_carries_is_what_is_hashed(tmp_path: Path) -> None:
    path = extension(tmp_path / "home/dev/.vscode/extensions")
    carried = write(path / "resources/native-binary/claude")
    found = one(tmp_path)
    assert found.hashed == str(carried)
    assert found.note == "It carries the agent's program, which may have another version than the extension."


def test_a_carried_program_for_a_platform(tmp_path: Path) -> None:
    path = extension(tmp_path / "home/dev/.cursor/extensions", "openai", "chatgpt", "0.5.71")
    carried = write(path / "bin/linux-x86_64/codex")
    found = one(tmp_path)
    assert (found.product, found.hashed) == ("codex", str(carried))


def test_names_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    folder = tmp_path / "home/dev/.vscode/extensions"
    extension(folder, "GitHub", "copilot", "1.300.0")
    extension(folder, "GitHub", "copilot-chat", "0.35.0")
    extension(folder, "GitHub", "copilot-9-workspace", "1.0.0")
    assert [each.name for each in installs(tmp_path)] == ["GitHub.copilot", "GitHub.copilot-chat"]


def test_what_is_uninstalled_but_still_there_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "home/dev/.vscode/extensions"
    path = extension(folder)
    extension(folder, version="2.1.92")
    write(folder / ".obsolete", json.dumps({path.name: True, "x.y-1.0.0": 3}))
    assert [each.note for each in installs(tmp_path)] == [
        "Uninstalled; the editor takes its folder away when it next starts.",
        "",
    ]


@pytest.mark.parametrize("content", ["", "[]", "{", "\0", '{"a":' * 5000])
def test_a_broken_list_of_the_uninstalled_hides_nothing(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "home/dev/.vscode/extensions"
    extension(folder)
    write(folder / ".obsolete", content)
    assert one(tmp_path).note == ""
    assert [each.what for each in problems(tmp_path)] == [str(folder / ".obsolete")]


@pytest.mark.parametrize("content", ["", "[]", '{"name": 7}', "\udcff", '{"name":' * 5000])
def test_broken_metadata_leaves_name_and_version_of_the_folder(tmp_path: Path, content: str) -> None:
    path = extension(tmp_path / "home/dev/.vscode/extensions")
    (path / "package.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    found = one(tmp_path)
    assert (found.product, found.name, found.version) == ("claude-code", "anthropic.claude-code", "2.1.91")
    assert found.note == "Its package.json is missing or broken; the version is as its folder's name tells."
    assert [each.what for each in problems(tmp_path)] == [str(path / "package.json")]


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "home/dev/.vscode/extensions"
    folder.mkdir(parents=True)
    (folder / "anthropic.claude-code-2.1.91").symlink_to("gone")
    assert [type(each) for each in look(tmp_path)] in ([NotExamined], [])


def test_a_platform_behind_the_version(tmp_path: Path) -> None:
    folder = tmp_path / "home/dev/.vscode/extensions/openai.chatgpt-0.5.71-linux-x64"
    write(folder / "package.json", "{")
    assert one(tmp_path).version == "0.5.71"


def test_an_editor_may_be_delivered_with_an_agent(tmp_path: Path) -> None:
    folder = tmp_path / "usr/share/code/resources/app/extensions"
    package(folder / "copilot", "copilot-chat", "0.40.0", publisher="GitHub")
    package(folder / "git", "git", "1.0.0", publisher="vscode")
    package(tmp_path / "opt/Other/resources/app/extensions/copilot", "copilot", publisher="somebody")
    found = one(tmp_path)
    assert (found.name, found.version, found.around, found.scope) == (
        "GitHub.copilot-chat",
        "0.40.0",
        "code",
        Scope.SYSTEM,
    )
