"""Tables of marks, a row each: CSV and Parquet, written as the marks come, so that memory stays flat.

`COLUMNS` says what stands in them, in this order. Texts of a log (excerpt, account ...) come from outside, and a
spreadsheet takes a cell that begins with = + - @, a tab or a carriage return for a formula: in CSV such a cell gets an
apostrophe before it (OWASP, "CSV Injection"). Numbers are never changed; in Parquet nothing is.
"""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, BinaryIO, Final, Protocol

from wiretell.logs.sources.parquet import load
from wiretell.model.marks import FoundMark

COLUMNS: Final = (
    "scheme",
    "state",
    "certainty",
    "meaning",
    "innocent",
    "codepoints",
    "excerpt",
    "hidden",
    "source",
    "record",
    "line",
    "request",
    "column",
    "path",
    "within",
    "offset",
    "length",
    "account",
    "client",
    "version",
    "day",
)
NUMBERS: Final = frozenset({"record", "line", "offset", "length"})
LISTS: Final = frozenset({"innocent", "codepoints", "within"})
_SEPARATORS: Final = {"innocent": " | ", "codepoints": " ", "within": " "}
"""Of lists in CSV."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_GROUP_ROWS: Final = 20_000

Cell = str | int | list[str] | None


def cells(found: FoundMark) -> dict[str, Cell]:
    """Return a mark as a row. `path` is None where the mark stands in no JSON string; half surrogates are replaced."""
    mark, where, origin = found.mark, found.where, found.origin
    values: Sequence[str | int | Iterable[str] | None] = (
        mark.scheme,
        mark.state,
        mark.certainty.value,
        mark.meaning,
        mark.innocent,
        mark.codepoints,
        mark.excerpt,
        mark.hidden,
        where.source,
        where.record,
        mark.line,
        where.request,
        where.column,
        mark.path,
        mark.within,
        mark.offset,
        mark.length,
        origin.account,
        origin.client,
        origin.version,
        origin.day,
    )
    return {name: _cell(value) for name, value in zip(COLUMNS, values, strict=True)}


def _cell(value: str | int | Iterable[str] | None) -> Cell:
    match value:
        case None | int():
            return value
        case str():
            return _whole(value)
        case _:
            return [_whole(item) for item in value]


def _whole(text: str) -> str:
    """Return a text that can be written as UTF-8: half a surrogate becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class Table(Protocol):
    """Writes rows to a file that is open for writing. A context manager: leaving it writes what is left.

    It can stand where `Rows` are asked for.
    """

    def begin(self, source: int) -> None:
        """Do nothing: every row names its source."""

    def add(self, found: Iterable[FoundMark]) -> None:
        """Write some marks. OSError where the file cannot be written."""

    def __enter__(self) -> Table: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class CsvTable:
    """CSV as in RFC 4180, UTF-8, with a line of names. The file stays open."""

    def __init__(self, file: BinaryIO) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
        self._writer = csv.writer(self._text)
        self._writer.writerow(COLUMNS)

    def begin(self, source: int) -> None:
        """Do nothing: every row names its source."""

    def add(self, found: Iterable[FoundMark]) -> None:
        """Write some marks."""
        self._writer.writerows([_csv(name, cell) for name, cell in cells(each).items()] for each in found)

    def __enter__(self) -> CsvTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.detach()  # flushes, and leaves the file open


def _csv(name: str, cell: Cell) -> str | int:
    match cell:
        case None:
            return ""
        case int():
            return cell
        case list():
            return _harmless(_SEPARATORS[name].join(cell))
        case str():
            return _harmless(cell)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


class ParquetTable:
    """Parquet in row groups of a few thousand marks. The file stays open.

    :raises UsageError: where pyarrow is not installed.
    """

    def __init__(self, file: BinaryIO) -> None:
        parquet = load()
        self._arrow: Any = importlib.import_module("pyarrow")
        self._schema = _schema(self._arrow)
        self._writer: Any = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[dict[str, Cell]] = []

    def begin(self, source: int) -> None:
        """Do nothing: every row names its source."""

    def add(self, found: Iterable[FoundMark]) -> None:
        """Take some marks; they are written when there are enough for a row group."""
        for each in found:
            self._waiting.append(cells(each))
            if len(self._waiting) >= _GROUP_ROWS:
                self._write()

    def _write(self) -> None:
        if self._waiting:
            self._writer.write_table(self._arrow.Table.from_pylist(self._waiting, schema=self._schema))
            self._waiting = []

    def __enter__(self) -> ParquetTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._write()
        self._writer.close()


def _schema(arrow: Any) -> Any:
    def kind(name: str) -> Any:
        if name in NUMBERS:
            return arrow.int64()
        return arrow.list_(arrow.string()) if name in LISTS else arrow.string()

    return arrow.schema([(name, kind(name)) for name in COLUMNS])
