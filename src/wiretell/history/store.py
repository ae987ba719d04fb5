"""What earlier calls learned: one small JSON file an audit, and the list of what was published.

history/NAME/VERSION-KEY.json     the key is made of all that decides an audit's outcome beside the package itself
history/NAME/published.json

Files are put in place whole or not at all. One that cannot be read is as good as none.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from wiretell.history.board import Observation
from wiretell.model.agent import Recipe
from wiretell.model.world import World
from wiretell.target import Published
from wiretell.target.cache import base_folder
from wiretell.target.npm import this_platform

SCHEMA: Final = 2
"""To be raised whenever worlds, comparison or checks change what they say, or the form of these files changes."""

_PUBLISHED: Final = "published.json"
_FRESH: Final = dt.timedelta(days=1)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """All that decides what an audit of one version says, the package's bytes aside."""

    recipe: Recipe
    seed: int
    runs: int
    levels: Mapping[str, Sequence[str]]
    worlds: tuple[World, ...]
    """Empty for the ordinary plan."""
    scan: bool = False
    """Whether the package is read first for levels to try."""

    @property
    def key(self) -> str:
        """A hash of it, with the schema and the platform."""
        parts = (SCHEMA, this_platform()[0], self)
        return hashlib.sha256(msgspec.json.encode(parts, enc_hook=_plain, order="deterministic")).hexdigest()[:20]


class _Kept(msgspec.Struct, frozen=True):
    """A file's content: what it is about stands in it too, so that a renamed file is not believed."""

    version: str
    key: str
    observation: Observation


class _List(msgspec.Struct, frozen=True):
    asked: str
    releases: tuple[Published, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """The results of one package."""

    folder: Path
    reads: bool = True
    """False: nothing from earlier calls is used; what is learned is still kept."""

    @classmethod
    def of(cls, package: str, cache: Path | None, *, reads: bool) -> Store:
        """Return the store of a package below the user's cache folder."""
        return cls(base_folder(cache) / "history" / package, reads)

    def get(self, version: str, inquiry: Inquiry, sha256: str = "") -> Observation | None:
        """Return what an earlier audit said, or None.

        `sha256`, where known, is of the package now; a result about other bytes is not used. (A registry never lets
        the bytes of a version change, so not knowing it costs nothing.)
        """
        key = inquiry.key
        kept = self._read(f"{version}-{key}.json", _Kept)
        if kept is None or (kept.version, kept.key) != (version, key):
            return None
        return kept.observation if sha256 in ("", kept.observation.sha256) else None

    def put(self, version: str, inquiry: Inquiry, observation: Observation) -> None:
        """Keep what an audit said, unless it would say something else tomorrow."""
        if observation.lasting:
            self._write(f"{version}-{inquiry.key}.json", _Kept(version, inquiry.key, observation))

    def releases(self, start: str, end: str) -> tuple[Published, ...] | None:
        """Return what was published, if that was asked for within a day and knows both versions.

        Dates do not change; a version may still be published between two others.
        """
        kept = self._read(_PUBLISHED, _List)
        if kept and dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(kept.asked) > _FRESH:
            return None
        known = {release.version for release in kept.releases} if kept else set()
        return kept.releases if kept and {start, end} <= known else None

    def put_releases(self, listed: Sequence[Published]) -> None:
        """Keep a list of what was published."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._write(_PUBLISHED, _List(now, tuple(listed)))

    def _read(self, name: str, kind: type[_T]) -> _T | None:
        if not self.reads:
            return None
        try:
            return msgspec.json.decode((self.folder / name).read_bytes(), type=kind)
        except (OSError, msgspec.MsgspecError):
            return None

    def _write(self, name: str, value: object) -> None:
        """Write a file whole. A folder that cannot be written costs the next call its time, not this one its result."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(msgspec.json.encode(value, enc_hook=_plain))
                Path(temporary).replace(self.folder / name)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} is no part of a result")
