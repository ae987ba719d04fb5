"""Programs that pipx installed, each in an environment of its own.

https://pipx.pypa.io/stable/ : `pipx_metadata.json` names the package, its programs and what was injected; programs are
links in `~/.local/bin`, manual pages links in `~/.local/share/man`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec

from wiretell.fleet import catalogue, rooted
from wiretell.fleet.files import MANIFEST_MAX, is_path, read
from wiretell.fleet.readers._python.environments import Environment
from wiretell.fleet.readers._python.installs import Purpose, installs
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.model.fleet import Manager, NotExamined


class _Main(msgspec.Struct):
    package: str
    man_pages: list[str] = []
    suffix: str = ""


class _Metadata(msgspec.Struct):
    main_package: _Main


class Pipx:
    """One install for each environment; a known package that was injected into another's is one too."""

    name = "pipx"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield installs, and what could not be read."""
        man = around.environment.get("PIPX_MAN_DIR", "")
        return installs(walked, around, {Manager.PIPX}, lambda place, _: _purpose(place, man))


def _purpose(environment: Environment, man: str) -> Purpose:
    """Return what pipx noted; where that is missing or broken, what the folder's name tells."""
    path = f"{environment.prefix}/pipx_metadata.json"
    guess = catalogue.pypi_folder(environment.prefix.rpartition("/")[2])
    text = read(path, MANIFEST_MAX)
    if not isinstance(text, bytes):
        return Purpose(guess, "pipx", failed=(text,) if text else ())
    try:
        main = msgspec.json.decode(text, type=_Metadata).main_package
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return Purpose(guess, "pipx", failed=(NotExamined(path, "it is not what pipx writes"),))
    folders = (man, f"{environment.home}/.local/share/man")
    pages = (f"{folder}/{page}" for folder in folders if folder for page in main.man_pages)
    return Purpose(catalogue.pypi_folder(main.package), "pipx", tuple(_leading(pages, environment.prefix)))


def _leading(paths: Iterator[str], prefix: str) -> Iterator[str]:
    """Yield those that are links into the environment."""
    begin = rooted.real(prefix) + os.sep
    for path in paths:
        if is_path(path) and rooted.is_link(path) and rooted.real(path).startswith(begin):
            yield rooted.normal(path)
