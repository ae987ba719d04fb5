"""Looking at a log before it is read: its files, form and columns, and what is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from wiretell.errors import FormatError
from wiretell.hunt.log.finding import Shape, files_of
from wiretell.hunt.log.footers import Footer, Unreadable, footers
from wiretell.hunt.log.interface import Held, Log, Part, kinds_without
from wiretell.hunt.log.litellm import GIVES, SIGNS
from wiretell.hunt.log.sampling import Sample, sample
from wiretell.hunt.log.shaping import READ
from wiretell.model.hunt import NotExamined

ASKED_FOR: Final = ("account", "ts")
"""Without which a row tells nothing."""
EVIDENCE: Final = (
    "payment",
    "ip",
    "header_tuple",
    "template",
    "prefix_blocks",
    "account_created",
    "client",
    "output_tokens",
    "status",
    "tz",
)
"""Columns that evidence comes from, in the order they are told in."""
_MOST_TOLD: Final = 10
"""Files that are named each by itself."""

_File = TypeVar("_File", Footer, Sample)


def look(paths: Sequence[Path]) -> Log:
    """Look at a log: files, folders (with all below them) and globs. Rows are not read.

    :raises UsageError: where there is no log.
    :raises FormatError: where forms are mixed, no file can be read, or none has an account and a time.
    """
    files, shape = files_of(paths)
    return _parquet(files) if shape == "parquet" else _text(files, shape)


def _parquet(files: tuple[Path, ...]) -> Log:
    counted = (*EVIDENCE, "org")
    seen = list(footers(files, frozenset(counted)))
    known, broken = _apart([one for one in seen if isinstance(one, Footer)], seen)
    rows = sum(one.rows for one in known)
    usable = tuple(one.file for one in known)
    if _is_spend_log(known):
        given = _given(known)
        return Log(usable, "litellm", given, rows, (*_lost(given), *broken), _notes(rows))
    columns = _columns(known)
    lost = _lost(columns, frozenset(name for name in counted if name in columns and _is_empty(name, known)))
    return Log(usable, "parquet", columns, rows, (*lost, *broken), _notes(rows), _parts(known))


def _text(files: tuple[Path, ...], shape: Shape) -> Log:
    seen = [sample(file, shape) for file in files]
    hollow = [one.file for one in seen if isinstance(one, Sample) and not one.names]
    if len(hollow) == len(seen):
        return Log((), "jsonl", frozenset(), 0, (), _notes(0))
    known, broken = _apart([one for one in seen if isinstance(one, Sample) and one.names], seen)
    is_spend_log = _is_spend_log(known)
    if shape != "lines" and not is_spend_log:
        raise FormatError(
            f"{known[0].file} has no request_id, startTime and api_key: it is no dump of LiteLLM_SpendLogs; "
            "an exchange log is Parquet or one JSON object a line."
        )
    columns = _given(known) if is_spend_log else _columns(known)
    notes = tuple(f"{file} is empty." for file in hollow[:_MOST_TOLD])
    usable = tuple(one.file for one in known)
    return Log(usable, "litellm" if is_spend_log else "jsonl", columns, -1, (*_lost(columns), *broken), notes)


def _is_spend_log(files: Sequence[Footer] | Sequence[Sample]) -> bool:
    """:raises FormatError: where some files are one and some are not."""
    spend = [one.file for one in files if one.names >= SIGNS]
    other = [one.file for one in files if not one.names >= SIGNS]
    if spend and other:
        raise FormatError(
            f"The log mixes forms: {spend[0]} is a LiteLLM spend log, {other[0]} is not; name files of one form only."
        )
    return bool(spend)


def _columns(files: Sequence[Footer] | Sequence[Sample]) -> frozenset[str]:
    return frozenset().union(*(one.names for one in files))


def _is_empty(name: str, files: Sequence[Footer]) -> bool:
    filled = [one for one in files if one.rows and name in one.names]
    return bool(filled) and all(name in one.empty for one in filled)


def _apart(readable: Sequence[_File], seen: Iterable[object]) -> tuple[list[_File], tuple[NotExamined, ...]]:
    """Return the files that a log can be read from, and what is told of the others.

    :raises FormatError: where there is none.
    """
    broken = [(one.file, one.why) for one in seen if isinstance(one, Unreadable)]
    known = []
    for one in readable:
        missing = [] if one.names >= SIGNS else [name for name in ASKED_FOR if name not in one.names]
        if missing:
            broken.append((one.file, f"it has no column {' or '.join(missing)}"))
        else:
            known.append(one)
    if not known:
        file, why = broken[0]
        more = f" ({len(broken) - 1} more like it)" if len(broken) > 1 else ""
        raise FormatError(f"{file} is no exchange log: {why}{more}; docs/formats/exchange-log.md says what one has.")
    return known, tuple(_unread(sorted(broken)))


def _unread(broken: Sequence[tuple[Path, str]]) -> Iterable[NotExamined]:
    for file, why in broken[:_MOST_TOLD]:
        yield NotExamined(f"file {file}", f"{why}: its rows are unknown")
    if len(broken) > _MOST_TOLD:
        yield NotExamined(f"{len(broken) - _MOST_TOLD} more files", "they could not be read: their rows are unknown")


def _lost(columns: frozenset[str], empty: frozenset[str] = frozenset()) -> tuple[NotExamined, ...]:
    """Tell of columns that evidence comes from and that are not there, or are there without a value."""
    there = columns | ({"client"} if "user_agent" in columns else set()) | _instead(columns)
    empty -= _instead(columns)
    lost = tuple(
        NotExamined(
            f"column {name}", "the log lacks it" if name not in there else "no row has a value", kinds_without(name)
        )
        for name in EVIDENCE
        if name not in there or name in empty
    )
    if "org" in columns - empty:
        return lost
    why = f"{'no row has a value' if 'org' in columns else 'the log lacks it'}: nothing is known to be one owner's"
    return (*lost, NotExamined("column org", why))


def _instead(columns: frozenset[str]) -> frozenset[str]:
    """A log with `system_hash` and `session` has system parts and conversations by these."""
    return frozenset({"prefix_blocks"} if columns >= {"system_hash", "session"} else ())


def _given(files: Sequence[Footer] | Sequence[Sample]) -> frozenset[str]:
    """Columns of the exchange log that spend logs give."""
    named = _columns(files)
    return frozenset(column for column, sources in GIVES.items() if named & sources)


def _parts(files: Sequence[Footer]) -> tuple[Part, ...]:
    alike: dict[tuple[tuple[str, Held], ...], list[Path]] = {}
    for one in files:
        columns = {name: held for name, held in one.columns.items() if name in READ}
        alike.setdefault(tuple(sorted(columns.items())), []).append(one.file)
    return tuple(Part(tuple(group), dict(columns)) for columns, group in alike.items())


def _notes(rows: int) -> tuple[str, ...]:
    return () if rows else ("The log has no rows.",)
