"""What uv itself lays out today is found as made-up homes have it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fleet.readers_py.building import Machine
from wiretell.model.fleet import Manager, Scope

UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or ""
pytestmark = pytest.mark.skipif(not UV, reason="uv is not installed beside this Python")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """An empty package under a known name; nothing is fetched, and nothing of it is run."""
    path = tmp_path / "aider_chat-0.86.2-py3-none-any.whl"
    info = "aider_chat-0.86.2.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("aider/__init__.py", "")
        file.writestr("aider/main.py", "def main():\n    pass\n")
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: aider-chat\nVersion: 0.86.2\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/entry_points.txt", "[console_scripts]\naider = aider.main:main\n")
        names = (
            "aider/__init__.py",
            "aider/main.py",
            *(f"{info}/{n}" for n in ("METADATA", "WHEEL", "entry_points.txt")),
        )
        file.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in (*names, f"{info}/RECORD")))
    return path


def uv(machine: Machine, *words: str) -> None:
    environment = {"HOME": str(machine.home), "PATH": os.environ["PATH"], "UV_PYTHON_DOWNLOADS": "never"}
    told = subprocess.run(
        [UV, "--offline", "--no-config", *words, "--python", sys.executable],
        env=environment,
        cwd=machine.home,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert told.returncode == 0, told.stderr


def test_uv_tool_install(machine: Machine, wheel: Path) -> None:
    uv(machine, "tool", "install", str(wheel))
    install = machine.one()
    assert (install.manager, install.name, install.version) == (Manager.UV_TOOL, "aider-chat", "0.86.2")
    assert install.path == str(machine.home / ".local/share/uv/tools/aider-chat")
    assert install.commands == (str(machine.home / ".local/bin/aider"),)
    assert Path(install.hashed).name == "RECORD"
    assert install.note == f"Installed from {wheel}."


def test_what_is_listed_is_all_that_an_environment_has_of_it(machine: Machine, wheel: Path) -> None:
    project = machine.home / "work"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\ndependencies = ["aider-chat"]\n')
    uv(machine, "venv", str(project / ".venv"))
    before = {str(path) for path in (project / ".venv").rglob("*")}
    environment = {"HOME": str(machine.home), "PATH": os.environ["PATH"], "VIRTUAL_ENV": str(project / ".venv")}
    command = [UV, "--offline", "--no-config", "pip", "install", "--no-index", str(wheel)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
    install = machine.one()
    assert (install.manager, install.scope) == (Manager.VENV, Scope.PROJECT)
    assert install.wanted_by == (str(project / "pyproject.toml"),)
    for path in map(Path, (install.path, *install.also, *install.commands)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    left = {str(path) for path in (project / ".venv").rglob("*")} - before
    assert left <= {str(project / ".venv/.lock")}  # uv's own, for whatever it installs
    assert machine.installs() == []
