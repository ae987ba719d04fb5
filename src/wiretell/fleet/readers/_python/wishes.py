"""Files of a project that ask for a package, and would bring it back once it is removed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.files import LOCK_MAX, MANIFEST_MAX, is_path, read
from wiretell.fleet.readers._python.environments import Environment
from wiretell.model.fleet import NotExamined

_NAMES: Final = re.compile(
    r"pyproject\.toml|uv\.lock|poetry\.lock|pdm\.lock|pylock(?:\..+)?\.toml|pixi\.(?:toml|lock)|Pipfile(?:\.lock)?|setup\.(?:py|cfg)"
    r"|(?:requirements|constraints).*\.(?:txt|in)|.*requirements\.(?:txt|in)|environment\.ya?ml|conda-lock\.ya?ml",
    re.DOTALL,
)
_MARKS: Final = (".git", ".hg", "pyproject.toml", "setup.py", "Pipfile", "requirements.txt", "environment.yml")
_HIGHEST: Final = 3
"""Folders above an environment in which its project may begin: `.venv`, `.tox/py312`, `build/envs/dev`."""
_MAX_ENTRIES: Final = 5_000


def project_of(environment: Environment) -> str:
    """Return the folder of the project that an environment is for; empty where none claims it."""
    claimed = _claimed(environment.prefix)
    if claimed:
        return claimed
    folder = environment.prefix
    for _ in range(_HIGHEST):
        folder = folder.rpartition("/")[0]
        if folder in (environment.home, "") or (environment.home and not folder.startswith(environment.home)):
            return ""
        if any(rooted.lies(f"{folder}/{mark}") for mark in _MARKS):
            return folder
    return ""


def _claimed(prefix: str) -> str:
    """Return what pipenv and virtualenvwrapper note in `.project`: the folder an environment elsewhere is for."""
    noted = read(f"{prefix}/.project", 4096)
    folder = os.fsdecode(noted).strip() if isinstance(noted, bytes) else ""
    return rooted.outside(folder) if folder.startswith("/") and is_path(folder) else ""


def wished_by(project: str, name: str) -> Iterator[str | NotExamined]:
    """Yield the paths of a project's files that name a package, sorted; NotExamined for those that cannot be read."""
    for path in _files(project):
        text = read(path, MANIFEST_MAX if path.endswith((".txt", ".in", ".py", ".cfg", "pyproject.toml")) else LOCK_MAX)
        if isinstance(text, NotExamined):
            yield text
        elif text and _wish(name).search(text):
            yield path


def _files(project: str) -> list[str]:
    own = (f"{project}/{name}" for name in _listed(project) if _NAMES.fullmatch(name))
    lists = (f"{project}/requirements/{name}" for name in _listed(f"{project}/requirements"))
    return sorted((*own, *(path for path in lists if path.endswith((".txt", ".in")))))


def _listed(folder: str) -> list[str]:
    try:
        with rooted.scan(folder) as entries:
            return [
                entry.name
                for _, entry in zip(range(_MAX_ENTRIES), entries, strict=False)
                if not entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []


@lru_cache(maxsize=64)
def _wish(name: str) -> re.Pattern[bytes]:
    """Return what finds a package's name in any spelling of PEP 503, on lines that are no comment as a whole."""
    spelled = b"[-_.]+".join(re.escape(part).encode() for part in re.split(r"[-_.]+", name))
    return re.compile(rb"(?im)^(?![ \t]*#)[^\n]*?(?<![a-z0-9._/-])" + spelled + rb"(?![-_.]*[a-z0-9])")
