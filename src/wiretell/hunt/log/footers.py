"""What Parquet files tell of themselves, without their rows: columns, how many rows, which columns are empty."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from wiretell.errors import UsageError
from wiretell.hunt.log.interface import Held

INSTALL: Final = "hunt needs its libraries: pip install 'wiretell[hunt]'."


@dataclass(frozen=True, slots=True)
class Footer:
    """One file."""

    file: Path
    columns: Mapping[str, Held]
    """Every column at the top, those of a null type left out."""
    rows: int
    empty: frozenset[str]
    """Columns that are null in every row, as far as the file keeps count."""

    @property
    def names(self) -> frozenset[str]:
        """Of its columns."""
        return frozenset(self.columns)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is no whole Parquet file."""

    file: Path
    why: str


@cache
def _arrow(part: str) -> Any:
    try:
        return importlib.import_module(part)
    except ImportError:
        raise UsageError(INSTALL) from None


def footers(files: Sequence[Path], counted: frozenset[str]) -> Iterator[Footer | Unreadable]:
    """Read the footers of files; `counted` columns are looked at for being empty.

    :raises UsageError: where pyarrow is not installed.
    """
    parquet = _arrow("pyarrow.parquet")
    for file in files:
        try:
            with parquet.ParquetFile(file, pre_buffer=False) as opened:
                yield _footer(file, opened, counted)
        except OSError as error:
            yield Unreadable(file, error.strerror or first_line(error))
        except (ValueError, KeyError, NotImplementedError) as error:  # pyarrow's own errors are among these
            yield Unreadable(file, "it is empty" if not file.stat().st_size else f"no whole file ({first_line(error)})")


def _footer(file: Path, opened: Any, counted: frozenset[str]) -> Footer:
    held = {field.name: held_by(field.type) for field in opened.schema_arrow}
    columns = {name: kind for name, kind in held.items() if kind is not None}
    metadata = opened.metadata
    empty = frozenset(_empty(metadata, counted & columns.keys())) if metadata.num_rows else frozenset()
    return Footer(file, MappingProxyType(columns), metadata.num_rows, empty)


def _empty(metadata: Any, names: frozenset[str]) -> Iterator[str]:
    # A list's values stand below it: `template.list.element`.
    places = {metadata.schema.column(at).path.partition(".")[0]: at for at in range(metadata.num_columns)}
    for name in names & places.keys():
        groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
        if all(_is_null(group.column(places[name]), group.num_rows) for group in groups):
            yield name


def _is_null(chunk: Any, rows: int) -> bool:
    statistics = chunk.statistics
    return statistics is not None and statistics.has_null_count and statistics.null_count == rows


def held_by(kind: Any) -> Held | None:
    """Return what a column of a type of pyarrow holds; None: nothing, it is of the null type."""
    types = _arrow("pyarrow.types")
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_null(kind):
        return None
    if types.is_timestamp(kind) and kind.unit == "ns":
        return "other"  # Spark does not read it
    return next((held for held, tests in _tests() if any(test(kind) for test in tests)), "other")


@cache
def _tests() -> tuple[tuple[Held, tuple[Callable[[Any], bool], ...]], ...]:
    types = _arrow("pyarrow.types")
    texts = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary, types.is_string_view)
    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view)

    def is_texts(kind: Any) -> bool:
        return any(test(kind) for test in lists) and held_by(kind.value_type) == "text"

    def is_integer(kind: Any) -> bool:
        return bool(types.is_integer(kind)) and not types.is_uint64(kind)

    return (
        ("text", texts),
        ("texts", (is_texts,)),
        ("time", (types.is_timestamp,)),
        ("date", (types.is_date,)),
        ("integer", (is_integer,)),
        ("number", (types.is_floating, types.is_decimal, types.is_uint64)),
        ("flag", (types.is_boolean,)),
    )


def first_line(error: Exception) -> str:
    """Return the first line of an error without its end."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")
