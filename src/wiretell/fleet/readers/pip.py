"""Packages that pip, uv or conda put into a Python's own folders or into a virtual environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.readers._python.caches import poetry_environments
from wiretell.fleet.readers._python.dist_info import Dist
from wiretell.fleet.readers._python.installs import found, installs, with_project
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.model.fleet import Install, Manager, NotExamined

_MANAGERS: Final = frozenset({Manager.PIP_SYSTEM, Manager.PIP_USER, Manager.VENV})


class Pip:
    """One install for each metadata folder; several versions in one environment are several."""

    name = "pip and virtual environments"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield installs, and what lies there as a package and is none."""
        every = replace(walked, hits=(*walked.hits, *poetry_environments(around)))
        homes = {home.user: home.path for home in around.homes}
        for seen in installs(every, around, _MANAGERS):
            if isinstance(seen, Install) and seen.manager is Manager.VENV:
                yield from with_project(seen, seen.around, homes.get(seen.user, ""))
            else:
                yield seen
        yield from self._others(walked, around)

    def _others(self, walked: Walked, around: Surroundings) -> Iterator[NotExamined]:
        """Yield copies in caches, and sources that no environment was found to run."""
        others = list(found(walked, around, {None}))
        run = _editable(walked, around) if others else set()
        for each in others:
            if rooted.real(each.environment.site) not in run:
                yield NotExamined(each.dist.path, f"{_named(each.dist)}: {each.environment.note}.")


def _editable(walked: Walked, around: Surroundings) -> set[str]:
    """Return the folders from which an editable install runs, as far as links lead; and all above (`src` layouts)."""
    every = found(walked, around, frozenset(Manager))
    folders = {rooted.real(each.dist.editable) for each in every if each.dist.editable}
    return folders | {f"{folder}/src" for folder in folders}


def _named(dist: Dist) -> str:
    return " ".join(filter(None, (dist.name, dist.version)))
