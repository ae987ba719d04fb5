"""A made-up home with Python environments, laid out as pip 25, uv 0.13 and pipx 1.18 lay them out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from wiretell.fleet.readers._python.dist_info import known
from wiretell.fleet.readers.debian import Debian
from wiretell.fleet.readers.interface import Reader, Seen
from wiretell.fleet.readers.pip import Pip
from wiretell.fleet.readers.pipx import Pipx
from wiretell.fleet.readers.uv_tool import UvTool
from wiretell.fleet.walk.interface import Hit, Home, Mark, Surroundings, Walked
from wiretell.model.fleet import Install, NotExamined

READERS: tuple[Reader, ...] = (Pip(), Pipx(), UvTool(), Debian())
PYTHON = "python3.12"
BEYOND = ("/proc", "/sys")


class Machine:
    """A root folder with one user's home in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home" / "dev"
        self.home.mkdir(parents=True)
        self.environment: dict[str, str] = {}

    def venv(self, place: str) -> Path:
        """Make an empty virtual environment below the home, and return its folder."""
        prefix = self.home / place
        site_of(prefix).mkdir(parents=True)
        (prefix / "bin").mkdir()
        (prefix / "bin" / "python").symlink_to("/usr/bin/python3")
        (prefix / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.1\n")
        return prefix

    def uv_tool(self, name: str = "aider-chat", text: str | None = None, links: Iterable[str] = ("aider",)) -> Path:
        """Make what `uv tool install` makes, without the packages."""
        prefix = self.venv(f".local/share/uv/tools/{name}")
        told = [f'{{ name = "{n}", install-path = "{self.home}/.local/bin/{n}", from = "{name}" }}' for n in links]
        receipt = f'[tool]\nrequirements = [{{ name = "{name}" }}]\nentrypoints = [{", ".join(told)}]\n'
        (prefix / "uv-receipt.toml").write_text(receipt if text is None else text)
        for link in links:
            self.link(link, prefix / "bin" / link)
        return prefix

    def pipx(self, name: str = "aider-chat", text: str | None = None, links: Iterable[str] = ("aider",)) -> Path:
        """Make what `pipx install` makes, without the packages."""
        prefix = self.venv(f".local/share/pipx/venvs/{name}")
        main = {"package": name, "apps": list(links), "man_pages": ["man1/aider.1"], "suffix": ""}
        noted = json.dumps({"main_package": main, "pipx_metadata_version": "0.12"})
        (prefix / "pipx_metadata.json").write_text(noted if text is None else text)
        for link in links:
            self.link(link, prefix / "bin" / link)
        return prefix

    def link(self, name: str, target: Path) -> Path:
        """Put a link into the user's folder of programs."""
        link = self.home / ".local/bin" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
        return link

    def around(self) -> Surroundings:
        return Surroundings((Home("dev", str(self.home)),), root=str(self.root), proc="", environment=self.environment)

    def walked(self) -> Walked:
        """Return what a walk would: every metadata folder of a known name, and every program in `usr/bin`."""
        hits = []
        for folder, folders, files in os.walk(self.root):
            for name in folders + files:
                path = f"{folder}/{name}"
                home = str(self.home) if path.startswith(f"{self.home}/") else ""
                if name.endswith((".dist-info", ".egg-info")) and known(path):
                    hits.append(Hit(Mark.DIST_INFO, path, home))
        hits += [Hit(Mark.PROGRAM, str(path), "") for path in self.root.glob("usr/**/bin/*")]
        return Walked(tuple(sorted(hits, key=lambda hit: hit.path)), len(hits))

    def seen(self) -> list[Seen]:
        """Return what all four readers yield."""
        walked, around = self.walked(), self.around()
        return [seen for reader in READERS for seen in reader.read(walked, around)]

    def installs(self) -> list[Install]:
        return [each for each in self.seen() if isinstance(each, Install)]

    def one(self) -> Install:
        """Return the only install."""
        (install,) = self.installs()
        return install

    def not_examined(self) -> dict[str, str]:
        return {each.what: each.why for each in self.seen() if isinstance(each, NotExamined)}

    def debian(self, *packages: str, lists: dict[str, Iterable[str]] | None = None) -> None:
        """Write dpkg's own files. `packages`: paragraphs; `lists`: name -> the paths it owns."""
        info = self.root / "var/lib/dpkg/info"
        info.mkdir(parents=True)
        (self.root / "var/lib/dpkg/status").write_text("\n".join(packages))
        for name, paths in (lists or {}).items():
            (info / f"{name}.list").write_text("".join(f"{path}\n" for path in paths))

    def program(self, path: str, text: str = "#!/bin/sh\n") -> Path:
        """Put a program below the root."""
        made = self.root / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text)
        made.chmod(0o755)
        return made


def site_of(prefix: Path) -> Path:
    return prefix / "lib" / PYTHON / "site-packages"


def package(
    prefix: Path,
    name: str = "aider-chat",
    version: str = "0.86.2",
    module: str = "aider",
    script: str = "aider",
    *,
    site: Path | None = None,
    installer: str = "uv",
    extra: Iterable[str] = (),
) -> Path:
    """Install a package of two modules and a script; return its metadata folder. `extra`: more lines of RECORD."""
    place = site or site_of(prefix)
    folder = name.replace("-", "_")
    info = place / f"{folder}-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (place / module).mkdir(exist_ok=True)
    for file in ("__init__.py", "main.py"):
        (place / module / file).write_text("")
    (place / module / "__pycache__").mkdir(exist_ok=True)
    (place / module / "__pycache__" / "main.cpython-312.pyc").write_bytes(b"x")
    (prefix / "bin").mkdir(exist_ok=True)
    program = prefix / "bin" / script
    program.write_bytes(os.fsencode(f"#!{prefix}/bin/python\nfrom {module}.main import main\nsys.exit(main())\n"))
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n\nA description\nName: x\n"
    )
    (info / "INSTALLER").write_text(f"{installer}\n")
    (info / "entry_points.txt").write_text(f"[console_scripts]\n{script} = {module}.main:main\n")
    up = os.path.relpath(program, place)
    own = [f"{info.name}/{each}" for each in ("METADATA", "RECORD", "INSTALLER", "entry_points.txt")]
    lines = [f"{up},sha256=abc,12", f"{module}/__init__.py,sha256=e,0", f"{module}/main.py,,", *extra]
    (info / "RECORD").write_text("\n".join([*lines, *(f"{each},," for each in own)]) + "\n")
    return info
