"""What `statement`, `evidence` and `replay` share: `--log`, `--period`, and how they open a log."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from wiretell.errors import InconclusiveError, UsageError
from wiretell.gateway.accounts.periods import micros
from wiretell.gateway.accounts.store import MARKER, Exchanges, open_store
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.sealed import Agreement
from wiretell.gateway.tables.columns import NAMES
from wiretell.gateway.tables.rows import files_of, rows
from wiretell.model.accounts import Span
from wiretell.model.exchange import Row


def add_log(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add `--log`."""
    parser.add_argument("--log", metavar="DIR", required=required, help="folder that a gateway writes its log to")


def add_period(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add `--period` and `--timezone`."""
    otherwise = "" if required else " (default: all)"
    parser.add_argument(
        "--period",
        metavar="PERIOD",
        required=required,
        help=f"a month (2026-07), a week from Monday (2026-W28) or a day (2026-07-10){otherwise}",
    )
    parser.add_argument(
        "--timezone", metavar="ZONE", default="UTC", help="in which the period and its days begin (default: UTC)"
    )


def rows_of(log: str, columns: Sequence[str] | None, span: Span | None) -> Iterator[Row]:
    """Go through the rows of a log, those of a period at least. :raises UsageError: where it is no log."""
    check_log(log)
    if span is None:
        return rows(log, columns)
    return rows(log, columns, since=micros(span.starts), until=micros(span.ends))


def chained_rows(log: str, columns: Sequence[str] | None, span: Span | None) -> Iterator[Row]:
    """Go through the same rows, each compared with the chain's records; of a log without a store, as they are.

    :raises InconclusiveError: where the tables say otherwise.
    """
    found = rows_of(log, columns, span)
    if not (Path(log) / MARKER).is_file():
        yield from found
        return
    table = list(found)  # before the chain: a gateway may be adding to both
    agreement = Agreement(Layout(Path(log)), columns if columns is not None else NAMES)
    for row in table:
        if problem := agreement.problem(row):
            raise InconclusiveError(f"{problem} Nothing was made of it; `wiretell gateway check` tells more.")
    since, until = (micros(span.starts), micros(span.ends)) if span is not None else (None, None)
    if problem := next(agreement.missing(since, until), ""):
        raise InconclusiveError(f"{problem} Nothing was made of it; `wiretell gateway check` tells more.")
    yield from table


def check_log(log: str) -> None:
    """:raises UsageError: where a log is not there, or is none: an empty answer would look like a quiet month."""
    folder = Path(log)
    if not folder.exists():
        raise UsageError(f"There is no log {log}; name the folder that a gateway writes (`log` in its file).")
    if not (folder / MARKER).is_file() and not files_of(folder):
        raise UsageError(f"{log} is no log of a gateway: it has no Parquet file, and no store.")


def store_of(log: str) -> Exchanges | None:
    """Open the store of a log; None where it has none."""
    return open_store(Path(log))
