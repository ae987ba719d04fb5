"""A made-up home: projects of Node, of Python and of neither, repositories, and a few agents among them.

The same arguments give the same home. Files hold a few bytes: an inventory looks at names, and reads little.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_NODE_SHARE: Final = 4
"""One project in so many is Node's, one in twice as many Python's."""
_PACKAGE_FILES: Final = 16
"""Of an npm package, of which one in `_NESTED` has packages of its own and one in `_SCOPED` a scope."""
_NESTED: Final = 20
_SCOPED: Final = 6
_PYTHON_FILES: Final = 80
_GIT_FILES: Final = 75
_PROGRAM_BYTES: Final = 2_000_000
_CLAUDE: Final = "@anthropic-ai/claude-code"


@dataclass(slots=True)
class Home:
    """A home, and what has been put into it."""

    path: Path
    files: int = 0
    folders: int = 0
    projects: list[Path] = field(default_factory=list)
    planted: set[tuple[str, str]] = field(default_factory=set)
    """Product and manager of what an inventory has to find."""

    def folder(self, path: Path) -> Path:
        """Make a folder, and those around it that are missing."""
        missing = path
        while not missing.exists():
            self.folders += 1
            missing = missing.parent
        path.mkdir(parents=True)
        return path

    def write(self, path: Path, content: bytes = b"0\n") -> None:
        """Make a file."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(handle, content)
        os.close(handle)
        self.files += 1


def fill(home: Home, projects: int, files: int) -> Iterator[Path]:
    """Put about so many files, in so many projects, into a home that is not there yet; yield each project when it is
    done."""
    _plant(home)
    for number, (kind, size) in enumerate(_sizes(projects, files)):
        yield _project(home, number, kind, size)
    _plant_in_projects(home)


def _sizes(projects: int, files: int) -> list[tuple[str, int]]:
    """Return kind and number of files of each project: seven tenths of the files are in `node_modules`, one in six in
    environments of Python."""
    kinds = [
        "node" if n % _NODE_SHARE == 0 else "python" if n % (2 * _NODE_SHARE) == 1 else "" for n in range(projects)
    ]
    shares = {"node": 0.7, "python": 1 / 6, "": 1 - 0.7 - 1 / 6}
    return [(kind, int(files * shares[kind] / kinds.count(kind))) for kind in kinds]


def _project(home: Home, number: int, kind: str, size: int) -> Path:
    folder = home.folder(home.path / "src" / f"project-{number:03}")
    home.projects.append(folder)
    _repository(home, folder / ".git")
    if kind == "node":
        home.write(folder / "package.json", b'{"name": "made-up", "version": "1.0.0"}\n')
        _modules(home, folder / "node_modules", size - _GIT_FILES)
    elif kind == "python":
        _environment(home, folder / ".venv", size - _GIT_FILES)
    else:
        _sources(home, folder, size - _GIT_FILES)
    return folder


def _repository(home: Home, folder: Path) -> None:
    for part in ("", "hooks", "refs/heads", "info"):
        home.folder(folder / part)
    home.write(folder / "HEAD", b"ref: refs/heads/main\n")
    for number in range(_GIT_FILES - 1):
        where = folder / "objects" / f"{number:02x}"
        home.write(home.folder(where) / f"{number:038x}")


def _modules(home: Home, folder: Path, size: int) -> None:
    home.folder(folder)
    number = made = 0
    while made < size:
        name = f"@scope-{number % 30}/part-{number}" if number % _SCOPED == 0 else f"part-{number}"
        package = home.folder(folder / name)
        made += _package(home, package)
        if number % _NESTED == 0:
            made += _package(home, home.folder(package / "node_modules" / "inner"))
        number += 1


