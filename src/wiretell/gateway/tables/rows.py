"""Reading an exchange log back: a file, a folder or a glob, as rows in the order of their time.

Files hold rows roughly in order: an exchange is written at its end, and told by its beginning. Row groups are read in
the order of their earliest row, and a row is given once no group that is still to come can hold an earlier one; so
memory holds the groups that overlap, and no more.
"""

from __future__ import annotations

import glob
import heapq
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from wiretell.errors import FormatError, UsageError
from wiretell.gateway.tables import columns, folders
from wiretell.model.exchange import Row

_STORE: Final = "store"
_ORDER: Final = ("ts", "exchange_id")


@dataclass(frozen=True, slots=True)
class _Group:
    """A row group of a file."""

    earliest: int | None
    """`ts` of its earliest row; None: not told."""
    latest: int | None
    path: Path
    number: int


def rows(
    log: Path | str, wanted: Sequence[str] | None = None, *, since: int | None = None, until: int | None = None
) -> Iterator[Row]:
    """Go through the rows of a log in order of `ts`, then `exchange_id`.

    `wanted`: columns to read; the others have their defaults. None: all. `since` and `until`: microseconds; the first
    is in, the second is not.

    :raises UsageError: for a log that is not there, or has no Parquet in it.
    :raises FormatError: for a file that is no exchange log.
    """
    read = None if wanted is None else tuple(dict.fromkeys((*_ORDER, *columns.REQUIRED, *wanted)))
    groups = sorted(_groups(files_of(log), since, until), key=_earliest)
    heap: list[tuple[int, str, int, Row]] = []
    numbers = count()
    for at, group in enumerate(groups):
        for row in _read(group, read):
            if (since is None or row.ts >= since) and (until is None or row.ts < until):
                heapq.heappush(heap, (row.ts, row.exchange_id, next(numbers), row))
        following = _earliest(groups[at + 1]) if at + 1 < len(groups) else None
        while heap and (following is None or heap[0][0] < following):
            yield heapq.heappop(heap)[3]


def _earliest(group: _Group) -> int:
    return -(1 << 63) if group.earliest is None else group.earliest


def files_of(log: Path | str) -> tuple[Path, ...]:
    """Return the Parquet files of a log: a file, a folder with all below it, or a glob. Hidden ones are left out.

    :raises UsageError: where there is none.
    """
    path = Path(log)
    if path.is_file():
        return (path,)
    if path.is_dir():
        found = [file for file in sorted(path.rglob("*" + folders.SUFFIX)) if _is_table(file.relative_to(path))]
    elif glob.has_magic(str(log)):
        found = [Path(name) for name in sorted(glob.glob(str(log), recursive=True))]  # noqa: PTH207 - may be absolute
        found = [file for name in found for file in (files_of(name) if name.is_dir() else (name,))]
    else:
        raise UsageError(f"There is no log {log}; name the folder that a gateway writes, a Parquet file, or a glob.")
    if not found and not path.is_dir():
        raise UsageError(f"{log} matches nothing; name a folder, a Parquet file or a glob that does.")
    return tuple(found)


def _is_table(path: Path) -> bool:
    return not any(part.startswith(".") for part in path.parts) and path.parts[0] != _STORE


def _groups(paths: Sequence[Path], since: int | None, until: int | None) -> Iterator[_Group]:
    for path in paths:
        with closing(_opened(path)) as file:
            names = set(file.schema_arrow.names)
            if missing := columns.REQUIRED - names:
                listed = ", ".join(sorted(missing))
                raise FormatError(f"{path} is no exchange log: it has no column {listed}.")
            for number in range(file.metadata.num_row_groups):
                group = _Group(*_span(file, number), path, number)
                if not _is_outside(group, since, until):
                    yield group


def _opened(path: Path) -> Any:
    parquet = columns.parquet()
    try:
        return parquet.ParquetFile(path, pre_buffer=False)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, KeyError, NotImplementedError) as error:  # pyarrow's own errors are among these
        raise FormatError(f"{path} is no whole Parquet file: {_first_line(error)}.") from None


def _span(file: Any, number: int) -> tuple[int | None, int | None]:
    """Return the earliest and the latest `ts` of a row group, by the file's own statistics."""
    group = file.metadata.row_group(number)
    at = file.schema_arrow.names.index("ts")
    for column in (group.column(n) for n in range(at, group.num_columns)):
        if column.path_in_schema == "ts" and column.statistics is not None and column.statistics.has_min_max:
            with suppress(ValueError, OverflowError, TypeError, AttributeError):
                low, high = column.statistics.min_raw, column.statistics.max_raw
                return _in_us(low, file.schema_arrow.field(at).type), _in_us(high, file.schema_arrow.field(at).type)
    return None, None


def _in_us(value: int, kind: Any) -> int:
    """Return a time of a column's own unit in microseconds, rounded down."""
    per_second = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}[kind.unit]
    return value * 1_000_000 // per_second


def _is_outside(group: _Group, since: int | None, until: int | None) -> bool:
    if group.earliest is None or group.latest is None:
        return False
    return (until is not None and group.earliest >= until) or (since is not None and group.latest < since)


def _read(group: _Group, wanted: Sequence[str] | None) -> list[Row]:
    with closing(_opened(group.path)) as file:
        names = set(file.schema_arrow.names)
        chosen = [name for name in wanted or columns.NAMES if name in names]
        try:
            return rows_of_table(file.read_row_group(group.number, columns=chosen, use_threads=False))
        except (OSError, ValueError, KeyError, TypeError, NotImplementedError) as error:
            raise FormatError(
                f"{group.path} cannot be read in its row group {group.number + 1}: {_first_line(error)}."
            ) from None


def rows_of_table(table: Any) -> list[Row]:
    """Return the rows of a table of pyarrow. Columns that it lacks have their defaults, those unknown are passed over.

    A null where a row has none becomes the column's default.
    """
    names = [name for name in columns.NAMES if name in table.schema.names]
    values = [_values(name, table.column(name)) for name in names]
    return [Row(**dict(zip(names, cells, strict=True))) for cells in zip(*values, strict=True)]


def _values(name: str, column: Any) -> list[Any]:
    module = columns.arrow()
    if name in ("ts", "account_created"):
        column = column.cast(module.timestamp("us"), safe=False).cast(module.int64())
    found: list[Any] = column.to_pylist()
    if columns.is_list(name):
        return [tuple(value or ()) for value in found]
    default = columns.DEFAULTS.get(name)
    return found if default is None else [default if value is None else value for value in found]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
