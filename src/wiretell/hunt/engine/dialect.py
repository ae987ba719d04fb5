"""From DuckDB's SQL to Spark's: SQLGlot, and here, in one place, what it leaves to its user.

What statements of a hunt keep to, so that both give the same rows: a list's length is `ARRAY_LENGTH` (`LEN` may be a
text's); one UNNEST in a SELECT; no `hash` (each engine has its own; `md5` is the same); floats are rounded before they
become integers (DuckDB rounds, Spark cuts); an unsigned integer is a set of bits, never a number.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from wiretell.errors import InternalError, UsageError
from wiretell.hunt.log.footers import INSTALL


@cache
def _sqlglot() -> Any:
    try:
        return importlib.import_module("sqlglot")
    except ImportError:
        raise UsageError(INSTALL) from None


def to_spark(sql: str) -> str:
    """Return one statement of DuckDB's dialect in Spark's.

    `CREATE TABLE` becomes a table of Parquet files, `CREATE VIEW` a temporary view.

    :raises InternalError: where it cannot be parsed, or would mean something else.
    """
    return str(transpiled(sql).sql(dialect="spark"))


def transpiled(sql: str) -> Any:
    """Return one statement as SQLGlot's tree, ready to be spelled for Spark. :raises InternalError: as `to_spark`."""
    try:
        tree = _sqlglot().parse_one(sql, dialect="duckdb")
    except _sqlglot().errors.SqlglotError as error:
        raise InternalError(f"A statement of the hunt cannot be parsed: {error}") from error
    return tree.transform(_changed)


def _changed(node: Any) -> Any:
    change = _CHANGES.get(type(node).__name__)
    return change(node) if change else node


def _bracket(node: Any) -> Any:
    """An index beyond the list is null in DuckDB and an error in Spark; a slice Spark spells as a function."""
    index = node.expressions[0] if len(node.expressions) == 1 else None
    if index is None:
        return node
    if type(index).__name__ == "Slice":
        return _slice(node.this, index)
    if not index.is_int:
        # SQLGlot makes the index one from 0 where it knows its type, and leaves it where it does not.
        raise InternalError("The index of a list is a number in statements of a hunt.")
    return _call("TRY_ELEMENT_AT", node.this, _number(index.to_py() + 1))


def _slice(values: Any, index: Any) -> Any:
    exp = _sqlglot().exp
    first = index.this.copy() if index.this is not None else _number(1)
    last = index.expression.copy() if index.expression is not None else exp.ArraySize(this=values.copy())
    length = exp.Add(this=exp.Sub(this=exp.paren(last), expression=exp.paren(first.copy())), expression=_number(1))
    return _call("SLICE", values, first, exp.Greatest(this=length, expressions=[_number(0)]))


def _divided(node: Any) -> Any:
    """Division by zero is null in DuckDB and an error in Spark."""
    if type(node.expression).__name__ in ("Literal", "Nullif"):
        return node
    divisor = node.expression.copy()
    node.set("expression", _sqlglot().exp.Nullif(this=divisor, expression=_number(0)))
    return node


def _shifted(node: Any) -> Any:
    """Spark takes an INT as the number of places."""
    node.set("expression", _sqlglot().exp.cast(node.expression.copy(), "int"))
    return node


def _typed(node: Any) -> Any:
    """Spark has no unsigned integers: the same 64 bits stand in a signed one."""
    return _sqlglot().exp.DataType.build("bigint") if node.this == _sqlglot().exp.DataType.Type.UBIGINT else node


def _anonymous(node: Any) -> Any:
    """Functions that SQLGlot does not know."""
    name = node.name.upper()
    if name == "EPOCH_US":
        return _call("UNIX_MICROS", _sqlglot().exp.cast(node.expressions[0].copy(), "timestamptz"))
    if name == "MAKE_TIMESTAMPTZ":
        return _call("TIMESTAMP_MICROS", node.expressions[0])
    if name == "HASH":
        raise InternalError("hash() gives other values in other engines; use md5().")
    return node


def _listed(node: Any) -> Any:
    """Spark's COLLECT_LIST has no order: SQLGlot would drop it without a word."""
    if type(node.this).__name__ == "Order":
        raise InternalError("A list with an order of its own has no equal in Spark; order the rows before.")
    return node


def _created(node: Any) -> Any:
    if node.kind == "VIEW":
        temporary = _sqlglot().exp.Properties(expressions=[_sqlglot().exp.TemporaryProperty()])
        node.set("properties", temporary)
        node.set("replace", True)
    elif node.kind == "TABLE":
        form = _sqlglot().exp.FileFormatProperty(this=_sqlglot().exp.Var(this="PARQUET"))
        node.set("properties", _sqlglot().exp.Properties(expressions=[form]))
        node.set("replace", False)
    return node


def _quantile(node: Any) -> Any:
    return _call("PERCENTILE", node.this, node.expression)


_CHANGES: Final = MappingProxyType[str, Callable[[Any], Any]](
    {
        "Anonymous": _anonymous,
        "ArrayAgg": _listed,
        "Bracket": _bracket,
        "BitwiseLeftShift": _shifted,
        "BitwiseRightShift": _shifted,
        "Create": _created,
        "DataType": _typed,
        "Div": _divided,
        "IntDiv": _divided,
        "Mod": _divided,
        "PercentileCont": _quantile,
    }
)


def _call(name: str, *arguments: Any) -> Any:
    return _sqlglot().exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _number(value: int) -> Any:
    return _sqlglot().exp.Literal.number(value)
