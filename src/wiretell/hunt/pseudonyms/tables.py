"""Parquet files: batches of rows, each distinct value of a column hashed once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wiretell.errors import FormatError
from wiretell.hunt.pseudonyms.columns import NEEDED, SHORTENED, Columns, Treatment, domain
from wiretell.hunt.pseudonyms.hashing import ADDRESSES, DIGITS, Pseudonyms
from wiretell.hunt.rule import shipped

_BATCH_ROWS: Final = 1 << 16
_GROUP_ROWS: Final = 1 << 18
"""Of the files written; what is held in memory at most."""
_COMPRESSION: Final = "zstd"


@dataclass(frozen=True, slots=True)
class _Column:
    """One that is written."""

    name: str
    kind: Any
    """Its Arrow type in the new file."""
    made: Callable[[Any], Any]
    """Old array to new one."""


def rewrite(
    source: Path, target: Path, columns: Columns, pseudonyms: Pseudonyms, progress: Callable[[int], None]
) -> tuple[int, frozenset[str]]:
    """Write a Parquet file anew; return its rows and the names of its columns, those left out included.

    Memory does not grow with the file. Nothing of the old file's metadata is taken over.
    :raises FormatError: where it is no whole Parquet file, or no exchange log. OSError: where it cannot be written.
    """
    try:
        opened = pq.ParquetFile(source, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise _broken(source, error) from None
    with opened:
        schema = opened.schema_arrow
        check_needed(source, schema.names)
        made = [_column(source, field, columns, pseudonyms) for field in schema if _is_written(field.name, columns)]
        new = pa.schema([pa.field(column.name, column.kind) for column in made])
        with pq.ParquetWriter(target, new, compression=_COMPRESSION) as writer:
            rows = _rewrite(source, opened, made, writer, progress)
    return rows, frozenset(schema.names)


def check_needed(source: Path, names: list[str]) -> None:
    """:raises FormatError: where columns are missing without which there is no exchange log."""
    if len(set(names)) < len(names):
        raise FormatError(f"{source} has two columns of one name; name a log.")
    if missing := [name for name in NEEDED if name not in names]:
        raise FormatError(f"{source} is no exchange log: it has no column {missing[0]}; name a log.")


def _is_written(name: str, columns: Columns) -> bool:
    return columns.treatment(name) is not Treatment.LEFT_OUT


def _rewrite(source: Path, opened: Any, made: list[_Column], writer: Any, progress: Callable[[int], None]) -> int:
    """Go through a file's batches. The next is read and the last is written while one is hashed: that takes longest."""
    done = 0
    waiting: list[Any] = []
    batches = opened.iter_batches(_BATCH_ROWS, columns=[column.name for column in made])
    with ThreadPoolExecutor(1) as reading, ThreadPoolExecutor(1) as writing:
        coming = reading.submit(next, batches, None)
        written: Future[None] | None = None
        while (batch := _arrived(source, coming)) is not None:
            coming = reading.submit(next, batches, None)
            waiting.append(pa.record_batch(_made(source, batch, made), schema=writer.schema))
            if sum(map(len, waiting)) >= _GROUP_ROWS:
                if written:
                    written.result()
                written = writing.submit(_write, writer, waiting)
                waiting = []
            done += len(batch)
            progress(len(batch))
        if written:
            written.result()
    if waiting:
        _write(writer, waiting)
    return done


def _write(writer: Any, batches: list[Any]) -> None:
    writer.write_table(pa.Table.from_batches(batches), row_group_size=_GROUP_ROWS)


def _arrived(source: Path, coming: Future[Any]) -> Any:
    try:
        return coming.result()
    except (pa.ArrowException, OSError) as error:
        raise _broken(source, error) from None


def _made(source: Path, batch: Any, made: list[_Column]) -> list[Any]:
    try:
        return [column.made(batch.column(column.name)) for column in made]
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _broken(source, error) from None


