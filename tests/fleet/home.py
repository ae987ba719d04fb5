"""The home of the issue's show: real packages where the registries have them, the rest laid out as it really lies.

Nothing in it is ever run. `real` fetches through the user's own npm and uv, with install scripts off.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from wiretell.target.npm_client import user_npm

NODE = "v22.11.0"
NATIVE = "2.1.197"
"""Of the native install; its program comes from the platform package on npm, which holds the same bytes."""


@dataclass(frozen=True)
class Staged:
    """Where everything lies."""

    home: Path
    claude: Path
    """npm, global under nvm, 2.1.91."""
    gemini: Path
    """npm, in a project."""
    aider: Path
    """uv tool."""
    native: Path
    extension: Path


def real(home: Path) -> Staged:
    """Make the home. Raises CalledProcessError where a registry does not answer."""
    node = home / ".nvm" / "versions" / "node" / NODE
    project = home / "work" / "shop"
    project.mkdir(parents=True)
    (project / "package.json").write_text('{"name": "shop", "private": true, "version": "1.0.0"}')
    _npm(["install", "--global", "--prefix", str(node), "@anthropic-ai/claude-code@2.1.91"], home)
    _npm(["install", "--save-dev", "@google/gemini-cli@0.61.0"], home, project)
    _uv_tool("aider-chat==0.86.2", home)
    return Staged(
        home,
        node / "lib" / "node_modules" / "@anthropic-ai" / "claude-code",
        project / "node_modules" / "@google" / "gemini-cli",
        home / ".local" / "share" / "uv" / "tools" / "aider-chat",
        native(home),
        extension(home),
    )


def native(home: Path) -> Path:
    """Lay out a native install: a program a version, and the link that starts one of them."""
    packed = home / ".packed"
    packed.mkdir()
    _npm(["pack", f"@anthropic-ai/claude-code-linux-x64@{NATIVE}", "--pack-destination", str(packed)], home)
    (archive,) = packed.glob("*.tgz")
    shutil.unpack_archive(archive, packed, filter="data")
    program = home / ".local" / "share" / "claude" / "versions" / NATIVE
    program.parent.mkdir(parents=True)
    (packed / "package" / "claude").rename(program)
    program.chmod(0o755)
    shutil.rmtree(packed)
    link = home / ".local" / "bin" / "claude"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(program)
    return program


def extension(home: Path, version: str = "2.1.150") -> Path:
    """Lay out an extension as an editor of the VS Code family keeps it."""
    folder = home / ".vscode" / "extensions" / f"anthropic.claude-code-{version}-linux-x64"
    folder.mkdir(parents=True)
    manifest = {
        "name": "claude-code",
        "publisher": "Anthropic",
        "version": version,
        "engines": {"vscode": "^1.94.0"},
        "main": "./extension.js",
    }
    (folder / "package.json").write_text(json.dumps(manifest))
    (folder / "extension.js").write_text("// made up\n")
    entry = {
        "identifier": {"id": "anthropic.claude-code"},
        "version": version,
        "location": {"$mid": 1, "path": str(folder), "scheme": "file"},
        "relativeLocation": folder.name,
    }
    (folder.parent / "extensions.json").write_text(json.dumps([entry]))
    return folder


def belongings(home: Path) -> dict[str, bytes]:
    """Write what a user of these agents has: configuration, conversations, and files that are nobody's business."""
    files = {
        ".claude/settings.json": b'{"model": "opus", "env": {"ANTHROPIC_BASE_URL": "https://gateway.internal"}}',
        ".claude/projects/-home-dev-work/1.jsonl": b'{"type": "user", "message": "hello"}\n',
        ".claude.json": b'{"userID": "' + b"0" * 64 + b'", "mcpServers": {"git": {"command": "uvx", "args": ["mcp"]}}}',
        ".gemini/settings.json": b'{"security": {"auth": {"selectedType": "gemini-api-key"}}}',
        ".bashrc": b"alias ll='ls -l'\nexport ANTHROPIC_BASE_URL=https://gateway.internal\n",
        "work/shop/src/index.js": b"console.log('claude')\n",
        "notes.txt": b"claude-code 2.1.91\n",
    }
    for name, data in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files


def _npm(arguments: list[str], home: Path, cwd: Path | None = None) -> None:
    npm = user_npm()
    command = [*npm.argv, *arguments, "--ignore-scripts", "--no-audit", "--no-fund", *npm.options]
    subprocess.run(command, check=True, cwd=cwd or home, capture_output=True, env=npm.env, timeout=900)


def _uv_tool(spec: str, home: Path) -> None:
    env = {
        **os.environ,
        "UV_TOOL_DIR": str(home / ".local" / "share" / "uv" / "tools"),
        "UV_TOOL_BIN_DIR": str(home / ".local" / "bin"),
    }
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "tool", "install", "--quiet", "--no-build", "--python", sys.executable, spec]
    subprocess.run(command, check=True, capture_output=True, env=env, timeout=900)
