"""Homes with agents in them, and inventories that look whether they still are."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from wiretell import policy
from wiretell.fleet.removal import Hands, RemoveOptions
from wiretell.fleet.walk.interface import Home, Surroundings
from wiretell.model.fleet import Install, Inventory, Machine, Manager, Process, Scope, Setting
from wiretell.model.policy import Policy

ON = dt.datetime(2026, 7, 10, 12, tzinfo=dt.UTC)
BEFORE = dt.datetime(2026, 7, 8, 12, tzinfo=dt.UTC)
RULES = """
schema = 1
timezone = "Asia/Shanghai"
[[rule]]
id = "high-risk-software"
effect = "ban"
product = "claude-code"
versions = ">=2.1.91,<2.1.198"
from = 2026-07-10
reason = "Hidden channel, see report 17"
instead = "the approved agent"
[[rule]]
id = "high-risk-models"
effect = "ban"
model = "claude-*"
from = 2026-07-10
instead = "an approved model"
"""


def by(text: str = RULES) -> Policy:
    """Read a policy."""
    return policy.parse(text, "wiretell-policy.toml")


@dataclass
class World:
    """A home, and what an inventory would find in it."""

    top: Path
    user: str = "dev"
    installs: list[Install] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    processes: Callable[[], tuple[Process, ...]] = tuple
    is_root: bool = False
    taken: int = 0

    @property
    def home(self) -> Path:
        return self.top / "home" / "dev"

    @property
    def state(self) -> Path:
        return self.top / "state"

    def write(self, path: str, content: bytes | str = b"x", mode: int = 0o644) -> Path:
        """Write a file below the home."""
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(mode)
        return file

    def link(self, path: str, to: str | Path) -> Path:
        """Make a link below the home."""
        link = self.home / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(to)
        return link

    def install(self, at: str, **changes: object) -> Install:
        """Add an install to what inventories look for."""
        item = Install(
            product="claude-code",
            vendor="anthropic",
            name="@anthropic-ai/claude-code",
            version="2.1.91",
            manager=Manager.NPM_GLOBAL,
            scope=Scope.USER,
            user=self.user,
            path=os.fspath(self.home / at),
        )
        item = replace(item, **changes)  # type: ignore[arg-type]
        self.installs.append(item)
        return item

    def take(self) -> Inventory:
        """Take an inventory: what is still there."""
        self.taken += 1
        here = tuple(item for item in self.installs if os.path.lexists(item.path))
        ids = {item.id for item in here}
        running = tuple(p if p.install in ids else replace(p, install="") for p in self.processes())
        settings = tuple(setting for setting in self.settings if os.path.lexists(setting.path))
        machine = Machine("id", "host", "Debian", self.user, self.is_root)
        return Inventory(
            machine=machine, taken="2026-07-10T12:00:00Z", installs=here, processes=running, settings=settings
        )

    def options(self, *, apply: bool = False, hands: Hands | None = None, **changes: object) -> RemoveOptions:
        """Return options for this world."""
        around = Surroundings(homes=(Home("dev", os.fspath(self.home)),), is_root=self.is_root)
        given = RemoveOptions(around=around, state=self.state, apply=apply, hands=hands or Hands())
        return replace(given, **changes)  # type: ignore[arg-type]


def empty(top: Path) -> World:
    """Make an empty home."""
    world = World(top.resolve())
    world.home.mkdir(parents=True)
    return world


def usual(top: Path) -> World:
    """A home with a banned claude-code under nvm, an allowed native one beside it, gemini-cli in a project."""
    world = empty(top)
    node = ".nvm/versions/node/v22.11.0"
    package = f"{node}/lib/node_modules/@anthropic-ai/claude-code"
    world.write(f"{package}/package.json", '{"name": "@anthropic-ai/claude-code", "version": "2.1.91"}')
    world.write(f"{package}/cli.js", "// program", 0o755)
    link = world.link(f"{node}/bin/claude", "../lib/node_modules/@anthropic-ai/claude-code/cli.js")
    world.write(f"{node}/bin/node", b"\x7fELF", 0o755)
    world.install(package, around="nvm v22.11.0", commands=(os.fspath(link),))
    world.write("work/app/package.json", '{\n  "dependencies": {\n    "@google/gemini-cli": "^0.61.0"\n  }\n}\n')
    world.write("work/app/node_modules/@google/gemini-cli/package.json", "{}")
    world.install(
        "work/app/node_modules/@google/gemini-cli",
        product="gemini-cli",
        vendor="google",
        name="@google/gemini-cli",
        version="0.61.0",
        manager=Manager.NPM_PROJECT,
        scope=Scope.PROJECT,
        wanted_by=(os.fspath(world.home / "work/app/package.json"),),
    )
    world.write(".claude/settings.json", '{"model": "opus"}')
    world.write(".claude/projects/a/talk.jsonl", b"line\n" * 100, 0o600)
    world.write(".claude.json", '{"userID": "x"}', 0o600)
    world.write(".bashrc", "export PATH\n")
    world.write("notes.txt", "mine")
    return world


def hashed(top: Path) -> dict[str, str]:
    """Return every path below a folder with what it is: kind, mode, content or target; times of files too."""
    found = {}
    for folder, names, files in os.walk(top):
        for name in (*names, *files):
            path = f"{folder}/{name}"
            seen = os.lstat(path)
            if stat.S_ISREG(seen.st_mode):
                what = f"{hashlib.sha256(Path(path).read_bytes()).hexdigest()} {seen.st_mtime_ns}"
            elif stat.S_ISLNK(seen.st_mode):
                what = str(Path(path).readlink())
            else:
                what = ""
            found[os.path.relpath(path, top)] = f"{stat.filemode(seen.st_mode)} {what}"
    return found
