"""What the beginnings of JSON and CSV files tell: their columns, and whether they hold rows at all."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec

from wiretell.hunt.log.finding import Shape
from wiretell.hunt.log.footers import Unreadable

_LINES: Final = 1000
"""Of each file, that are looked at for columns."""
_LONGEST: Final = 64 << 20
"""Bytes of a line, or of a document's beginning, that are looked at."""
_CSV_LIMIT: Final = 1 << 27


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of one file."""

    file: Path
    names: frozenset[str]
    """Of its columns; none: the file has no rows."""


def sample(file: Path, shape: Shape) -> Sample | Unreadable:
    """Look at the beginning of a file."""
    try:
        with _opened(file) as stream:
            columns = _COLUMNS[shape](stream)
    except (OSError, EOFError) as error:
        return Unreadable(file, getattr(error, "strerror", None) or str(error))
    except (ValueError, csv.Error) as error:  # msgspec's and gzip's own errors are among these
        return Unreadable(file, str(error).rstrip("."))
    return Sample(file, columns)


def _opened(file: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(file) if file.suffix == ".gz" else file.open("rb"))


def _of_lines(stream: BinaryIO) -> frozenset[str]:
    """Names in the first lines; a torn or foreign line is passed over, if any line is an object."""
    names: set[str] = set()
    read = 0
    for line in islice(_lines(stream), _LINES):
        read += 1
        names.update(_names(line))
    if read and not names:
        raise ValueError("no line of it is a JSON object with members")
    return frozenset(names)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_LONGEST):
        if line.strip():
            yield line


def _names(line: bytes) -> frozenset[str]:
    try:
        return frozenset(msgspec.json.decode(line, type=dict[str, msgspec.Raw]))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return frozenset()


def _of_document(stream: BinaryIO) -> frozenset[str]:
    """Names in the first object of a list of objects; whether the list has an end is seen when it is read."""
    head = stream.read(_LONGEST).lstrip()
    if not head:
        return frozenset()
    if not head.startswith(b"["):
        raise ValueError("it is no list of rows; export the rows as a JSON list, or one object a line")
    first = head[1:].lstrip()
    if first.startswith(b"]"):
        return frozenset()
    row, _ = json.JSONDecoder().raw_decode(first.decode("utf-8", "replace"))
    if not isinstance(row, dict) or not row:
        raise ValueError("it is a list, but not of rows")
    return frozenset(row)


def _of_csv(stream: BinaryIO) -> frozenset[str]:
    csv.field_size_limit(_CSV_LIMIT)
    rows = csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""))
    header = next(rows, [])
    return frozenset(header) if next(rows, None) is not None else frozenset()


_COLUMNS: Final = {"lines": _of_lines, "json": _of_document, "csv": _of_csv}
