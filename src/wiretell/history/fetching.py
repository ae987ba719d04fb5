"""Fetching one package in a process of its own, so that it can be ended at any time.

What to fetch comes as JSON on standard input. Nothing is said: whoever wants the package afterwards finds it in the
cache, or fetches it and learns what is wrong.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path
from types import FrameType

import msgspec

from wiretell import target
from wiretell.errors import WiretellError
from wiretell.target.npm_client import NpmClient


class Wanted(msgspec.Struct, frozen=True):
    """One package, and where to put it."""

    spec: str
    recipe: str | None
    cache: str | None
    """None: the user's own cache."""
    argv: tuple[str, ...] = ()
    """The npm to call; empty for the user's own."""
    env: dict[str, str] | None = None


def fetch(wanted: Wanted) -> None:
    """Fetch a package; nothing is left of one that cannot be had."""
    npm = NpmClient(wanted.argv, wanted.env) if wanted.argv else None
    with contextlib.suppress(WiretellError):
        target.resolve(wanted.spec, recipe=wanted.recipe, cache=Path(wanted.cache) if wanted.cache else None, npm=npm)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Read what is wanted from standard input, and fetch it."""
    signal.signal(signal.SIGTERM, _end)  # unwinds like Ctrl-C, so that npm ends and its files go
    with contextlib.suppress(KeyboardInterrupt):
        fetch(msgspec.json.decode(sys.stdin.buffer.read(), type=Wanted))
