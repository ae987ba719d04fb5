"""The view `exchange` as SQL, from the columns that files have. Pure; DuckDB's dialect.

    exchange_told   every row of the log, in the columns of COLUMNS; `told_at` is its time as files have it, so that a
                    condition on it can pass over what a file's statistics rule out
    exchange_read   of these, rows that can be used: with an account and a time
    exchange        what the rest of a hunt reads: `exchange_read`, until `checking` puts something better in its place

Conversations: a gateway hashes the system part with the tools, and these with the first 1, 2, 4 ... messages, so the
second block names a conversation. A request without a system part begins with the block of its first message: it is
told by its single block and `system_hash` being null; with more blocks it cannot be told from a request that has tools
and no system part, and the second block (the first two messages) stands for the conversation from then on.
"""

# ruff: noqa: S608 - writing statements is the work; what they name is ours, paths are quoted
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from wiretell.hunt.log.interface import COLUMNS, Held, Part

DAY_US: Final = 86_400_000_000
HOUR_US: Final = 3_600_000_000

READ: Final = frozenset(
    {"exchange_id", "ts", "account", "org", "account_created", "payment", "ip", "ip_kind", "asn", "client"}
    | {"client_version", "user_agent", "header_tuple", "tz", "session", "model", "system_hash", "prefix_blocks"}
    | {"template", "prompt", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "max_tokens"}
    | {"tool_calls", "tool_results", "status", "operation"}
)
"""Columns of an exchange log that a hunt reads. `marks` is not among them: a missing mark is never evidence."""

_SECONDS: Final = "1e11"
_MILLISECONDS: Final = "1e14"
_MICROSECONDS: Final = "1e17"
"""A number below each, as a time since 1970, is one in that unit: all of them until the year 5138."""

_PLAIN: Final[Mapping[str, frozenset[Held]]] = MappingProxyType(
    {
        "VARCHAR": frozenset[Held]({"text"}),
        "VARCHAR[]": frozenset[Held]({"texts"}),
        "BIGINT": frozenset[Held]({"integer"}),
        "INTEGER": frozenset[Held]({"integer"}),
    }
)
_TIMES: Final = frozenset({"ts", "account_created"})
_INPUTS: Final = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
_LISTS: Final = frozenset({"prefix_blocks", "template"})


def type_of(column: str) -> str:
    """Return the type that a column of the log should have, in DuckDB's words."""
    return "VARCHAR[]" if column in _LISTS else "BIGINT" if column in _INPUTS else COLUMNS.get(column, "VARCHAR")


def is_plain(part: Part) -> bool:
    """Whether every column has the type it should have: then the SQL holds no conversion that engines differ in."""
    return all(
        held == "time" if column in _TIMES else held in _PLAIN[type_of(column)] for column, held in part.columns.items()
    )


def plain(part: Part, source: str) -> str:
    """Return the query that makes a part plain: the same columns of the log, with the types they should have."""
    columns = ", ".join(f"{_plainly(name, part.columns)} AS {name}" for name in sorted(part.columns))
    return f"SELECT {columns} FROM {source}"


def _plainly(name: str, columns: Mapping[str, Held]) -> str:
    value = _value(name, columns)
    return f"MAKE_TIMESTAMPTZ({value})" if name in _TIMES else value


def plain_columns(part: Part) -> Mapping[str, Held]:
    """Return what the columns hold after that."""
    held: dict[str, Held] = {"VARCHAR": "text", "VARCHAR[]": "texts"}
    return {name: "time" if name in _TIMES else held.get(type_of(name), "integer") for name in part.columns}


def told(parts: Mapping[str, Part]) -> str:
    """Return the query of `exchange_told` over relations, by their names."""
    return "\nUNION ALL\n".join(
        f"SELECT {_select(part.columns)}\nFROM {name}{_where(part)}" for name, part in parts.items()
    )


def read() -> str:
    """Return the query of `exchange_read`."""
    return f"SELECT {', '.join(COLUMNS)} FROM exchange_told WHERE account IS NOT NULL AND ts IS NOT NULL"


def exchange(
    shift_us: int = 0, since: int | None = None, until: int | None = None, source: str = "exchange_read"
) -> str:
    """Return the query of `exchange`: times put back by `shift_us`, and none before `since` or at `until`."""
    columns = ", ".join(_shifted(column, shift_us) for column in COLUMNS)
    bounds = [f"ts >= {since + shift_us}"] if since is not None else []
    bounds += [f"ts < {until + shift_us}"] if until is not None else []
    return f"SELECT {columns} FROM {source}" + (f" WHERE {' AND '.join(bounds)}" if bounds else "")


def exchange_without(source: str, repeated: str, once: str) -> str:
    """Return the query of `exchange` over rows whose ids are not `repeated`, and those that stand `once` for them."""
    columns = ", ".join(COLUMNS)
    return (
        f"SELECT {columns} FROM {source} ANTI JOIN {repeated} USING (exchange_id) "
        f"UNION ALL SELECT {columns} FROM {once}"
    )


def _shifted(column: str, shift_us: int) -> str:
    if not shift_us or column not in ("ts", "day", "hour"):
        return column
    return {
        "ts": f"ts - {shift_us} AS ts",
        "day": f"CAST((ts - {shift_us}) // {DAY_US} AS INTEGER) AS day",
        "hour": f"CAST((ts - {shift_us}) // {HOUR_US} AS INTEGER) AS hour",
    }[column]


