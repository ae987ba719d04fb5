"""Programs that `uv tool install` installed, each in an environment of its own, and what uvx keeps in uv's cache.

https://docs.astral.sh/uv/concepts/tools/ : `uv-receipt.toml` names the package and where its programs are linked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import msgspec

from wiretell.fleet import catalogue
from wiretell.fleet.files import is_slow_toml, read
from wiretell.fleet.readers._python.caches import uv_environments
from wiretell.fleet.readers._python.environments import Environment
from wiretell.fleet.readers._python.installs import Purpose, installs
from wiretell.fleet.readers._python.links import Links
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.model.fleet import Manager, NotExamined

_RECEIPT_MAX: Final = 64 << 10
"""Bytes; real ones have some hundreds."""


class _Requirement(msgspec.Struct):
    name: str


class _EntryPoint(msgspec.Struct, rename={"install_path": "install-path"}):
    name: str
    install_path: str = ""


class _Tool(msgspec.Struct):
    requirements: list[_Requirement] = []
    entrypoints: list[_EntryPoint] = []


class _Receipt(msgspec.Struct):
    tool: _Tool


class UvTool:
    """One install for each environment; a known package that came with another's (`--with`) is one too."""

    name = "uv tools"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield installs, and what could not be read."""
        every = replace(walked, hits=(*walked.hits, *uv_environments(around)))
        return installs(every, around, {Manager.UV_TOOL}, _purpose)


def _purpose(environment: Environment, links: Links) -> Purpose:
    """Return what uv noted: the first requirement is the tool. Without a receipt, what the folder's name tells."""
    path = f"{environment.prefix}/uv-receipt.toml"
    guess = catalogue.pypi_folder(environment.prefix.rpartition("/")[2])
    text = read(path, _RECEIPT_MAX)
    if not isinstance(text, bytes):
        return Purpose("" if environment.is_throwaway else guess, "uv", failed=(text,) if text else ())
    try:
        tool = _decoded(text).tool
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return Purpose(guess, "uv", failed=(NotExamined(path, "it is not what uv writes"),))
    main = catalogue.pypi_folder(tool.requirements[0].name) if tool.requirements else guess
    links.look_at(each.install_path for each in tool.entrypoints)
    return Purpose(main, "uv")


def _decoded(text: bytes) -> _Receipt:
    """:raises ValueError: for what is no receipt, or would take long to read. msgspec.MsgspecError, RecursionError."""
    if is_slow_toml(text):
        raise ValueError("a key has too many parts")
    return msgspec.toml.decode(text, type=_Receipt)
