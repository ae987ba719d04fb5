"""JSON lines: batches of objects, plain or in gzip."""

from __future__ import annotations

import datetime as dt
import gzip
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, Literal, cast

import msgspec

from wiretell.errors import FormatError
from wiretell.hunt.pseudonyms.columns import NEEDED, SHORTENED, Columns, Treatment, domain
from wiretell.hunt.pseudonyms.hashing import Pseudonyms
from wiretell.hunt.rule import shipped

_BATCH_LINES: Final = 1 << 14
_LONGEST: Final = 64 << 20
"""Bytes of a line."""
_HOUR_S: Final = 3_600
_SECONDS: Final = 10**11
"""Numbers below are seconds since 1970, those below a thousand times it milliseconds, and so on."""
_DECODER: Final = msgspec.json.Decoder(dict[str, Any])
_ENCODER: Final = msgspec.json.Encoder()


def rewrite(
    source: Path, target: Path, columns: Columns, pseudonyms: Pseudonyms, progress: Callable[[int], None]
) -> tuple[int, frozenset[str]]:
    """Write a file of JSON lines anew; return its rows and the names of its columns, those left out included.

    :raises FormatError: where a line is no JSON object, or no exchange. OSError: where it cannot be written.
    """
    rows = 0
    names: set[str] = set()
    with _opened(source, "rb") as reading, _opened(target, "wb") as writing:
        for batch in _batches(source, reading):
            names.update(*batch)
            writing.write(_ENCODER.encode_lines(_rewritten(source, batch, columns, pseudonyms)))
            rows += len(batch)
            progress(len(batch))
    return rows, frozenset(names)


def _opened(path: Path, mode: Literal["rb", "wb"]) -> IO[bytes]:
    is_packed = path.name.lower().endswith(".gz")
    return cast("IO[bytes]", gzip.open(path, mode) if is_packed else path.open(mode))


def _batches(source: Path, file: IO[bytes]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for number, line in _lines(source, file):
        try:
            row = _DECODER.decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise FormatError(f"Line {number:,} of {source} is no JSON object; take it out, or mend it.") from None
        for name in NEEDED:
            if row.get(name) is None:
                raise FormatError(f"Line {number:,} of {source} is no exchange: it has no {name}; name a log.")
        batch.append(row)
        if len(batch) == _BATCH_LINES:
            yield batch
            batch = []
    if batch:
        yield batch


def _lines(source: Path, file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := _read(source, file):
        number += 1
        if len(line) > _LONGEST:
            raise FormatError(f"Line {number:,} of {source} is longer than {_LONGEST >> 20} MB; name a log.")
        if line.strip():
            yield number, line


def _read(source: Path, file: IO[bytes]) -> bytes:
    try:
        return file.readline(_LONGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(f"{source} cannot be read to its end ({error}); leave it out, or mend it.") from None


def _rewritten(
    source: Path, batch: list[dict[str, Any]], columns: Columns, pseudonyms: Pseudonyms
) -> list[dict[str, Any]]:
    new: list[dict[str, Any]] = [{} for _ in batch]
    for name in dict.fromkeys(name for row in batch for name in row):
        treatment = columns.treatment(name)
        if treatment is not Treatment.LEFT_OUT:
            made = _MADE[treatment]([row.get(name) for row in batch], name, source, pseudonyms)
            for row, value in zip(new, made, strict=True):
                row[name] = value
    return new


def _kept(values: list[Any], name: str, source: Path, _: Pseudonyms) -> list[Any]:
    if any(isinstance(value, dict | list) for value in values):
        raise FormatError(f"{name} of {source} holds more than one value: leave it out with --drop {name}.")
    return values


def _coarse(values: list[Any], _: str, __: Path, ___: Pseudonyms) -> list[Any]:
    return [_to_the_hour(value) for value in values]


def _to_the_hour(value: Any) -> str | int | None:
    """Return a time to the hour; None where it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        unit = 1
        while abs(value) >= _SECONDS * unit and unit < 10**9:
            unit *= 1_000
        return int(value // (_HOUR_S * unit)) * _HOUR_S * unit
    try:
        return dt.datetime.fromisoformat(value).replace(minute=0, second=0, microsecond=0).isoformat()
    except (TypeError, ValueError):
        return None


def _hashed(values: list[Any], name: str, source: Path, pseudonyms: Pseudonyms) -> list[Any]:
    if any(isinstance(value, dict) for value in values):
        raise FormatError(f"{name} of {source} is no text: leave it out with --drop {name}.")
    space = domain(name)
    if not any(isinstance(value, list) for value in values):
        return list(pseudonyms.of(space, [_text(value) for value in values]))
    most = shipped().share.template_bands if space == SHORTENED else None
    lists = [value[:most] if isinstance(value, list) else [value] for value in values]
    hashed = iter(pseudonyms.of(space, [_text(item) for items in lists for item in items]))
    made = [list(islice(hashed, len(items))) for items in lists]
    return [new if isinstance(value, list) else new[0] for value, new in zip(values, made, strict=True)]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()


_MADE: Final = {Treatment.KEPT: _kept, Treatment.COARSENED: _coarse, Treatment.REPLACED: _hashed}
