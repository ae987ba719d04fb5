"""A DuckDB of one's own in this process: limits, no network, no traces; its errors in words of this project."""

# ruff: noqa: S608 - writing statements is the work; what they name is ours, paths are quoted
from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.hunt.log import tearing
from wiretell.hunt.log.footers import INSTALL, first_line

_MAGIC: Final = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})
"""DuckDB reads a name as a glob."""
_FULL: Final = ("No space left", "Disk quota exceeded")
"""The system's words in what DuckDB raises when a disk is full."""
_INTERRUPTED: Final = "Query interrupted"
"""What DuckDB makes of a signal between two of its own steps, whatever the handler raised."""


@cache
def module() -> Any:
    """Return `duckdb`. :raises UsageError: where it is not installed."""
    try:
        return importlib.import_module("duckdb")
    except ImportError:
        raise UsageError(INSTALL) from None


def connect(memory_mb: int, threads: int, scratch: Path) -> Any:
    """Return a connection to an empty database in memory that spills to `scratch`.

    It fetches no extensions and sees no variables of this program. Times without a zone are UTC.
    """
    with _interruptible():
        return _connected(memory_mb, threads, scratch)


def _connected(memory_mb: int, threads: int, scratch: Path) -> Any:
    connection = module().connect(
        ":memory:",
        config={
            "memory_limit": f"{memory_mb}MiB",
            "threads": str(threads),
            "temp_directory": str(scratch),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "binary_as_string": "true",
        },
    )
    # Division by zero is null, as in Spark's statements (`dialect`).
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false; SET ieee_floating_point_ops = false")
    connection.execute("SET error_on_division_by_zero = false")
    return connection


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except module().InterruptException:
        raise KeyboardInterrupt from None
    except RuntimeError as error:
        if _INTERRUPTED in str(error):
            raise KeyboardInterrupt from None
        raise


@contextmanager
def told(files: Sequence[Path] = ()) -> Iterator[None]:
    """Tell what DuckDB raises in words of this project. `files`: Parquet that is read, one of which may be broken.

    :raises KeyboardInterrupt: a signal ended the statement.
    :raises FormatError: a file of the log is broken, or went away.
    :raises UsageError: memory or disk did not suffice.
    :raises InternalError: the statement itself is at fault.
    """
    try:
        with _interruptible():
            yield
    except module().OutOfMemoryException as error:
        raise UsageError(
            f"The log needs more memory or disk than it may take ({first_line(error)}); "
            "give more memory, or make room for temporary files (TMPDIR)."
        ) from None
    except module().IOException as error:
        if any(sign in str(error) for sign in _FULL):
            raise UsageError(
                f"There is no room to write ({first_line(error)}); make some, there and for temporary files (TMPDIR)."
            ) from None
        raise FormatError(tearing.told(first_line(error), files)) from None
    except (module().InvalidInputException, module().InvalidTypeException) as error:
        raise FormatError(tearing.told(first_line(error), files)) from None
    except (module().ProgrammingError, module().InternalException) as error:
        raise InternalError(f"A statement of the hunt failed: {error}") from error
    except module().Error as error:  # a broken page has one of many
        raise FormatError(tearing.told(first_line(error), files)) from None


def listed(files: Sequence[Path]) -> str:
    """Return files as a list in SQL, each name meaning itself and no glob."""
    return "[" + ", ".join(quoted(str(file).translate(_MAGIC)) for file in files) + "]"


def quoted(text: str) -> str:
    """Return a text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def described(connection: Any, relation: str) -> list[str]:
    """Return the names of a relation's columns."""
    return [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
