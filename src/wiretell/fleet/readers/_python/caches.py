"""Environments that lie in caches, which a walk does not enter: those that uvx and poetry make."""

from __future__ import annotations

from collections.abc import Iterator

from wiretell.fleet import rooted
from wiretell.fleet.files import listed
from wiretell.fleet.readers._python.dist_info import METADATA, known
from wiretell.fleet.walk.interface import Hit, Home, Mark, Surroundings


def uv_environments(around: Surroundings) -> Iterator[Hit]:
    """Yield known packages in environments that uvx left in uv's cache, in the order of paths. Wheels that were only
    unpacked there are passed over."""
    for home in around.homes:
        for cache in _folders(home, "uv", around.environment.get("UV_CACHE_DIR", "")):
            for kind in ("archive-v0", "environments-v1", "environments-v2"):
                yield from _environments(f"{cache}/{kind}", home)


def poetry_environments(around: Surroundings) -> Iterator[Hit]:
    """Yield known packages in poetry's environments, which it keeps in its cache unless told otherwise
    (https://python-poetry.org/docs/configuration/#cache-dir)."""
    for home in around.homes:
        for cache in _folders(home, "pypoetry", around.environment.get("POETRY_CACHE_DIR", "")):
            yield from _environments(f"{cache}/virtualenvs", home)


def _folders(home: Home, name: str, moved: str) -> tuple[str, ...]:
    """Return where a user's cache may be. A folder that was moved is only known of the user who takes the inventory."""
    own = moved.rstrip("/") if moved.startswith(f"{home.path}/") else ""
    return tuple(dict.fromkeys(folder for folder in (f"{home.path}/.cache/{name}", own) if folder))


def _environments(folder: str, home: Home) -> Iterator[Hit]:
    for prefix in listed(folder):
        if rooted.lies(f"{folder}/{prefix}/pyvenv.cfg"):
            for python in listed(f"{folder}/{prefix}/lib"):
                yield from _packages(f"{folder}/{prefix}/lib/{python}/site-packages", home)


def _packages(site: str, home: Home) -> Iterator[Hit]:
    for name in listed(site):
        if name.endswith(METADATA) and known(f"/{name}"):
            yield Hit(Mark.DIST_INFO, f"{site}/{name}", home.path)
