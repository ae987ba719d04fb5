"""From other forms to Parquet, once: JSON lines, spend logs, and Parquet whose types an engine does not read.

Several statements go over a log, and engines differ in how they read text; so DuckDB puts such a log into Parquet files
of a folder of the engine's, with the columns and types of an exchange log. On a cluster that folder must be one that
every worker reads.
"""

# ruff: noqa: S608 - writing statements is the work; what they name is ours, paths are quoted
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Final

from wiretell.hunt.engine import embedded
from wiretell.hunt.log import litellm, shaping
from wiretell.hunt.log.finding import Shape, shape_of
from wiretell.hunt.log.interface import Log, Part

_CSV: Final = """delim = ',', quote = '"', escape = '"'"""
_LONGEST: Final = 16 << 20
"""Bytes of one JSON object; each thread of DuckDB's takes twice as many, whatever the log holds."""


def land(log: Log, folder: Path, connection: Any) -> Log:
    """Return a log with the same rows in Parquet files of a folder; `connection` is one to DuckDB.

    Lines that are no JSON object become rows without anything, and are told with those.

    :raises FormatError: where a file cannot be read.
    """
    with embedded.told(log.files if log.form == "parquet" else ()):
        if log.form == "litellm":
            return _landed(log, [_spend(log, folder / "litellm.parquet", connection)])
        if log.form == "jsonl":
            return _landed(log, [_lines(log, folder / "lines.parquet", connection)] if log.files else [])
        numbers = count()
        return replace(log, parts=tuple(_plain(part, folder, f"part{next(numbers)}", connection) for part in log.parts))


def _landed(log: Log, parts: Sequence[Part]) -> Log:
    return replace(log, parts=tuple(parts))


def _plain(part: Part, folder: Path, name: str, connection: Any) -> Part:
    if shaping.is_plain(part):
        return part
    return _write(part, f"read_parquet({embedded.listed(part.files)})", folder / f"{name}.parquet", connection)


def _lines(log: Log, file: Path, connection: Any) -> Part:
    columns = sorted(shaping.READ & log.columns)
    types = ", ".join(f"{embedded.quoted(name)}: 'VARCHAR'" for name in columns)
    source = (
        f"read_json({embedded.listed(log.files)}, format = 'newline_delimited', columns = {{{types}}}, "
        f"ignore_errors = true, maximum_object_size = {_LONGEST})"
    )
    return _write(Part(log.files, dict.fromkeys(columns, "text")), source, file, connection)


def _write(part: Part, source: str, file: Path, connection: Any) -> Part:
    query = shaping.plain(part, source)
    connection.execute(f"COPY ({query}) TO {embedded.quoted(str(file))} (FORMAT parquet, COMPRESSION lz4_raw)")
    return Part((file,), shaping.plain_columns(part))


def _spend(log: Log, file: Path, connection: Any) -> Part:
    shapes = {shape_of(file) for file in log.files}
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW spend_told AS SELECT * FROM {_spend_source(log.files, shapes.pop())}"
    )
    there = {name.lower(): name for name in embedded.described(connection, "spend_told")}
    columns = ", ".join(_as_text(name, there.get(name.lower())) for name in litellm.SOURCES)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE spend AS SELECT ROW_NUMBER() OVER () AS number, {columns} FROM spend_told"
    )
    for name, query in (
        ("spend_blocks", litellm.blocks_query("spend")),
        ("spend_continuations", litellm.continuations_query("spend_blocks")),
        ("spend_prefixes", litellm.prefixes_query("spend_blocks", "spend_continuations")),
    ):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
    query = litellm.rows_query("spend", "spend_prefixes")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW spend_rows AS {query}")
    given = Part((), litellm.HELD)
    part = _write(given, "spend_rows", file, connection)
    for kind, name in (
        ("VIEW", "spend_rows"),
        ("TABLE", "spend_prefixes"),
        ("TABLE", "spend_continuations"),
        ("TABLE", "spend_blocks"),
        ("TABLE", "spend"),
        ("VIEW", "spend_told"),
    ):
        connection.execute(f"DROP {kind} {name}")
    return part


def _as_text(name: str, there: str | None) -> str:
    if there is None:
        value = "CAST(NULL AS VARCHAR)"
    elif name in ("request_tags", "prefix_block_hashes", "metadata", "proxy_server_request"):
        value = _json(there)
    else:
        value = f'CAST("{there}" AS VARCHAR)'
    return f'{value} AS "{name}"'


def _json(name: str) -> str:
    """JSON, whether it comes as its text, as a text within JSON, or as DuckDB's own lists and structures."""
    text, other = f'CAST("{name}" AS VARCHAR)', f'CAST(TO_JSON("{name}") AS VARCHAR)'
    return f"""TRY_CAST(CASE TYPEOF("{name}") WHEN 'VARCHAR' THEN {text} ELSE {other} END AS JSON)"""


def _spend_source(files: Sequence[Path], shape: Shape) -> str:
    names = embedded.listed(files)
    types = ", ".join(f"{embedded.quoted(name)}: 'VARCHAR'" for name in litellm.SOURCES)
    match shape:
        case "parquet":
            return f"read_parquet({names}, union_by_name = true)"
        case "csv":
            return f"read_csv({names}, all_varchar = true, union_by_name = true, header = true, {_CSV})"
        case "json":
            return f"read_json({names}, format = 'array', columns = {{{types}}}, maximum_object_size = {_LONGEST})"
        case _:
            return (
                f"read_json({names}, format = 'newline_delimited', columns = {{{types}}}, ignore_errors = true, "
                f"maximum_object_size = {_LONGEST})"
            )
