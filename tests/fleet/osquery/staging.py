"""A machine as a folder: agents installed in the ways that osquery's tables know, and in some that they do not."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fleet.osquery.emulator import User

USERS = (User(0, "root", "/root"), User(1000, "dev", "/home/dev"), User(33, "www-data", "/var/www"))
CLAUDE = "@anthropic-ai/claude-code"

_UNSEEN = "home/dev/work/deep/a/b/c/d"


def npm(folder: Path, name: str, version: str | None) -> None:
    """Lay a node package into a `node_modules`."""
    place = folder / "node_modules" / name
    place.mkdir(parents=True)
    manifest = {"name": name, "license": "MIT"} | ({} if version is None else {"version": version})
    (place / "package.json").write_text(json.dumps(manifest))


def pypi(prefix: Path, name: str, version: str) -> None:
    """Lay a Python package into an environment."""
    place = prefix / f"lib/python3.12/site-packages/{name.replace('-', '_')}-{version}.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nSummary: a: b\n\nText\n")
    (place / "RECORD").write_text("")
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin\n")


def extension(editor: Path, name: str, version: str, told: str) -> None:
    """Lay an extension into an editor's folder. `told`: the path that the machine has for the editor's folder."""
    folder = f"{name}-{version}"
    place = editor / "extensions" / folder
    place.mkdir(parents=True)
    publisher, _, short = name.partition(".")
    (place / "package.json").write_text(json.dumps({"publisher": publisher, "name": short, "version": version}))
    listing = editor / "extensions/extensions.json"
    entries = json.loads(listing.read_text()) if listing.exists() else []
    location = {"$mid": 1, "path": f"{told}/extensions/{folder}", "scheme": "file"}
    entries.append({"identifier": {"id": name}, "version": version, "location": location, "metadata": {}})
    listing.write_text(json.dumps(entries))


def machine(root: Path) -> Path:
    """Stage the machine of the issue, and what is near it; return its root folder."""
    dev = root / "home/dev"
    npm(dev / ".nvm/versions/node/v22.11.0/lib", CLAUDE, "2.1.91")
    (dev / ".nvm/versions/node/v22.11.0/bin").mkdir()
    (dev / ".nvm/versions/node/v22.11.0/bin/node").write_text("")
    npm(dev / "work/shop", "@google/gemini-cli", "0.61.0")
    npm(dev / "work/shop", "left-pad", "1.3.0")
    (dev / "work/shop/package.json").write_text('{"dependencies": {"@google/gemini-cli": "^0.61.0"}}')
    npm(dev / "work/shop/node_modules/left-pad", "@openai/codex", "0.1.0")  # in a package: see NOT_BY_OSQUERY
    npm(dev / "it's 100%", "@openai/codex", "0.169.0-alpha.3")
    npm(dev / "broken", "opencode-ai", None)
    pypi(dev / ".local/share/uv/tools/aider-chat", "aider-chat", "0.86.2")
    (dev / ".local/share/uv/tools/aider-chat/uv-receipt.toml").write_text("[tool]\n")
    pypi(dev / "work/lab/.venv", "mini-swe-agent", "2.4.6")
    pypi(dev / ".local/share/pipx/venvs/openhands", "openhands", "1.16.0.dev3")
    native = dev / ".local/share/claude/versions/2.1.200"
    native.parent.mkdir(parents=True)
    native.write_bytes(b"\x7fELF" + bytes(60))
    native.chmod(0o755)
    other = dev / ".codex/packages/standalone/releases/0.170.0-x86_64-unknown-linux-musl/codex"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"\x7fELF" + bytes(61))
    other.chmod(0o755)
    (native.parent / "2.1.201.tmp").write_bytes(b"half")
    (native.parent / "latest").symlink_to("2.1.200")
    (native.parent / "2.1.202").symlink_to("2.1.200")
    extension(dev / ".vscode", "anthropic.claude-code", "2.1.120", "/home/dev/.vscode")
    npm(root / "usr/local/lib", "@qwen-code/qwen-code", "0.15.10")
    npm(root / "home/gone/.npm-global/lib", CLAUDE, "2.1.300")  # a home of nobody the machine knows
    npm(root / _UNSEEN, CLAUDE, "2.1.91")
    status = root / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.write_text(
        "Package: claude-code\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2.1.150-1\n\n"
        "Package: goose\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1.0-1\n"
    )
    (root / "root").mkdir()
    return root


NOT_BY_OSQUERY = {
    "packages within packages": "/home/dev/work/shop/node_modules/left-pad/node_modules/@openai/codex",
    "deeper than --depth": f"/{_UNSEEN}/node_modules/{CLAUDE}",
}
"""Installs that an inventory finds and the queries do not; `notes` says so."""
