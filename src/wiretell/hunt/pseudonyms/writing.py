"""A log written anew, whole or not at all: files are made in a folder aside, which takes its name in the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.errors import FormatError, UsageError
from wiretell.hunt.log.finding import files_of
from wiretell.hunt.pseudonyms import lines, tables
from wiretell.hunt.pseudonyms.columns import Columns, Treatment
from wiretell.hunt.pseudonyms.hashing import Pseudonyms

_WRITERS: Final = {"parquet": tables.rewrite, "lines": lines.rewrite}


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """What was written."""

    files: int
    rows: int
    replaced: tuple[str, ...]
    """Columns of the log, by name, and so on."""
    coarsened: tuple[str, ...]
    kept: tuple[str, ...]
    left_out: tuple[str, ...]


def pseudonymise(
    source: Path, target: Path, columns: Columns, key: bytes, progress: Callable[[int], None] = lambda _: None
) -> Pseudonymised:
    """Write the log in `source` (a file, or a folder read whole) to the new folder `target`.

    Equal values of a column stay equal, in every log written with the same key; values of different columns never are.
    `progress` is called with rows done since the last call. If anything fails, there is no `target`.
    :raises UsageError: where `target` is there already, or cannot be written.
    :raises FormatError: where a file is no exchange log, or not whole.
    """
    check(source, target)
    files, shape = files_of([source])
    write = _WRITERS.get(shape)
    if write is None:
        raise FormatError(f"{files[0]} is neither Parquet nor JSON lines; turn it into one of them first.")
    root = source if source.is_dir() else source.parent
    pseudonyms = Pseudonyms(key)
    rows, names = 0, set[str]()
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            for file in files:
                new = aside / file.relative_to(root)
                new.parent.mkdir(parents=True, exist_ok=True)
                more, found = write(file, new, columns, pseudonyms, progress)
                rows += more
                names |= found
            aside.chmod(0o777 & ~_umask())
            aside.rename(target)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or error}.") from None
    return _told(len(files), rows, names, columns)


def check(source: Path, target: Path) -> None:
    """:raises UsageError: where there is nothing to read, or something where the new log should be."""
    if not source.exists():
        raise UsageError(f"There is no log {source}; name a file, or a folder with a log in it.")
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} is there already; name a new folder.")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"The folder {target.absolute().parent} does not exist; make it first.")
    if source.is_dir() and target.resolve().is_relative_to(source.resolve()):
        raise UsageError(f"{target} is within the log itself; name a folder elsewhere.")


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _told(files: int, rows: int, names: set[str], columns: Columns) -> Pseudonymised:
    by: dict[Treatment, list[str]] = {treatment: [] for treatment in Treatment}
    for name in sorted(names):
        by[columns.treatment(name)].append(name)
    return Pseudonymised(
        files=files,
        rows=rows,
        replaced=tuple(by[Treatment.REPLACED]),
        coarsened=tuple(by[Treatment.COARSENED]),
        kept=tuple(by[Treatment.KEPT]),
        left_out=tuple(by[Treatment.LEFT_OUT]),
    )
