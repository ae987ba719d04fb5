"""Homes laid out as the installers leave them, and the program as a stranger calls it. Nothing found is ever run."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POLICY = """schema = 1
timezone = "Asia/Shanghai"        # in which dates begin
[[rule]]
id = "high-risk-software"
effect = "ban"                    # ban | warn | allow; first match wins
product = "claude-code"           # or vendor = "...", or model = "claude-*"; versions = ">=2.1.91,<2.1.198" optional
from = 2026-07-10                 # nothing happens before this day
reason = "Hidden channel, see report 17"
instead = "the approved agent"
[[rule]]
id = "high-risk-models"
effect = "ban"
model = "claude-*"
from = 2026-07-10
reason = "Same notice"
[[budget]]
who = "user:*"
usd = 300                         # or tokens = 50_000_000, or requests = 2_000
per = "week"
models = ["claude-*", "gpt-*"]
"""
"""The policy of design.md."""

ELF = b"\x7fELF\x02\x01\x01" + bytes(57)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    """A folder of its own: where the program is called, and a HOME for what it remembers."""

    folder: Path
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *words: str | Path) -> list[str]:
        told = [str(word) for word in words]
        run = [sys.executable, "-m", "wiretell.cli", *told]
        if self.user is not None:
            return ["setpriv", "--reuid", self.user, "--regid", self.user, "--init-groups", *run]
        return run

    def env(self) -> dict[str, str]:
        own = self.folder / "own"
        if not own.exists():
            own.mkdir()
            if self.user is not None:
                shutil.chown(own, self.user, self.user)
        source = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
        told = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(own), "COLUMNS": "400"}
        return {**source, **told, **self.environment}

    def run(self, *words: str | Path, stdin: str | None = None) -> Answer:
        """Call `wiretell fleet`; no traceback is ever an answer."""
        done = subprocess.run(
            self.command("fleet", *words),
            cwd=self.folder,
            env=self.env(),
            input=None if stdin is None else stdin.encode(),
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=120,
        )
        answer = Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in answer.err, answer.err
        return answer

    def json(self, *words: str | Path, stdin: str | None = None) -> Any:
        answer = self.run(*words, "--format", "json", stdin=stdin)
        assert answer.code in {0, 1}, answer.err
        return answer.data

    def policy(self, text: str = POLICY, name: str = "wiretell-policy.toml") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path


def write(path: Path, data: str | bytes | dict[str, Any] | list[Any], mode: int | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, dict | list):
        data = json.dumps(data, indent=2)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    if mode is not None:
        path.chmod(mode)
    return path


def link(path: Path, to: str | Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(to)
    return path


def npm(modules: Path, name: str, version: str, command: str | None = None, bins: Path | None = None) -> Path:
    """Lay out one package in a node_modules, with its command's link beside it where it is global."""
    folder = modules / name
    script = "cli.js"
    manifest: dict[str, Any] = {"name": name, "version": version}
    if command:
        manifest["bin"] = {command: script}
    write(folder / "package.json", manifest)
    write(folder / script, f"#!/usr/bin/env node\n// {name} {version}\n", 0o755)
    if command and bins:
        link(bins / command, os.path.relpath(folder / script, bins))
    return folder


def prefix(root: Path, name: str, version: str, command: str) -> Path:
    """`npm install --global` into a prefix."""
    return npm(root / "lib" / "node_modules", name, version, command, root / "bin")


def wheel(site: Path, name: str, version: str, installer: str = "pip", scripts: Path | None = None) -> Path:
    """Lay out one distribution as pip or uv leave it, RECORD included. Returns its dist-info."""
    module = name.replace("-", "_")
    info = site / f"{module}-{version}.dist-info"
    body = write(site / module / "__init__.py", f"VERSION = {version!r}\n")
    records = [(body, f"{module}/__init__.py")]
    metadata = write(info / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nText.\n")
    records.append((metadata, f"{info.name}/METADATA"))
    records.append((write(info / "INSTALLER", f"{installer}\n"), f"{info.name}/INSTALLER"))
    if scripts is not None:
        command = name.split("-")[0]
        write(info / "entry_points.txt", f"[console_scripts]\n{command} = {module}:main\n")
        script = write(scripts / command, f"#!/usr/bin/python3\nimport {module}\n", 0o755)
        records.append((script, os.path.relpath(script, site)))
    lines = [f"{told},sha256={digest(path)},{path.stat().st_size}" for path, told in records]
    write(info / "RECORD", "\n".join([*lines, f"{info.name}/RECORD,,"]) + "\n")
    return info


def digest(path: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()


def environment(folder: Path, name: str, version: str, installer: str = "pip") -> Path:
    """A virtual environment with one distribution in it."""
    write(folder / "pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n")
    link(folder / "bin" / "python", "/usr/bin/python3")
    wheel(folder / "lib" / "python3.11" / "site-packages", name, version, installer, folder / "bin")
    return folder


def extension(extensions: Path, publisher: str, name: str, version: str) -> Path:
    folder = extensions / f"{publisher.lower()}.{name}-{version}"
    write(folder / "package.json", {"name": name, "publisher": publisher, "version": version, "main": "./x.js"})
    write(folder / "x.js", "// made up\n")
    listed = extensions / "extensions.json"
    entries = json.loads(listed.read_text()) if listed.exists() else []
    entries.append(
        {
            "identifier": {"id": f"{publisher.lower()}.{name}"},
            "version": version,
            "location": {"$mid": 1, "path": str(folder), "scheme": "file"},
            "relativeLocation": folder.name,
        }
    )
    write(listed, entries)
    return folder


def native(home: Path, version: str, linked: bool = True) -> Path:
    program = write(home / ".local/share/claude/versions" / version, ELF + version.encode() * 50, 0o755)
    start = home / ".local/bin/claude"
    if linked:
        start.unlink(missing_ok=True)
        link(start, program)
    return program


def zipped(path: Path, name: str, version: str) -> Path:
    """A package as Yarn's Plug'n'Play keeps it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"node_modules/{name}/package.json", json.dumps({"name": name, "version": version}))
        archive.writestr(f"node_modules/{name}/cli.js", "// made up\n")
    return path


PASSWD = "root:x:0:0::/root:/bin/sh\ndev:x:1000:1000::/home/dev:/bin/bash\n"


def image(folder: Path) -> Path:
    """A mounted image with one user, dev. Returns the image; the home is home/dev in it."""
    write(folder / "etc/passwd", PASSWD)
    (folder / "home/dev").mkdir(parents=True)
    return folder


def tree(folder: Path) -> dict[str, tuple[str, ...]]:
    """Every file, link and folder below it: bytes, target, mode."""
    found: dict[str, tuple[str, ...]] = {}
    for base, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(base, name)
            about = path.lstat()
            kind = stat.S_IFMT(about.st_mode)
            if stat.S_ISLNK(kind):
                told: tuple[str, ...] = ("link", str(path.readlink()))
            elif stat.S_ISREG(kind):
                told = ("file", hashlib.sha256(path.read_bytes()).hexdigest(), oct(about.st_mode))
            else:
                told = ("other", oct(about.st_mode))
            found[str(path.relative_to(folder))] = told
    return found


def one_sentence(answer: Answer) -> str:
    """Bad input: exit code 2, nothing on stdout, one sentence on stderr."""
    assert answer.code == 2, (answer.code, answer.out, answer.err)
    assert not answer.out, answer.out
    lines = [line for line in answer.err.splitlines() if line.strip()]
    assert len(lines) == 1, answer.err
    return lines[0]
