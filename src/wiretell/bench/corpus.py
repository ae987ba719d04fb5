"""False positives: what the native pass reports in folders that nobody marked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wiretell import scan
from wiretell.bench.ways import Progress
from wiretell.model.scan import ListKind


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was read, and what was reported in it."""

    folders: tuple[Path, ...]
    files: int
    size: int
    """Bytes on disk and unpacked."""
    wall_s: float
    keyed: tuple[str, ...]
    """One line for each list that needed a key."""
    layered: int


def read_corpus(folders: Sequence[Path], progress: Progress) -> Corpus:
    """Run the native pass over every file of `folders`."""
    progress.phase("corpus", len(folders))
    began = time.monotonic()
    files = size = layered = 0
    keyed: list[str] = []
    for folder in folders:
        read = scan.search(folder)
        files, size = files + read.counted.files, size + read.counted.bytes + read.counted.unpacked_bytes
        layered += sum(found.kind is ListKind.LAYERED for found in read.lists)
        keyed += [
            f"{found.evidence_bits:.0f} bits, {' '.join(found.encoding)}, {found.places[0].file} at "
            f"{found.places[0].offset}: {found.entries[0][:60]!r}"
            for found in read.lists
            if found.kind is ListKind.KEYED
        ]
        progress.advance()
    return Corpus(tuple(folders), files, size, time.monotonic() - began, tuple(keyed), layered)