def _where(part: Part) -> str:
    if "operation" not in part.columns:
        return ""
    operation = _value("operation", part.columns)
    return f"\nWHERE ({operation} IS NULL OR {operation} = 'generate')"


def _select(columns: Mapping[str, Held]) -> str:
    return ",\n    ".join(f"{_column(name, columns)} AS {name}" for name in (*COLUMNS, "told_at"))


def _column(name: str, columns: Mapping[str, Held]) -> str:
    """Return the expression of a column of the view."""
    match name:
        case "told_at":
            is_time = columns.get("ts") == "time"
            return "CAST(ts AS TIMESTAMPTZ)" if is_time else f"MAKE_TIMESTAMPTZ({_value('ts', columns)})"
        case "day":
            return f"CAST({_value('ts', columns)} // {DAY_US} AS INTEGER)"
        case "hour":
            return f"CAST({_value('ts', columns)} // {HOUR_US} AS INTEGER)"
        case "system_block":
            return _system_block(columns)
        case "chain":
            return _chain(columns)
        case "depth":
            blocks = _value("prefix_blocks", columns)
            return f"COALESCE(CAST(ARRAY_LENGTH({blocks}) AS INTEGER), 0)" if "prefix_blocks" in columns else "0"
        case "input_tokens":
            return _inputs(columns)
        case "client":
            return _client(columns)
        case "client_version":
            return _version(columns)
        case _:
            return _value(name, columns)


def _inputs(columns: Mapping[str, Held]) -> str:
    """Input of every kind; null only where none is told."""
    known = [_value(name, columns) for name in _INPUTS if name in columns]
    if len(known) < 2:
        return known[0] if known else "CAST(NULL AS BIGINT)"
    total = " + ".join(f"COALESCE({value}, 0)" for value in known)
    return f"CASE WHEN COALESCE({', '.join(known)}) IS NULL THEN NULL ELSE {total} END"


def _system_block(columns: Mapping[str, Held]) -> str:
    system, blocks = _value("system_hash", columns), _value("prefix_blocks", columns)
    if "prefix_blocks" not in columns:
        return system
    if "system_hash" not in columns:
        return f"{blocks}[1]"
    return f"CASE WHEN ARRAY_LENGTH({blocks}) >= 2 OR {system} IS NOT NULL THEN COALESCE({blocks}[1], {system}) END"


def _chain(columns: Mapping[str, Held]) -> str:
    session, blocks = _value("session", columns), _value("prefix_blocks", columns)
    if "prefix_blocks" not in columns:
        return session
    if "system_hash" not in columns:
        return f"COALESCE({blocks}[2], {session})"
    alone = f"CASE WHEN {_value('system_hash', columns)} IS NULL THEN {blocks}[1] END"
    return f"COALESCE({blocks}[2], {alone}, {session})"


def _client(columns: Mapping[str, Held]) -> str:
    """The product; by the user agent where the log names none: what comes before its first slash or space."""
    if "client" in columns or "user_agent" not in columns:
        return _value("client", columns)
    return f"NULLIF(LOWER(REGEXP_EXTRACT({_value('user_agent', columns)}, '^([^/ ]*)', 1)), '')"


def _version(columns: Mapping[str, Held]) -> str:
    if "client_version" in columns or "user_agent" not in columns:
        return _value("client_version", columns)
    return f"NULLIF(REGEXP_EXTRACT({_value('user_agent', columns)}, '^[^/ ]*/([^ ]*)', 1), '')"


def _value(name: str, columns: Mapping[str, Held]) -> str:
    """Return a column of the log as its type; null where it is missing, or where it cannot be read as that."""
    kind = type_of(name)
    held = columns.get(name)
    if held is None:
        return f"CAST(NULL AS {kind})"
    if name in _TIMES:
        return _time(name, held)
    if kind == "VARCHAR":
        return f"NULLIF({name}, '')" if held == "text" else f"NULLIF(CAST({name} AS VARCHAR), '')"
    if kind == "VARCHAR[]":
        return _texts(name, held)
    return f"CAST({name} AS {kind})" if held == "integer" and kind == "BIGINT" else f"TRY_CAST({name} AS {kind})"


def _texts(name: str, held: Held) -> str:
    if held == "texts":
        return name
    return f"TRY_CAST(TRY_CAST({name} AS JSON) AS VARCHAR[])" if held == "text" else f"TRY_CAST({name} AS VARCHAR[])"


def _time(name: str, held: Held) -> str:
    """Microseconds since 1970: of a timestamp (UTC where it tells no zone), a text as in RFC 3339, or a number."""
    match held:
        case "time":
            return f"EPOCH_US({name})"
        case "date":
            return f"EPOCH_US(CAST({name} AS TIMESTAMP))"
        case "integer" | "number":
            return _epoch(name)
        case _:
            return f"COALESCE(EPOCH_US(TRY_CAST({name} AS TIMESTAMPTZ)), {_epoch(f'TRY_CAST({name} AS DOUBLE)')})"


def _epoch(value: str) -> str:
    """A number in the unit its size tells: seconds, milliseconds, microseconds, nanoseconds."""
    return (
        f"CAST(CASE WHEN ABS({value}) < {_SECONDS} THEN ROUND({value} * 1000000)"
        f" WHEN ABS({value}) < {_MILLISECONDS} THEN ROUND({value} * 1000)"
        f" WHEN ABS({value}) < {_MICROSECONDS} THEN {value} WHEN ABS({value}) < 1e20 THEN {value} / 1000 END AS BIGINT)"
    )
