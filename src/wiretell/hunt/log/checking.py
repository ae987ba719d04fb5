# ruff: noqa: S608 - writing statements is the work; what they name is ours
"""What is wrong with the rows of a log: doubled, without a time, told in another zone, addresses that are none.

One statement counts all rows by account and time. The rest looks at a sample: rows in slices of time, one in 256, at
least one slice a day; copies of a row have its time, so a sample has all of them or none, and files that are in order
are hardly read. A log of at most a million rows is looked at whole.

What is done about it, always told:

- rows without an account or a time are left out, and so are rows from before 2015 or after tomorrow, unless they are
  most of the log;
- copies (the same id, account and time) are left out. An id under another account is no copy, or an account could
  make other rows disappear by copying their ids;
- times are put back by a multiple of 15 minutes where the whole log tells them so: ids by UUIDv7 (RFC 9562) carry
  their own time, in UTC, and clocks in the wrong zone differ from it by such a multiple. Where only a part of the log
  does, nothing is changed: it cannot be told from the rows of one account which of its times are meant.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wiretell.hunt.engine.interface import Engine
from wiretell.hunt.log import clocks, shaping
from wiretell.hunt.log.interface import COLUMNS, Log, kinds_without
from wiretell.model.hunt import EvidenceKind, NotExamined

SMALL: Final = 1_000_000
"""Rows of a log that is looked at whole."""
_SHARE: Final = 256
_SLICES: Final = 32
_MOST_SLICES: Final = 512
_DISTINCT: Final = 5000
"""Addresses that are looked at."""
_ODD: Final = 0.01
"""Share of addresses that may be none before it is told."""
_2015: Final = 1_420_070_400_000_000
_COUNTED: Final[Mapping[str, str]] = {
    "payment": "payment",
    "ip": "ip",
    "header_tuple": "header_tuple",
    "template": "template",
    "prefix_blocks": "system_block",
    "account_created": "account_created",
    "client": "client",
    "output_tokens": "output_tokens",
    "status": "status",
    "tz": "tz",
}
"""Column of the log -> column of the view that has a value where it has."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was seen."""

    rows: int
    """That can be used: of `exchange`, or somewhat more where copies could not be told."""
    notes: tuple[str, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()


@dataclass(frozen=True, slots=True)
class _Counts:
    """Of all rows."""

    told: int
    without_account: int
    without_time: int
    usable: int
    early: int
    late: int
    first: int | None
    """Of the times between."""
    last: int | None


def check(engine: Engine, log: Log, now_us: int | None = None) -> Checked:
    """Look at the rows of a log that an engine has read, and make its view `exchange` one of the rows that count.

    `now_us`: microseconds since 1970, for what is in the future; None: this machine's clock.
    """
    until = (_now() if now_us is None else now_us) + shaping.DAY_US
    counts = _counts(engine, until)
    sample = _sample(engine, counts, until)
    offsets = clocks.offsets(sample)
    is_bounded = 0 < counts.early + counts.late <= counts.usable // 2
    shift = clocks.shift(offsets)
    query = shaping.exchange(shift, *((_2015, until) if is_bounded else (None, None)))
    doubled = _without_copies(engine, query) if _has_copies(sample) else 0
    if not doubled and (shift or is_bounded):
        engine.run(f"CREATE OR REPLACE VIEW exchange AS {query}")
    left = counts.usable - doubled - (counts.early + counts.late if is_bounded else 0)
    whole = counts.told <= SMALL
    notes = (*_of_copies(doubled), *clocks.notes(offsets, shift, 1 if whole else counts.usable / max(1, len(sample))))
    missing = (*_of_rows(counts), *_of_times(counts, is_bounded), *_of_clocks(offsets, shift), *_of_addresses(sample))
    return Checked(left, (*notes, *_of_odd_times(counts, is_bounded)), (*missing, *_of_columns(engine, log)))


def _now() -> int:
    return int(dt.datetime.now(dt.UTC).timestamp() * 1_000_000)


def _counts(engine: Engine, until: int) -> _Counts:
    is_between = f"ts >= {_2015} AND ts < {until}"
    row = engine.fetch(
        f"""SELECT COUNT(*) AS told, COUNT(*) - COUNT(account) AS without_account, COUNT(*) - COUNT(ts) AS without_time,
            COUNT(*) FILTER (WHERE account IS NOT NULL AND ts IS NOT NULL) AS usable,
            COUNT(*) FILTER (WHERE account IS NOT NULL AND ts < {_2015}) AS early,
            COUNT(*) FILTER (WHERE account IS NOT NULL AND ts >= {until}) AS late,
            MIN(ts) FILTER (WHERE {is_between}) AS first, MAX(ts) FILTER (WHERE {is_between}) AS last
        FROM exchange_told"""
    ).to_pylist()[0]
    return _Counts(**row)


def _sample(engine: Engine, counts: _Counts, until: int) -> Any:
    """Return id, time, account and address of rows, as a table of pyarrow."""
    query = f"SELECT exchange_id, ts, account, ip FROM exchange_told WHERE ts >= {_2015} AND ts < {until}"
    if counts.told > SMALL and counts.first is not None and counts.last is not None:
        query += f" AND ({' OR '.join(_slices(counts.first, counts.last))})"
    return engine.fetch(f"{query} AND account IS NOT NULL")


def _slices(first: int, last: int) -> Iterator[str]:
    """Go through conditions on the time that together let one row in 256 through."""
    days = (last - first) // shaping.DAY_US
    number = max(_SLICES, min(_MOST_SLICES, days + 1))
    step = max(_SHARE, (last - first) // number)
    for start in range(first, last + 1, step):
        yield f"told_at >= {_stamp(start)} AND told_at < {_stamp(start + step // _SHARE)}"


def _stamp(ts: int) -> str:
    when = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ts)
    return f"TIMESTAMPTZ '{when.isoformat(sep=' ')}'"


# -------------------------------------------------------------------- copies


def _has_copies(sample: Any) -> bool:
    key = ["exchange_id", "account", "ts"]
    known = sample.select(key).drop_null()
    return bool(known.group_by(key).aggregate([]).num_rows < known.num_rows)


def _without_copies(engine: Engine, query: str) -> int:
    """Make `exchange` a view without copies; return how many rows it passes over."""
    columns = ", ".join(COLUMNS)
    # The order has no meaning but that every engine keeps the same one of rows that differ in some column.
    order = "status, output_tokens, input_tokens, model, session, system_block, chain, ip, org"
    engine.run(f"CREATE OR REPLACE VIEW exchange_timed AS {query}")
    engine.run(
        "CREATE OR REPLACE TABLE exchange_repeated AS SELECT exchange_id, COUNT(*) AS n FROM exchange_timed "
        "WHERE exchange_id IS NOT NULL GROUP BY exchange_id HAVING COUNT(*) > 1"
    )
    engine.run(
        f"""CREATE OR REPLACE TABLE exchange_once AS SELECT {columns} FROM (
            SELECT {columns}, ROW_NUMBER() OVER (PARTITION BY exchange_id, account, ts ORDER BY {order}) AS place
            FROM exchange_timed SEMI JOIN exchange_repeated USING (exchange_id)
        ) WHERE place = 1"""
    )
    query = shaping.exchange_without("exchange_timed", "exchange_repeated", "exchange_once")
    engine.run(f"CREATE OR REPLACE VIEW exchange AS {query}")
    all_of_them = engine.fetch("SELECT SUM(n) AS n FROM exchange_repeated").to_pylist()[0]["n"] or 0
    return int(all_of_them - engine.fetch("SELECT COUNT(*) AS n FROM exchange_once").to_pylist()[0]["n"])


def _of_copies(doubled: int) -> Iterator[str]:
    if doubled:
        yield f"{doubled:,} rows are copies of others (same id, account and time); each exchange counts once."


# -------------------------------------------------------------------- what is told


def _of_rows(counts: _Counts) -> Iterator[NotExamined]:
    for number, what in ((counts.without_account, "account"), (counts.without_time, "time")):
        if number:
            yield NotExamined(
                f"{number:,} rows without {'an' if what == 'account' else 'a'} {what}", "they are left out"
            )


def _of_times(counts: _Counts, is_bounded: bool) -> Iterator[NotExamined]:
    if is_bounded:
        for number, when in ((counts.early, "from before 2015"), (counts.late, "from after tomorrow")):
            if number:
                yield NotExamined(f"{number:,} rows {when}", "their times cannot be right; they are left out")


def _of_odd_times(counts: _Counts, is_bounded: bool) -> Iterator[str]:
    if counts.early + counts.late and not is_bounded:
        yield (
            f"{counts.early:,} rows are from before 2015 and {counts.late:,} from after tomorrow, most of the log: "
            "they are read as they are; look at the clocks of this machine and of the log."
        )


def _of_clocks(offsets: Sequence[clocks.Offset], shift: int) -> Iterator[NotExamined]:
    if offsets and not shift:
        kinds = (EvidenceKind.TIMING, EvidenceKind.FAILOVER)
        yield NotExamined("times of rows whose clocks are off", "which of their times are right is not known", kinds)


def _of_addresses(sample: Any) -> Iterator[NotExamined]:
    known = [value for value in sample.column("ip").unique().to_pylist() if value][:_DISTINCT]
    plain = sum(map(_is_address, known))
    if known and plain < len(known) * (1 - _ODD):
        share = "addresses are" if not plain else f"{1 - plain / len(known):.0%} of addresses are"
        yield NotExamined("networks around addresses", f"{share} hashed, or none: only equal ones can be compared")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _of_columns(engine: Engine, log: Log) -> Iterator[NotExamined]:
    """Tell of columns without a value, in logs whose files keep no count of them."""
    there = [name for name in _COUNTED if name in log.columns or (name == "client" and "user_agent" in log.columns)]
    if log.form == "parquet" or not there or not log.rows:
        return
    counts = ", ".join(f"COUNT({_COUNTED[name]}) AS {name}" for name in there)
    row = engine.fetch(f"SELECT {counts} FROM exchange").to_pylist()[0]
    for name in there:
        if not row[name]:
            yield NotExamined(f"column {name}", "no row has a value", kinds_without(name))