def _column(source: Path, field: Any, columns: Columns, pseudonyms: Pseudonyms) -> _Column:
    treatment, kind = columns.treatment(field.name), field.type
    if treatment is Treatment.REPLACED:
        return _replaced(source, field, pseudonyms)
    if _is_binary(kind):
        return _Column(field.name, pa.string(), lambda array: array.cast(pa.string()))
    if pa.types.is_nested(kind):
        raise FormatError(f"Column {field.name} of {source} is {kind}: leave it out with --drop {field.name}.")
    if treatment is Treatment.KEPT:
        return _Column(field.name, kind, _same)
    if pa.types.is_timestamp(kind):
        return _Column(field.name, kind, _to_the_hour)
    raise FormatError(
        f"Column {field.name} of {source} is {kind}, no time, and cannot be made coarse: "
        f"leave it out with --drop {field.name}."
    )


def _same(array: Any) -> Any:
    return array


def _to_the_hour(array: Any) -> Any:
    return pc.floor_temporal(array, unit="hour")


def _replaced(source: Path, field: Any, pseudonyms: Pseudonyms) -> _Column:
    kind, name = field.type, domain(field.name)
    if _is_text(kind) or _is_binary(kind):
        return _Column(field.name, pa.string(), lambda array: _hashed(array, name, pseudonyms))
    if pa.types.is_null(kind):
        return _Column(field.name, pa.string(), lambda array: array.cast(pa.string()))
    if _is_list(kind) and _is_text(kind.value_type):
        return _Column(field.name, pa.list_(pa.string()), lambda array: _hashed_lists(array, name, pseudonyms))
    raise FormatError(
        f"Column {field.name} of {source} is {kind}, no text, and cannot be replaced: "
        f"leave it out with --drop {field.name}."
    )


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(test(kind) for test in tests)


def _is_binary(kind: Any) -> bool:
    """Whether it is text that nobody called so: some writers do."""
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)  # type: ignore[no-any-return]


def _is_list(kind: Any) -> bool:
    return any(test(kind) for test in (pa.types.is_list, pa.types.is_large_list))


def _hashed(array: Any, space: str, pseudonyms: Pseudonyms) -> Any:
    """Hash an array of texts: its distinct values, put back in their places."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    coded = array.cast(pa.binary()).dictionary_encode()
    if space == ADDRESSES:
        texts = coded.dictionary.cast(pa.string()).to_pylist()
        return pa.array(pseudonyms.of(space, texts), pa.string()).take(coded.indices)
    offsets, data = _parts(coded.dictionary)
    starts, ends = offsets[:-1], offsets[1:]
    is_said = ends > starts  # the empty text says nothing, and stays
    values = (data[start:end] for start, end in zip(starts[is_said].tolist(), ends[is_said].tolist(), strict=True))
    digits = pseudonyms.digits(space, values)
    places = np.concatenate(([0], np.cumsum(is_said) * DIGITS)).astype(np.int32)
    hashes = pa.StringArray.from_buffers(len(is_said), pa.py_buffer(places), pa.py_buffer(digits))
    return hashes.take(coded.indices)


def _parts(array: Any) -> tuple[NDArray[np.int32], bytes]:
    """Return where the values of a binary array without nulls begin and end, and their bytes."""
    _, offsets, data = array.buffers()
    found = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    return found, data.to_pybytes() if data else b""


def _hashed_lists(array: Any, space: str, pseudonyms: Pseudonyms) -> Any:
    """Hash the items of an array of lists; what `flatten` gives are those of lists that are no null, without gaps."""
    if space == SHORTENED:
        array = pc.list_slice(array, 0, shipped().share.template_bands)
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy()
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    items = _hashed(array.flatten(), space, pseudonyms)
    return pa.ListArray.from_arrays(pa.array(offsets), items, mask=array.is_null())


def _broken(source: Path, error: Exception) -> FormatError:
    why = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    return FormatError(f"{source} is no whole Parquet file ({why}); leave it out, or mend it.")
