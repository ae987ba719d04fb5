"""Which files a log is: files, folders and globs -> files and what form they have."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

from wiretell.errors import FormatError, UsageError

Shape = Literal["parquet", "lines", "json", "csv"]
"""How the rows of a file are put: `lines` is one JSON object a line, `json` one document."""

_SUFFIXES: Final[dict[str, Shape]] = {
    ".parquet": "parquet",
    ".jsonl": "lines",
    ".jsonl.gz": "lines",
    ".ndjson": "lines",
    ".ndjson.gz": "lines",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".json": "json",
    ".json.gz": "json",
}
_NAMES: Final[dict[Shape, str]] = {
    "parquet": "Parquet",
    "lines": "JSON lines",
    "json": "JSON documents",
    "csv": "CSV",
}
_NO_ROWS: Final = frozenset({"ledger.jsonl"})
"""A gateway's own files, beside its tables."""
_STORE: Final = "store"


def files_of(paths: Sequence[Path]) -> tuple[tuple[Path, ...], Shape]:
    """Return the files of a log, each once, in the order of their names, and how their rows are put.

    :raises UsageError: where a path names nothing, or nothing that is a log.
    :raises FormatError: where files of several forms are named.
    """
    found: dict[Path, tuple[Path, Shape]] = {}
    for path in paths:
        for file, shape in _under(path):
            found.setdefault(file.resolve(), (file, shape))
    if not found:
        raise UsageError(
            f"{_listed(paths)} holds no log: name Parquet or JSON-lines files, or a folder with some in it."
        )
    return tuple(sorted(file for file, _ in found.values())), _one_shape(found.values())


def _one_shape(files: Iterable[tuple[Path, Shape]]) -> Shape:
    first = {shape: file for file, shape in sorted(files, reverse=True)}
    if len(first) > 1:
        listed = " and ".join(f"{_NAMES[shape]} ({file})" for shape, file in sorted(first.items()))
        raise FormatError(f"The log mixes forms, {listed}; name files of one form only.")
    return next(iter(first))


def _under(path: Path) -> Iterator[tuple[Path, Shape]]:
    if path.is_dir():
        yield from _of_folder(path)
    elif path.is_file():
        yield path, shape_of(path)
    elif glob.has_magic(str(path)):
        named = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - may be absolute
        if not named:
            raise UsageError(f"{path} matches nothing; name a folder, a file or a glob that does.")
        for one in named:
            yield from _under(one)
    else:
        raise UsageError(
            f"There is no log {path}; name a folder that a gateway writes, a Parquet or JSON-lines file, or a glob."
        )


def _of_folder(folder: Path) -> Iterator[tuple[Path, Shape]]:
    """Go through a folder's tables. Lone JSON documents count where there is nothing else: settings lie beside logs."""
    files = [(file, shape) for file in folder.rglob("*") if (shape := _by_suffix(file)) and _is_row_file(file, folder)]
    others = [(file, shape) for file, shape in files if shape != "json"]
    yield from others or files


def _is_row_file(file: Path, folder: Path) -> bool:
    inside = file.relative_to(folder).parts
    is_hidden = any(part.startswith(".") for part in inside)
    return not is_hidden and _STORE not in inside[:-1] and file.name not in _NO_ROWS and file.is_file()


def _by_suffix(file: Path) -> Shape | None:
    name = file.name.lower()
    return next((shape for suffix, shape in _SUFFIXES.items() if name.endswith(suffix)), None)


def shape_of(file: Path) -> Shape:
    """Return how the rows of a file are put: by its suffix, else by how it begins.

    :raises UsageError: where it cannot be read.
    :raises FormatError: where it is none of the forms.
    """
    known = _by_suffix(file)
    if known:
        return known
    try:
        with file.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}.") from None
    if head.startswith(b"PAR1"):
        return "parquet"
    start = head.lstrip()[:1]
    if start not in (b"{", b"["):
        raise FormatError(
            f"{file} is no log that can be read: give Parquet, JSON lines, or a dump of LiteLLM_SpendLogs."
        )
    return "lines" if start == b"{" else "json"


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths)) or "Nothing that was named"
