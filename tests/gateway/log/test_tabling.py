"""Rows on their way to tables, by processes that may fail or be killed."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from tests.gateway.log import talk
from wiretell.errors import UsageError
from wiretell.gateway.log.aside import Aside
from wiretell.gateway.log.journal import Place
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.records import row_values
from wiretell.gateway.log.tabling import Tabling
from wiretell.gateway.tables.writer import TableWriter


class Killed(TableWriter):
    """Ends without a word once its rows are written."""

    def flush(self) -> None:
        super().flush()
        os.kill(os.getpid(), signal.SIGKILL)


class Full(TableWriter):
    def flush(self) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("first", [Killed, Full])
def test_rows_are_written_once_whatever_becomes_of_the_process(
    first: type[TableWriter], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path)
    layout.make()
    kinds: list[type[TableWriter]] = [first, TableWriter]
    tabling = Tabling(layout, lambda: kinds[0](tmp_path))
    ids = [talk.uuid7() for _ in range(3)]
    for number, exchange_id in enumerate(ids[:2]):
        row = talk.opening(b"{}", exchange_id=exchange_id).row
        tabling.add(msgspec.msgpack.encode(row_values(row)), Place("2026-07-10", 1, number))
    with pytest.raises(OSError, match=r"ended before|No space"):
        tabling.call(lambda _: 0)
    assert tabling.failing
    assert not layout.flushed.exists()
    del kinds[0]
    row = talk.opening(b"{}", exchange_id=ids[2]).row
    tabling.add(msgspec.msgpack.encode(row_values(row)), Place("2026-07-10", 1, 2))
    assert tabling.call(lambda tables: len(tables.days())) == 1
    assert tabling.failing == ""
    found = [each for path in tmp_path.glob("*/*.parquet") for each in pq.read_table(path)["exchange_id"].to_pylist()]
    assert Counter(found) == Counter(ids)
    assert msgspec.json.decode(layout.flushed.read_bytes(), type=Place).offset == 2
    assert capfd.readouterr().err.count("rows wait") == 1


def test_what_a_process_finds_comes_back_whole() -> None:
    assert Aside.started(lambda: ["x" * 100] * 5000).result() == ["x" * 100] * 5000

    def refuse() -> int:
        raise UsageError("no.")

    with pytest.raises(UsageError, match=r"no\."):
        Aside.started(refuse).result()
    with pytest.raises(OSError, match="ended before"):
        Aside.started(lambda: os._exit(3)).result()


def test_a_process_has_no_open_file_of_the_writer(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as file:
        handle = file.fileno()

        def holds() -> bool:
            try:
                os.fstat(handle)
            except OSError:
                return False
            return True

        assert Aside.started(holds).result() is False
