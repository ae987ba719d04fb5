"""What is refused before anything is read."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.logs.naming import Named, expanded, sources_of
from wiretell.logs.opening import STANDARD_INPUT
from wiretell.logs.sources import parquet

_PARQUET: Final = b"PAR1"


def named(paths: Sequence[str]) -> Named:
    """Return what is to be read, after refusing what is not there.

    :raises UsageError: for a path that is missing, closed or named twice as standard input, a glob without a match.
    """
    if not paths:
        raise UsageError("nothing to read: name a file, or - for standard input.")
    every = expanded(paths)
    _check_standard_input(every)
    for path in every:
        if path != STANDARD_INPUT:
            _check_path(path)
    return sources_of(every)


def check(sources: Sequence[str], columns: Sequence[str]) -> int:
    """Refuse what cannot be read as asked; return how many bytes there are, 0 where that is not known.

    :raises UsageError: Parquet without pyarrow, a column that a file has not, or holds no text in.
    """
    sizes = [_size(source) for source in sources]
    tables = [source for source in sources if _is_parquet(source)]
    if columns and not tables:
        raise UsageError("--column chooses a column of Parquet, and none of the files is Parquet.")
    if tables:
        parquet.load()
    for source in tables:
        parquet.check(source, columns)
    return sum(sizes) if all(sizes) else 0


def _check_standard_input(paths: Sequence[str]) -> None:
    if STANDARD_INPUT not in paths:
        return
    if paths.count(STANDARD_INPUT) > 1:
        raise UsageError("- (standard input) can be read once only.")
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("standard input is closed; name a file.")


def _check_path(path: str) -> None:
    try:
        Path(path).stat()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path} cannot be read: {why}; name a file that is there.") from None
    if not os.access(path, os.R_OK):
        raise UsageError(f"{path} cannot be read: permission denied; ask for leave to read it.")


def _size(source: str) -> int:
    """Return the size of a file, 0 where it has none."""
    if source == STANDARD_INPUT:
        return 0
    try:
        status = Path(source).stat()
    except OSError:  # in a folder: its reading says so
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _is_parquet(path: str) -> bool:
    if path == STANDARD_INPUT or not os.path.isfile(path):  # noqa: PTH113 - raises nothing
        return False
    try:
        with Path(path).open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET
    except OSError:
        return False
