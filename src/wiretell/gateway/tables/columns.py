"""The columns of the exchange log as Parquet has them: `Row` -> types. pyarrow is imported where it is needed.

`docs/formats/exchange-log.md` describes them, and a test keeps the three alike.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, Final

from wiretell.errors import UsageError
from wiretell.model.exchange import Row

INSTALL: Final = "The exchange log needs pyarrow: pip install 'wiretell[gateway]'."

NAMES: Final = tuple(column.name for column in fields(Row))
"""In the order of the files."""
REQUIRED: Final = frozenset(
    column.name for column in fields(Row) if column.default is MISSING and column.default_factory is MISSING
)
"""Without which there is no row."""
DEFAULTS: Final = {column.name: column.default for column in fields(Row) if column.default is not MISSING}

_LISTS: Final = frozenset({"groups", "prefix_blocks", "template", "marks", "pins", "warnings"})
_TIMES: Final = frozenset({"ts", "account_created"})
_FLAGS: Final = frozenset({"streamed", "usage_reported"})
_INT16: Final = frozenset({"tool_calls", "tool_results", "status"})
_INT64: Final = frozenset({"request_bytes", "response_bytes", "first_byte_us", "duration_us"})
_INT32: Final = frozenset(
    {"asn", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "max_tokens", "edits"}
) | {"cache_write_1h_tokens"}
_FLOATS: Final = frozenset({"cost_usd"})
_BITS: Final = {"int16": 16, "int32": 32, "int64": 64, "timestamp[us, UTC]": 64}


def type_name(column: str) -> str:
    """Return the type of a column as the documentation names it: `int16`, `list<string>`, `timestamp[us, UTC]`."""
    for names, kind in (
        (_LISTS, "list<string>"),
        (_TIMES, "timestamp[us, UTC]"),
        (_FLAGS, "bool"),
        (_INT16, "int16"),
        (_INT32, "int32"),
        (_INT64, "int64"),
        (_FLOATS, "double"),
    ):
        if column in names:
            return kind
    return "string"


def is_list(column: str) -> bool:
    """Whether a column holds lists."""
    return column in _LISTS


def clamped(column: str, values: Sequence[Any]) -> list[Any]:
    """Return values as they fit the column: numbers beyond its type become the nearest that fits."""
    bits = _BITS.get(type_name(column))
    if bits is None:
        return [_spelled(value) for value in values]
    most = (1 << (bits - 1)) - 1
    return [None if value is None else max(-most - 1, min(most, value)) for value in values]


def _spelled(value: Any) -> Any:
    """Return a text as UTF-8 can hold it: half a surrogate, which JSON allows, becomes U+FFFD. Others as they are."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return [_spelled(item) for item in value] if isinstance(value, tuple) else value


def check() -> None:
    """:raises UsageError: where pyarrow is not installed. Does not load it."""
    if importlib.util.find_spec("pyarrow") is None:
        raise UsageError(INSTALL)


@cache
def arrow() -> Any:
    """Return `pyarrow`, told to take memory from the system, which gets it back.

    :raises UsageError: where it is not installed.
    """
    try:
        module = importlib.import_module("pyarrow")
    except ImportError:
        raise UsageError(INSTALL) from None
    module.set_memory_pool(module.system_memory_pool())
    return module


@cache
def parquet() -> Any:
    """Return `pyarrow.parquet`. :raises UsageError: where it is not installed."""
    arrow()
    return importlib.import_module("pyarrow.parquet")


@cache
def schema() -> Any:
    """Return the columns as a schema of pyarrow."""
    module = arrow()
    types = {
        "list<string>": module.list_(module.string()),
        "timestamp[us, UTC]": module.timestamp("us", tz="UTC"),
        "bool": module.bool_(),
        "int16": module.int16(),
        "int32": module.int32(),
        "int64": module.int64(),
        "double": module.float64(),
        "string": module.string(),
    }
    return module.schema([module.field(name, types[type_name(name)]) for name in NAMES])


def table_of(rows: Sequence[Row]) -> Any:
    """Return rows as a table of pyarrow, in their order."""
    module, columns = arrow(), schema()
    arrays = [
        module.array(clamped(column.name, [getattr(row, column.name) for row in rows]), type=column.type)
        for column in columns
    ]
    return module.Table.from_arrays(arrays, schema=columns)
