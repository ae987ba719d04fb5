"""Tables as every engine gives them."""

from __future__ import annotations

import importlib
from typing import Any

from wiretell.hunt.engine.interface import ArrowTable


def usual(table: ArrowTable) -> ArrowTable:
    """Return a table whose integers are 64 bits wide (decimals without a fraction too), and whose texts are plain.

    Engines tell a sum as 128 bits or as a decimal, a count as 64: a reader need not care.
    """
    arrow = importlib.import_module("pyarrow")
    fields = [arrow.field(field.name, _usual(field.type, arrow)) for field in table.schema]
    schema = arrow.schema(fields)
    return table if str(schema) == str(table.schema) else table.cast(schema)  # names of a list's items differ


def _usual(kind: Any, arrow: Any) -> Any:
    types = arrow.types
    if types.is_dictionary(kind):
        return _usual(kind.value_type, arrow)
    if types.is_list(kind) or types.is_large_list(kind):
        return arrow.list_(_usual(kind.value_type, arrow))
    if types.is_large_string(kind) or types.is_string_view(kind):
        return arrow.string()
    if types.is_unsigned_integer(kind):
        return arrow.uint64()
    is_whole = types.is_integer(kind) or (types.is_decimal(kind) and kind.scale == 0)
    return arrow.int64() if is_whole else arrow.float64() if types.is_float32(kind) else kind
