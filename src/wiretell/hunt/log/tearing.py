"""Which file of a log is broken within: its footer is whole, a page of it is not."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from wiretell.hunt.log.footers import first_line
from wiretell.hunt.log.shaping import READ

_BATCH_ROWS: Final = 1 << 16
_SHOWN: Final = 300
"""Characters of a reason."""


def told(error: str, files: Sequence[Path]) -> str:
    """Say what is wrong with a log that an engine could not read, and what to do. Engines seldom name the file.

    `error`: the engine's words. `files`: Parquet files that it read; they are read once more, up to the one that is
    broken, so it takes as long as reading the log.
    """
    why = error[:_SHOWN]
    named = next((file for file in files if str(file) in error), None)
    if named:
        return f"The log cannot be read: {why}; leave out {named}, or mend it."
    for file in files:
        if fault := _fault(file):
            return f"The log cannot be read: {file} is broken within ({fault}); leave it out, or mend it."
    return f"The log cannot be read: {why}."


def _fault(file: Path) -> str | None:
    """Return what is wrong with the columns that a hunt reads; None: nothing."""
    parquet: Any = importlib.import_module("pyarrow.parquet")
    try:
        with parquet.ParquetFile(file, pre_buffer=False) as opened:
            columns = [name for name in opened.schema_arrow.names if name in READ]
            for _ in opened.iter_batches(_BATCH_ROWS, columns=columns):
                pass
    except OSError as error:
        return (error.strerror or first_line(error))[:_SHOWN]
    except (ValueError, KeyError, NotImplementedError) as error:  # pyarrow's own errors are among these
        return first_line(error)[:_SHOWN]
    return None
