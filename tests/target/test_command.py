from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from wiretell.errors import TargetError
from wiretell.target import resolve
from wiretell.target.command import resolve_command
from wiretell.target.interface import NODE, Wish


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "tool").write_text("#!/usr/bin/env node\n")
    (folder / "tool").chmod(0o755)
    (folder / "data.json").write_text("{}")
    return folder / "tool"


def test_a_program_of_the_system_is_started_where_it_is() -> None:
    agent = resolve_command(["sh", "-c", "true {prompt}"])
    assert agent.target.kind == "command"
    assert agent.target.start[0] in {"/bin/sh", "/usr/bin/sh"}
    assert agent.target.sha256 == hashlib.sha256(Path("/bin/sh").read_bytes()).hexdigest()
    assert agent.recipe.command == ("{bin}", "-c", "true {prompt}")


def test_any_other_program_is_shown_with_its_folder(tool: Path) -> None:
    agent = resolve(str(tool), command=("-p", "{prompt}"), env={"X": "1"})
    assert (agent.target.root, agent.target.runtime) == (tool.parent, "node")
    assert agent.target.start == (NODE, "/opt/agent/tool")
    assert agent.recipe.command == ("{bin}", "-p", "{prompt}")
    assert agent.recipe.env["X"] == "1" and agent.recipe.env["OPENAI_BASE_URL"] == "{base_url}/v1"


def test_a_program_reached_by_a_link_is_shown_where_it_lies(tool: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "alias").symlink_to(tool)
    agent = resolve(str(tmp_path / "bin" / "alias"))
    assert (agent.target.root, agent.target.start[-1]) == (tool.parent, "/opt/agent/tool")


def test_a_program_on_path_is_found(tool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    assert resolve("tool -p {prompt}").target.start == (NODE, "/opt/agent/tool")


def test_a_script_given_to_an_interpreter_is_the_target(tool: Path) -> None:
    script = tool.parent / "a.py"
    script.write_text("print()")
    agent = resolve_command(["python3", str(script), str(tool.parent / "data.json"), "{prompt}"])
    assert (agent.target.start, agent.target.runtime, agent.target.name) == (("python3",), "python", "a.py")
    assert agent.recipe.command == ("{bin}", "{agent}/a.py", "{agent}/data.json", "{prompt}")
    assert agent.target.sha256 == hashlib.sha256(b"print()").hexdigest()
    assert resolve_command(["node", str(script)]).target.start == (NODE,)


def test_files_of_two_folders_are_refused(tool: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.json").write_text("{}")
    with pytest.raises(TargetError, match="put all files of the agent into one folder"):
        resolve_command([str(tool), str(tmp_path / "other" / "x.json")])


def test_what_cannot_be_started_is_refused(tool: Path, tmp_path: Path) -> None:
    for argv, says in (
        ([], "The command is empty"),
        (["nothing-of-this-name"], "no command 'nothing-of-this-name'"),
        ([str(tmp_path / "no")], r"There is no file .*; check the path, or name a package, .*\."),
        ([str(tool.parent / "data.json")], "is not executable"),
        (["python3", "-c", "pass"], "given no file of this machine"),
    ):
        with pytest.raises(TargetError, match=says):
            resolve_command(argv)
    (tool.parent / "text").write_text("hello")
    (tool.parent / "text").chmod(0o755)
    with pytest.raises(TargetError, match="neither a Linux program nor a script"):
        resolve(str(tool.parent / "text"))


def test_a_program_loose_in_home_is_refused(tool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tool.parent))
    with pytest.raises(TargetError, match="put the program into a folder of its own"):
        resolve(str(tool))


def test_the_users_protocol_is_checked(tool: Path) -> None:
    with pytest.raises(TargetError, match="no protocol 'openai'"):
        resolve_command([str(tool)], wish=Wish(protocol="openai"))
