"""Reading a package for what it hides: unpacked, never executed.

`scan` is the whole of it, `diff` compares two packages, `native_pass` and `search` are its fast half alone.
"""

from __future__ import annotations

from pathlib import Path

from wiretell.model.scan import DecodedList
from wiretell.scan import keys, native
from wiretell.scan.compare import Side, diff
from wiretell.scan.flow import quiet, scan
from wiretell.scan.lists import Homes, merged
from wiretell.scan.native import warm_up
from wiretell.scan.reading import Reading, read

__all__ = ["Side", "diff", "native_pass", "scan", "search", "warm_up"]


def search(root: Path, *, engine: str = "auto") -> Reading:
    """Look for lists alone, without reading programs by their tokens. Raises UsageError for an empty folder."""
    return read(root, engine=engine, programs=False, progress=quiet)


def native_pass(path: Path, *, engine: str = "auto") -> tuple[DecodedList, ...]:
    """Go from the raw bytes of one file to scored lists, and look into nothing inside it: what `bench scan` times."""
    found = native.find_in_file(path, engine=engine)
    return merged(keys.search(found.candidates, path.name, tried=max(1, found.tried)), Homes())
