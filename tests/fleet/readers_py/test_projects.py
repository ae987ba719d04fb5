"""Environments of projects, and the files that would bring a package back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.readers_py.building import Machine, package
from wiretell.fleet.readers._python.wishes import wished_by
from wiretell.model.fleet import Manager, NotExamined, Scope


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def write(project: Path, **files: str) -> None:
    for name, text in files.items():
        path = project / name.replace("__", "/").replace("_txt", ".txt").replace("_toml", ".toml").replace(
            "_lock", ".lock"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_projects_environment_names_what_asks_for_the_package(machine: Machine) -> None:
    project = machine.home / "work"
    prefix = machine.venv("work/.venv")
    package(prefix)
    write(
        project,
        requirements_txt="requests\nAider.Chat[playwright]>=0.80  # pair\n",
        requirements__dev_txt="aider_chat==0.86.2",
        pyproject_toml='dependencies = ["aider-chat>=0.80"]',
        uv_lock='name = "aider-chat"\n',
        poetry_lock='name = "requests"\n',
        notes_txt="aider-chat",
    )
    install = machine.one()
    assert (install.manager, install.scope, install.around) == (Manager.VENV, Scope.PROJECT, str(prefix))
    names = ["pyproject.toml", "requirements.txt", "requirements/dev.txt", "uv.lock"]
    assert install.wanted_by == tuple(str(project / name) for name in names)


@pytest.mark.parametrize(
    "line",
    ["# aider-chat", "aider-chat-extra", "my-aider-chat", "aider", "aider-chatter", "aider-chat.ui==1", "./aider-chat"],
)
def test_other_names_are_not_taken_for_it(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"requests\n  {line}\n")
    assert list(wished_by(str(tmp_path), "aider-chat")) == []


@pytest.mark.parametrize(
    "line", ["aider-chat", "AIDER_CHAT==1", 'x = ["aider.chat ~= 1"]', "-e git+https://h/x#egg=aider-chat"]
)
def test_every_spelling_of_it_is(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"requests\n  {line}\n")
    assert list(wished_by(str(tmp_path), "aider-chat")) == [str(tmp_path / "requirements.txt")]


def test_an_environment_without_a_project_serves_its_user(machine: Machine) -> None:
    package(machine.venv("envs/llm"))
    install = machine.one()
    assert (install.scope, install.wanted_by) == (Scope.USER, ())


def test_a_home_with_a_requirements_file_is_no_project(machine: Machine) -> None:
    (machine.home / "requirements.txt").write_text("aider-chat")
    package(machine.venv(".venv"))
    assert machine.one().scope is Scope.USER


def test_an_environment_kept_elsewhere_says_whose_it_is(machine: Machine) -> None:
    project = machine.home / "work"
    write(project, Pipfile="aider-chat = '*'")
    prefix = machine.venv(".local/share/virtualenvs/work-aB3")
    (prefix / ".project").write_text(str(project))
    package(prefix)
    assert machine.one().wanted_by == (str(project / "Pipfile"),)


def test_a_list_that_cannot_be_read_is_named(machine: Machine) -> None:
    project = machine.home / "work"
    package(machine.venv("work/.venv"))
    (project / "pyproject.toml").mkdir()
    (project / "requirements.txt").symlink_to("requirements.txt")
    assert list(wished_by(str(project), "aider-chat")) == [
        NotExamined(str(project / "requirements.txt"), "too many levels of symbolic links")
    ]
    assert str(project / "requirements.txt") in machine.not_examined()