def _package(home: Home, folder: Path) -> int:
    home.write(folder / "package.json", json.dumps({"name": folder.name, "version": "1.0.0"}).encode())
    home.write(folder / "README.md")
    for part in ("dist", "lib/util"):
        where = home.folder(folder / part)
        for number in range((_PACKAGE_FILES - 2) // 2):
            home.write(where / f"file-{number}.js")
    return _PACKAGE_FILES


def _environment(home: Home, folder: Path, size: int) -> None:
    site = home.folder(folder / "lib" / "python3.11" / "site-packages")
    home.write(folder / "pyvenv.cfg", b"home = /usr/bin\nversion = 3.11.7\n")
    (home.folder(folder / "bin") / "python").symlink_to("/usr/bin/python3")
    for number in range(max(1, size // _PYTHON_FILES)):
        package = home.folder(site / f"part_{number}")
        metadata = home.folder(site / f"part_{number}-1.0.dist-info")
        home.write(metadata / "METADATA", f"Metadata-Version: 2.1\nName: part-{number}\nVersion: 1.0\n".encode())
        home.write(metadata / "RECORD")
        for part in ("core", "core/__pycache__", "tests"):
            where = home.folder(package / part)
            for one in range((_PYTHON_FILES - 2) // 3):
                home.write(where / f"module_{one}.py")


def _sources(home: Home, folder: Path, size: int) -> None:
    parts = [
        home.folder(folder / name) for name in ("src", "src/core", "src/api", "tests", "docs", "assets", ".github")
    ]
    for number in range(size):
        home.write(parts[number % len(parts)] / f"file-{number}.ts")


def _plant(home: Home) -> None:
    _npm(home, home.path / ".nvm/versions/node/v22.11.0/lib/node_modules", _CLAUDE, "2.1.91")
    command = home.folder(home.path / ".nvm/versions/node/v22.11.0/bin") / "claude"
    command.symlink_to(f"../lib/node_modules/{_CLAUDE}/cli.js")
    home.planted.add(("claude-code", "npm-global"))
    tool = home.folder(home.path / ".local/share/uv/tools/aider-chat")
    home.write(tool / "pyvenv.cfg", b"home = /usr/bin\nversion_info = 3.12.7\n")
    home.write(tool / "uv-receipt.toml", b'[tool]\nrequirements = [{ name = "aider-chat" }]\n')
    metadata = home.folder(tool / "lib/python3.12/site-packages/aider_chat-0.86.2.dist-info")
    home.write(metadata / "METADATA", b"Metadata-Version: 2.1\nName: aider-chat\nVersion: 0.86.2\n")
    home.write(metadata / "RECORD")
    home.planted.add(("aider", "uv-tool"))
    versions = home.folder(home.path / ".local/share/claude/versions")
    home.write(versions / "2.1.329", b"\x7fELF".ljust(_PROGRAM_BYTES, b"\0"))
    (versions / "2.1.329").chmod(0o755)
    (home.folder(home.path / ".local/bin") / "claude").symlink_to(versions / "2.1.329")
    home.planted.add(("claude-code", "native"))
    extension = home.folder(home.path / ".vscode/extensions/anthropic.claude-code-2.1.90")
    manifest = {"name": "claude-code", "publisher": "Anthropic", "version": "2.1.90", "engines": {"vscode": "^1.94.0"}}
    home.write(extension / "package.json", json.dumps(manifest).encode())
    home.planted.add(("claude-code", "extension"))


def _plant_in_projects(home: Home) -> None:
    """One agent in a project, and one among another package's own packages."""
    with_modules = [folder / "node_modules" for folder in home.projects if (folder / "node_modules").is_dir()]
    for folder in with_modules[:1]:
        _npm(home, folder, "@google/gemini-cli", "0.61.0")
        home.planted.add(("gemini-cli", "npm-project"))
    for folder in with_modules[-1:]:
        _npm(home, folder / "part-1" / "node_modules", "@openai/codex", "0.169.0")
        home.planted.add(("codex", "npm-project"))


def _npm(home: Home, modules: Path, name: str, version: str) -> None:
    folder = home.folder(modules / name)
    start = {"name": name, "version": version, "bin": {name.rpartition("/")[2]: "cli.js"}}
    home.write(folder / "package.json", json.dumps(start).encode())
    home.write(folder / "cli.js", b"#!/usr/bin/env node\n")
    (folder / "cli.js").chmod(0o755)
