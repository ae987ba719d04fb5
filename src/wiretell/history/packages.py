"""Packages for as long as they are audited: fetched into a folder of their own, the next one meanwhile, then removed.

A native agent has 245 MB unpacked, and a history tries dozens. What was in the user's cache before stays there and is
used from there; with `keep`, everything goes there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec

from wiretell import target
from wiretell.errors import TargetError
from wiretell.history.fetching import Wanted
from wiretell.model.agent import Agent
from wiretell.target import cache as npm_cache
from wiretell.target.archive import remove
from wiretell.target.interface import Progress, quiet
from wiretell.target.npm_client import NpmClient

_PREFIX: Final = "history-"
_PATIENCE_S: Final = 20.0
"""For a fetch that was told to end: npm is killed at once, what it left is removed."""


class Packages:
    """The versions of one package, one at a time. Use it as a context manager: on leaving, what it fetched is gone."""

    def __init__(
        self,
        package: str,
        *,
        recipe: str | Path | None = None,
        keep: bool = False,
        cache: Path | None = None,
        npm: NpmClient | None = None,
        progress: Progress = quiet,
    ) -> None:
        self._package, self._recipe, self._keep = package, recipe, keep
        self._cache, self._npm, self._progress = cache, npm, progress
        self._fetching: subprocess.Popen[bytes] | None = None
        self._held = contextlib.ExitStack()
        self._own: Path | None = None

    def __enter__(self) -> Packages:
        base = npm_cache.npm_folder(self._cache).parent
        _clear(base)
        self._own = self._held.enter_context(_folder(base))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_fetching()
        self._held.close()

    def sha256(self, version: str) -> str:
        """Return the hash of a version's tarball where the user's cache knows it, empty else."""
        folder = npm_cache.npm_folder(self._cache) / self._package
        entries = (npm_cache.read(place) for place in folder.glob(f"{version}-*"))
        return next((entry.sha256 for entry in entries if entry is not None and entry.version == version), "")

    @contextlib.contextmanager
    def agent(self, version: str) -> Iterator[Agent]:
        """Give the agent of a version, and remove it afterwards.

        :raises TargetError: if it is not to be had.
        """
        if self._fetching is not None:
            self._fetching.wait()  # whatever it was: the network is shared, and so is the folder's lock
            self._fetching = None
        cache = self._place(version)
        agent = target.resolve(
            self._spec(version), recipe=self._recipe, cache=cache, progress=self._progress, npm=self._npm
        )
        try:
            yield agent
        finally:
            if cache is not None and cache == self._own:
                remove(agent.target.root.parent)

    def prefetch(self, version: str) -> None:
        """Begin to fetch a version in a process of its own, unless one is being fetched or it is there."""
        if self._fetching is not None and self._fetching.poll() is None:
            return
        cache = self._place(version)
        if version in npm_cache.versions(npm_cache.npm_folder(cache), self._package):
            return
        wanted = Wanted(
            spec=self._spec(version),
            recipe=str(self._recipe) if self._recipe is not None else None,
            cache=str(cache) if cache is not None else None,
            argv=self._npm.argv if self._npm else (),
            env=dict(self._npm.env) if self._npm and self._npm.env is not None else None,
        )
        self._fetching = subprocess.Popen(
            [sys.executable, "-c", "from wiretell.history import fetching; fetching.main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self._fetching.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._fetching.stdin as pipe:
            pipe.write(msgspec.json.encode(wanted))

    def _spec(self, version: str) -> str:
        return f"npm:{self._package}@{version}"

    def _place(self, version: str) -> Path | None:
        """Return the cache that a version is in, or goes to."""
        known = version in npm_cache.versions(npm_cache.npm_folder(self._cache), self._package)
        return self._cache if known or self._keep else self._own

    def _end_fetching(self) -> None:
        if self._fetching is None:
            return
        self._fetching.terminate()
        try:
            self._fetching.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._fetching.kill()
            self._fetching.wait()
        self._fetching = None


@contextlib.contextmanager
def _folder(base: Path) -> Iterator[Path]:
    """Make a folder for this process, marked by a lock for as long as it lives."""
    own = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    own.chmod(0o755)
    handle = os.open(own, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks: nobody clears there either
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield own
    finally:
        os.close(handle)
        remove(own)


def _clear(base: Path) -> None:
    """Remove the folders of processes that were killed."""
    for left in base.glob(f"{_PREFIX}*"):
        try:
            handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            with contextlib.suppress(OSError, TargetError):
                remove(left)
        finally:
            os.close(handle)
