"""What is refused before anything is read."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.logs.opening import STANDARD_INPUT
from wiretell.logs.sources import parquet

_PARQUET: Final = b"PAR1"


def check(paths: Sequence[str], columns: Sequence[str]) -> int:
    """Refuse what cannot be read at all; return how many bytes there are, 0 where that is not known.

    :raises UsageError: for a path that is missing, closed or named twice as standard input, Parquet without pyarrow, a
        column that is in none of the files.
    """
    if not paths:
        raise UsageError("nothing to read: name a file, or - for standard input.")
    _check_standard_input(paths)
    sizes = [_size(path) for path in paths if path != STANDARD_INPUT]
    tables = [path for path in paths if _is_parquet(path)]
    if columns and not tables:
        raise UsageError("--column chooses a column of Parquet, and none of the files is Parquet.")
    if tables:
        parquet.load()
    for path in tables:
        parquet.check(path, columns)
    return sum(sizes) if sizes and all(sizes) and STANDARD_INPUT not in paths else 0


def _check_standard_input(paths: Sequence[str]) -> None:
    if STANDARD_INPUT not in paths:
        return
    if paths.count(STANDARD_INPUT) > 1:
        raise UsageError("- (standard input) can be read once only.")
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("standard input is closed; name a file.")


def _size(path: str) -> int:
    """Return the size of a file, 0 where it has none."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path} cannot be read: {why}; name a file that is there.") from None
    if not os.access(path, os.R_OK):
        raise UsageError(f"{path} cannot be read: permission denied; ask for leave to read it.")
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _is_parquet(path: str) -> bool:
    if path == STANDARD_INPUT or not Path(path).is_file():
        return False
    try:
        with Path(path).open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET
    except OSError:
        return False
