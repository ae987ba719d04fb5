"""Parquet: the text columns of a table, row by row. pyarrow is imported where it is needed: it takes its time.

Columns that an exchange log has (account, client, client_version, ts, user_agent) tell the origin. Offsets and lines
count from the beginning of the value.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from wiretell.errors import UsageError
from wiretell.logs.examine import Examiner
from wiretell.logs.interface import Batch, Form
from wiretell.logs.origin import Context, of_columns, with_body
from wiretell.model.marks import Where

INSTALL: Final = "Parquet needs pyarrow: pip install 'wiretell[parquet]'."
_ORIGIN: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account", "account_id", "user", "user_id", "key_id"),
    "client": ("client",),
    "version": ("client_version",),
    "time": ("ts", "timestamp", "created_at", "time"),
    "agent": ("user_agent",),
}
"""What is told -> columns that may tell it, the best first."""
_BATCH_BYTES: Final = 8 << 20
_MOST_ROWS: Final = 8192


def load() -> Any:
    """Return `pyarrow.parquet`.

    :raises UsageError: where pyarrow is not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise UsageError(INSTALL)
    return importlib.import_module("pyarrow.parquet")


def check(source: str, wanted: Sequence[str]) -> None:
    """Refuse, before any work is done, columns that a file has not, or that hold no text.

    A file that cannot be read is no matter of this: its reading says so. :raises UsageError: as said.
    """
    parquet = load()
    try:
        schema = parquet.read_schema(source)
    except Exception:
        return
    texts = _text_columns(schema)
    for name in wanted:
        if name not in texts:
            listed = ", ".join(texts) or "none"
            raise UsageError(f"{source} has no text column {name!r}; those that it has: {listed}.")


def read(source: str, examiner: Examiner, wanted: Sequence[str]) -> Iterator[Form | Batch]:
    """Read the columns that were named, or all that hold text, some rows at a time; `UNREAD` where nothing could be."""
    parquet = load()
    row = 0
    try:
        with parquet.ParquetFile(source, pre_buffer=False) as file:
            texts = _chosen(file.schema_arrow, wanted, examiner)
            if not texts:
                yield Form.UNREAD
            columns = list(dict.fromkeys([*texts, *_origin_columns(file.schema_arrow)]))
            for table in file.iter_batches(_rows_at_once(file.metadata), columns=columns) if texts else ():
                _read_rows(table, texts, source, row, examiner)
                row += table.num_rows
                yield examiner.batch(records=table.num_rows, size=table.nbytes)
    except (OSError, ValueError, NotImplementedError, KeyError) as error:  # pyarrow's own errors are among these
        if not row:
            yield Form.UNREAD
        examiner.remark(f"broken Parquet, not read from row {row + 1} on ({_first_line(error)})")
    yield examiner.batch()


def _chosen(schema: Any, wanted: Sequence[str], examiner: Examiner) -> list[str]:
    texts = _text_columns(schema)
    nested = [field.name for field in schema if _is_nested(field.type)]
    if wanted:
        return [name for name in texts if name in wanted]
    if nested:
        examiner.remark("lists and structures are not read", what=f"columns {', '.join(nested)}")
    if not texts:
        examiner.remark("it has no column that holds text")
    return texts


def _text_columns(schema: Any) -> list[str]:
    return [field.name for field in schema if _is_text(field.type)]


def _is_text(kind: Any) -> bool:
    types = importlib.import_module("pyarrow.types")
    if types.is_dictionary(kind):
        kind = kind.value_type
    tests = ("is_string", "is_large_string", "is_binary", "is_large_binary", "is_string_view", "is_binary_view")
    return any(getattr(types, test)(kind) for test in tests if hasattr(types, test))


def _is_nested(kind: Any) -> bool:
    return bool(importlib.import_module("pyarrow.types").is_nested(kind))


def _origin_columns(schema: Any) -> list[str]:
    return [name for names in _ORIGIN.values() for name in names if name in schema.names]


def _rows_at_once(metadata: Any) -> int:
    sizes = [metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups)]
    per_row = sum(sizes) / max(1, metadata.num_rows)
    return max(1, min(_MOST_ROWS, int(_BATCH_BYTES / max(1.0, per_row))))


def _read_rows(table: Any, texts: Sequence[str], source: str, rows_before: int, examiner: Examiner) -> None:
    values = {name: _as_bytes(table.column(name)) for name in texts}
    origins = _Origins(table)
    loud = {name: set(examiner.loud([data or b"" for data in values[name]])) for name in texts}
    for at in sorted(set[int]().union(*loud.values())):
        for name in texts:
            data = values[name][at]
            if data and at in loud[name]:
                where = Where(source, rows_before + at + 1, column=name)
                examiner.read(data, where, partial(origins.of, at, data))


def _as_bytes(column: Any) -> list[bytes | None]:
    arrow = importlib.import_module("pyarrow")
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    values: list[bytes | None] = column.cast(arrow.large_binary()).to_pylist()
    return values


class _Origins:
    """What the other columns of some rows tell of their origin."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._columns = {
            told: [name for name in names if name in table.schema.names] for told, names in _ORIGIN.items()
        }

    def of(self, at: int, body: bytes) -> Context:
        told = {key: self._value(names, at) for key, names in self._columns.items()}
        return Context(with_body(of_columns(**told), body))

    def _value(self, names: Sequence[str], at: int) -> object:
        for name in names:
            try:
                value: object = self._table.column(name)[at].as_py()
            except (ValueError, OverflowError):  # broken UTF-8, a time that is no time
                continue
            if value is not None:
                return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        return None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
