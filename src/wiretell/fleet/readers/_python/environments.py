"""Which Python environment a package's metadata lies in, told by its path and by files that mark environments.

Layouts: https://docs.python.org/3/library/sysconfig.html#installation-paths (`lib/python3.x/site-packages`, Debian's
`dist-packages`), https://docs.python.org/3/library/venv.html (`pyvenv.cfg`), PEP 582 (`__pypackages__`),
https://pipx.pypa.io/stable/how-to/ (`pipx/venvs`, PIPX_HOME),
https://docs.astral.sh/uv/reference/storage/ (`uv/tools`, UV_TOOL_DIR, UV_CACHE_DIR).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.walk.interface import Hit, Surroundings
from wiretell.model.fleet import Manager, Scope

_SITE: Final = re.compile(
    r"(?P<prefix>.*)/lib(?:64)?/(?P<python>(?:python|pypy)[0-9.]*)/(?:site|dist)-packages", re.DOTALL
)
_PEP582: Final = re.compile(r"(?P<prefix>.*/__pypackages__/(?P<python>[0-9.]+))/lib", re.DOTALL)
_VERSIONS: Final = re.compile(
    r"/\.?(?P<manager>pyenv|asdf|mise|rye|uv)/(?:versions|installs/python|py|python)/(?P<version>[^/\n]+)"
)
"""Where managers of several Pythons keep them."""
_UVX: Final = "Run once with uvx: it lies in uv's cache."
_PIPX_RUN: Final = "Run once with `pipx run`: it lies in pipx's cache."
_TARGET: Final = "In a folder of its own, as `pip install --target` makes it: it runs where PYTHONPATH leads there."


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a Python finds packages."""

    manager: Manager | None
    """None: nothing runs from here; `note` says what it is instead."""
    prefix: str
    """The folder that holds `lib` and `bin`."""
    site: str
    """The folder that holds the packages."""
    home: str
    """Home folder it lies in, or empty."""
    around: str = ""
    note: str = ""

    @property
    def scripts(self) -> str:
        """The folder of its programs."""
        return f"{self.prefix.rstrip('/')}/bin"

    @property
    def scope(self) -> Scope:
        """Whom it serves, where no project claims it."""
        return Scope.USER if self.home else Scope.SYSTEM

    @property
    def is_throwaway(self) -> bool:
        """Whether its manager makes it anew and forgets it."""
        return self.note in {_UVX, _PIPX_RUN}


def environment_of(hit: Hit, around: Surroundings) -> Environment:
    """Return the environment that a `.dist-info` or `.egg-info` lies in. Looks for files that mark one; opens none."""
    site = hit.path.rpartition("/")[0]
    found = _SITE.fullmatch(site) or _PEP582.fullmatch(site)
    if found is None:
        return _loose(site, hit, around)
    prefix = found["prefix"] or "/"
    python = found["python"]
    manager, belongs, note = _tool(prefix, around) or _plain(prefix, python, hit.home)
    return Environment(manager, prefix, site, hit.home, belongs, note)


_Told = tuple[Manager, str, str]
"""Manager, `around`, note."""


def _tool(prefix: str, around: Surroundings) -> _Told | None:
    """Return what pipx or uv made; None for all else."""
    parent = prefix.rpartition("/")[0]
    if _has(prefix, "uv-receipt.toml") or _is(parent, "uv/tools", around.environment.get("UV_TOOL_DIR")):
        return Manager.UV_TOOL, "", ""
    if _in_uv_cache(prefix, around):
        return Manager.UV_TOOL, "", _UVX
    if _has(prefix, "pipx_metadata.json"):
        return Manager.PIPX, "", _PIPX_RUN if _in_pipx_cache(prefix) else ""
    pipx = around.environment.get("PIPX_HOME")
    if _is(parent, "pipx/venvs", f"{pipx.rstrip('/')}/venvs" if pipx else None):
        return Manager.PIPX, "", ""
    return (Manager.PIPX, "", _PIPX_RUN) if _in_pipx_cache(prefix) else None


def _plain(prefix: str, python: str, home: str) -> _Told:
    if _has(prefix, "pyvenv.cfg") or _has(prefix, "conda-meta") or "/__pypackages__/" in prefix:
        return Manager.VENV, prefix, ""
    if not home:
        return Manager.PIP_SYSTEM, prefix, ""
    if prefix == f"{home}/.local":
        return Manager.PIP_USER, python, ""
    several = _VERSIONS.search(prefix, len(home))
    return Manager.PIP_USER, f"{several['manager']} {several['version']}" if several else prefix, ""


def _loose(site: str, hit: Hit, around: Surroundings) -> Environment:
    """Return what a folder is that has packages in it and is laid out as no environment."""
    if _in_uv_cache(site, around):
        return Environment(None, site, site, hit.home, note="a copy in uv's cache, which no environment runs")
    if hit.path.endswith(".egg-info") and not site.endswith(("/site-packages", "/dist-packages")):
        return Environment(None, site, site, hit.home, note="source of a package, which no environment found here runs")
    manager = Manager.PIP_USER if hit.home else Manager.PIP_SYSTEM
    return Environment(manager, site, site, hit.home, site, _TARGET)


def _in_uv_cache(path: str, around: Surroundings) -> bool:
    moved = around.environment.get("UV_CACHE_DIR", "").rstrip("/")
    return "/.cache/uv/" in path or (bool(moved) and path.startswith(moved + "/"))


def _in_pipx_cache(prefix: str) -> bool:
    """https://pipx.pypa.io/stable/reference/: PIPX_HOME/.cache, and until 1.2 ~/.cache/pipx."""
    return "/pipx/.cache/" in prefix or "/.cache/pipx/" in prefix


def _has(folder: str, name: str) -> bool:
    return rooted.lies(f"{folder}/{name}")


def _is(folder: str, end: str, moved: str | None) -> bool:
    return folder.endswith(f"/{end}") or (bool(moved) and folder == (moved or "").rstrip("/"))
