"""A whole scan: go over the target, and put finds side by side."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from wiretell import __version__
from wiretell.model.findings import NotExamined
from wiretell.model.scan import DecodedList, ScanResult
from wiretell.scan.interface import Progress
from wiretell.scan.mentions import clusters, near
from wiretell.scan.reading import Reading, read

ALWAYS_OUT_OF_SIGHT = (
    NotExamined("lists of hashes, and other ciphers than those that were searched", "they cannot be decoded"),
    NotExamined(
        "literals with escapes beyond 64 KiB, and encoded strings that decompress to more than 1 MiB or 100 times",
        "no list is as long, and time has to be bounded",
    ),
    NotExamined("what the program does with what it names", "nothing is executed; `wiretell audit` runs it"),
    NotExamined("what is fetched or computed while the program runs", "it does not stand in the package"),
)


def quiet(_line: str) -> None:
    """Swallow progress."""


def scan(
    root: Path,
    target: Mapping[str, str],
    *,
    engine: str = "auto",
    notes: Iterable[str] = (),
    command: str = "",
    progress: Progress = quiet,
) -> ScanResult:
    """Read `root` (a folder or one file) and return all that was found in it. `target` is what reports say it is.

    `notes` are what fetching it left out, as `Target.notes` has them.

    What the lab would try (`levels`) is for the lab to choose: `campaign.leads`. Raises UsageError where there is
    nothing to read, or for an engine that is not here.
    """
    started, began = now(), time.monotonic()
    over = read(root, engine=engine, progress=progress)
    return ScanResult(
        target=dict(target),
        lists=with_near(over),
        mentions=over.mentions,
        clusters=clusters(over.lists, over.finds, over.layout),
        embedded=over.embedded,
        counted=over.counted,
        not_examined=(
            *(NotExamined("how the package was fetched", note) for note in notes),
            *over.not_examined,
            *ALWAYS_OUT_OF_SIGHT,
        ),
        wall_s=time.monotonic() - began,
        native_s=over.native_s,
        engine=over.engine,
        version=__version__,
        started=started,
        command=command,
    )


def with_near(over: Reading) -> tuple[DecodedList, ...]:
    """Return the lists, each with what stands near it."""
    return tuple(replace(found, near=near(found.places, over.finds, over.layout)) for found in over.lists)


def now() -> str:
    """Return the time in UTC, ISO 8601."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
