from __future__ import annotations

import os
from pathlib import Path

import pytest

from wiretell.errors import TargetError
from wiretell.target import folder as module
from wiretell.target import resolve
from wiretell.target.folder import digest
from wiretell.target.interface import NODE

RECIPE = """
schema = 1
[agent]
name = "mine"
command = [{command}]
protocol = "openai-chat"
[agent.env]
URL = "{{base_url}}"
"""


def agent_folder(tmp_path: Path, command: str) -> Path:
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / "wiretell-agent.toml").write_text(RECIPE.format(command=command))
    (folder / "run").write_text("#!/usr/bin/env python3\n")
    (folder / "run").chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("command", "start", "runtime", "first"),
    [
        ('"node", "{agent}/cli.js"', (NODE,), "node", NODE),
        ('"python3", "{agent}/a.py"', ("python3",), "python", "python3"),
        ('"{agent}/run", "{prompt}"', ("/opt/agent/run",), "python", "{agent}/run"),
        ('"/bin/sh", "-c", "true"', ("/bin/sh",), "native", "/bin/sh"),
    ],
)
def test_a_folder_starts_as_its_recipe_says(
    command: str, start: tuple[str, ...], runtime: str, first: str, tmp_path: Path
) -> None:
    folder = agent_folder(tmp_path, command)
    agent = resolve(str(folder))
    assert (agent.target.kind, agent.target.name, agent.target.root) == ("folder", "mine", folder.resolve())
    assert (agent.target.start, agent.target.runtime, agent.recipe.command[0]) == (start, runtime, first)
    assert agent.target.sha256 == digest(folder)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ('"{agent}/nothing"', "holds no 'nothing'"),
        ('"{agent}/wiretell-agent.toml"', "is not executable"),
        ('"{agent}/../../etc/passwd"', "holds no"),
        ('"{bin}", "x"', "in a folder, name it"),
    ],
)
def test_a_program_that_cannot_be_started_is_refused(command: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=says):
        resolve(str(agent_folder(tmp_path, command)))


def test_a_folder_without_recipe_needs_one_or_a_command(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"has no wiretell-agent\.toml"):
        resolve(str(tmp_path))
    agent = resolve(str(tmp_path), command=("python3", "{agent}/x.py"), protocol="gemini")
    assert agent.recipe.command == ("python3", "{agent}/x.py")
    assert agent.recipe.protocol == "gemini"


def test_a_recipe_for_a_package_is_not_a_folders(tmp_path: Path) -> None:
    folder = agent_folder(tmp_path, '"node", "x"')
    with (folder / "wiretell-agent.toml").open("a") as file:
        file.write('[agent.npm]\npackage = "thing"\n')
    with pytest.raises(TargetError, match="give npm:thing and this recipe"):
        resolve(str(folder))


def test_home_is_never_shown_to_an_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = agent_folder(tmp_path, '"node", "x"')
    for home in (folder, folder / "inside"):
        monkeypatch.setenv("HOME", str(home))
        with pytest.raises(TargetError, match="shown to the agent as a whole"):
            resolve(str(folder))


def test_the_hash_of_a_folder_follows_names_content_and_modes_and_nothing_else(tmp_path: Path) -> None:
    def make(name: str) -> Path:
        root = tmp_path / name
        (root / "b").mkdir(parents=True)
        (root / "b" / "c").write_text("1")
        (root / "a").write_text("2")
        (root / "l").symlink_to("a")
        return root

    one, two = make("one"), make("two")
    os.utime(two / "a", (1, 1))
    (two / "a").chmod(0o600)
    assert digest(one) == digest(two)
    seen = {digest(one)}
    for change in (
        lambda: (two / "a").chmod(0o755),
        lambda: (two / "b" / "c").write_text("3"),
        lambda: (two / "b" / "c").rename(two / "c"),
        lambda: (two / "l").rename(two / "m"),
    ):
        change()
        seen.add(digest(two))
    assert len(seen) == 5


def test_special_and_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "big").write_bytes(bytes(100))
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 99)
    with pytest.raises(TargetError, match="is larger than"):
        digest(tmp_path)
    (tmp_path / "big").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TargetError, match="socket, pipe or device"):
        digest(tmp_path)
