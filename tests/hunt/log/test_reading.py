"""What a log may look like, and what is said of it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.hunt.log.made import START_US, lines, parquet, rows
from wiretell.errors import FormatError, UsageError
from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.log.interface import COLUMNS
from wiretell.hunt.log.reading import look
from wiretell.model.hunt import EvidenceKind

ALL = "SELECT * FROM exchange ORDER BY ts, exchange_id"


def exchanges(duck: DuckEngine, *paths: Path) -> list[dict[str, Any]]:
    duck.read(look(paths))
    found: list[dict[str, Any]] = duck.fetch(ALL).to_pylist()
    return found


def test_a_parquet_log_gives_the_columns_of_the_view(duck: DuckEngine, tmp_path: Path) -> None:
    log = look([parquet(tmp_path / "a.parquet", rows(3))])
    duck.read(log)
    table = duck.fetch(ALL)
    assert table.schema.names == list(COLUMNS)
    assert (log.form, log.rows, log.lost) == ("parquet", 3, ())
    first = table.to_pylist()[0]
    assert (first["ts"], first["day"], first["hour"]) == (
        START_US,
        START_US // 86_400_000_000,
        START_US // 3_600_000_000,
    )
    assert (first["system_block"], first["chain"], first["depth"]) == ("sys", "conv-0", 3)
    assert first["input_tokens"] == 15, "cached tokens are input too"
    assert first["account_created"] == START_US - 86_400_000_000


def test_json_lines_and_parquet_are_one_log(duck: DuckEngine, tmp_path: Path) -> None:
    assert exchanges(duck, lines(tmp_path / "a.jsonl", rows())) == exchanges(
        duck, parquet(tmp_path / "a.parquet", rows())
    )


@pytest.mark.parametrize(
    "spelled",
    [
        lambda ts: ts // 1_000_000,
        lambda ts: ts // 1000,
        lambda ts: ts,
        lambda ts: ts * 1000,
        lambda ts: str(ts // 1000),
        lambda ts: ts / 1_000_000,
        lambda ts: "2026-06-21T02:00:00.000000+02:00",
        lambda ts: "2026-06-21T00:00:00Z",
        lambda ts: "2026-06-21 00:00:00",
    ],
)
def test_times_come_in_every_unit(duck: DuckEngine, tmp_path: Path, spelled: Any) -> None:
    for file in (
        lines(tmp_path / "a.jsonl", [{"exchange_id": "1", "account": "a", "ts": spelled(START_US)}]),
        tmp_path / "b.parquet",
    ):
        if file.suffix == ".parquet":
            pq.write_table(pa.table({"exchange_id": ["1"], "account": ["a"], "ts": [spelled(START_US)]}), file)
        assert [row["ts"] for row in exchanges(duck, file)] == [START_US]


@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.timestamp("ms", tz="UTC"), pa.timestamp("ns"), pa.date32()])
def test_timestamps_of_other_types(duck: DuckEngine, tmp_path: Path, kind: Any) -> None:
    stamp = pa.array([START_US], pa.timestamp("us")).cast(kind)
    pq.write_table(pa.table({"exchange_id": ["1"], "account": ["a"], "ts": stamp}), tmp_path / "a.parquet")
    assert [row["ts"] for row in exchanges(duck, tmp_path)] == [START_US]


def test_columns_of_other_types_are_cast(duck: DuckEngine, tmp_path: Path) -> None:
    table = pa.table(
        {
            "exchange_id": pa.array([7], pa.int64()),
            "account": pa.array([b"a"], pa.binary()),
            "ts": [START_US],
            "status": ["429"],
            "output_tokens": pa.array([3.0]),
            "tool_calls": ["many"],
            "asn": pa.array([2**40], pa.int64()),
            "template": ['["x", "y"]'],
            "prefix_blocks": pa.array([[1, 2]], pa.list_(pa.int32())),
            "model": pa.array(["m"]).dictionary_encode(),
            "client": pa.array([None], pa.null()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    (row,) = exchanges(duck, tmp_path)
    assert (row["exchange_id"], row["account"], row["model"], row["client"]) == ("7", "a", "m", None)
    assert (row["status"], row["output_tokens"], row["tool_calls"], row["asn"]) == (429, 3, None, None)
    assert (row["template"], row["system_block"], row["chain"]) == (["x", "y"], "1", "2")


def test_files_with_other_columns_are_put_together_by_name(duck: DuckEngine, tmp_path: Path) -> None:
    narrow = [{"account": row["account"], "ts": row["ts"], "exchange_id": row["exchange_id"]} for row in rows(2)]
    parquet(tmp_path / "2026-06-21" / "a.parquet", rows(5)[2:])
    parquet(tmp_path / "2026-06-22" / "b.parquet", narrow)
    found = exchanges(duck, tmp_path)
    assert [row["exchange_id"] for row in found] == [row["exchange_id"] for row in rows(5)]
    assert [row["payment"] for row in found] == [None, None, "card-0", "card-1", "card-0"]


def test_a_gateways_own_files_and_hidden_ones_are_passed_over(tmp_path: Path) -> None:
    good = parquet(tmp_path / "2026-06-21" / "part-1.parquet", rows(2))
    parquet(tmp_path / ".tables" / "x" / "part-2.parquet", rows(2))
    parquet(tmp_path / "store" / "part-3.parquet", rows(2))
    (tmp_path / "ledger.jsonl").write_text('{"exchange_id": "1"}\n')
    (tmp_path / "settings.json").write_text("{}")
    assert look([tmp_path]).files == (good,)


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    file = parquet(tmp_path / "d" / "a.parquet", rows(2))
    log = look([tmp_path, file, tmp_path / "d" / ".." / "d" / "*.parquet"])
    assert log.rows == 2


def test_names_that_are_globs_to_an_engine(duck: DuckEngine, tmp_path: Path) -> None:
    parquet(tmp_path / "it's [1]*?.parquet", rows(2))
    parquet(tmp_path / "it's 1.parquet", rows(3))
    assert len(exchanges(duck, tmp_path / "it's [1]*?.parquet")) == 2
    assert len(exchanges(duck, lines(tmp_path / "a[b].jsonl", rows(4)))) == 4


def test_the_fallbacks_of_conversations(duck: DuckEngine, tmp_path: Path) -> None:
    base: dict[str, Any] = {"account": "a", "exchange_id": "1", "template": ["t"]}
    cases: list[tuple[list[str], str | None, str | None, str | None]] = [
        (["s", "c", "d"], "s", "s", "c"),
        (["c"], None, None, "c"),
        ([], "s", "s", "session"),
        (["s"], "s", "s", "session"),
        (["tools", "c"], None, "tools", "c"),
    ]
    data = [
        base | {"ts": START_US + at, "prefix_blocks": blocks, "system_hash": system, "session": "session"}
        for at, (blocks, system, _, _) in enumerate(cases)
    ]
    found = exchanges(duck, parquet(tmp_path / "a.parquet", data))
    assert [(row["system_block"], row["chain"]) for row in found] == [(system, chain) for *_, system, chain in cases]


def test_without_system_hash_a_single_block_is_the_system_part(duck: DuckEngine, tmp_path: Path) -> None:
    data = [{"account": "a", "exchange_id": "1", "ts": START_US, "prefix_blocks": ["x"], "session": "s"}]
    (row,) = exchanges(duck, parquet(tmp_path / "a.parquet", data))
    assert (row["system_block"], row["chain"], row["depth"]) == ("x", "s", 1)


def test_only_exchanges_that_generate_count_where_the_log_says(duck: DuckEngine, tmp_path: Path) -> None:
    data = rows(4)
    for row, operation in zip(data, ("generate", "count_tokens", "", None), strict=True):
        row["operation"] = operation
    found = exchanges(duck, parquet(tmp_path / "a.parquet", data))
    assert [row["exchange_id"] for row in found] == [data[at]["exchange_id"] for at in (0, 2, 3)]


def test_empty_texts_are_null_and_rows_without_account_are_out(duck: DuckEngine, tmp_path: Path) -> None:
    data = rows(3)
    data[0]["account"], data[1]["ip"] = "", ""
    data[2]["ts"] = None
    found = exchanges(duck, parquet(tmp_path / "a.parquet", data))
    assert [(row["account"], row["ip"]) for row in found] == [("acct-1", None)]


def test_a_client_is_told_by_its_user_agent_where_the_log_names_none(duck: DuckEngine, tmp_path: Path) -> None:
    data = [{"account": "a", "exchange_id": "1", "ts": START_US, "user_agent": "Some-CLI/2.1.0 (external, cli)"}]
    file = parquet(tmp_path / "a.parquet", data)
    (row,) = exchanges(duck, file)
    assert (row["client"], row["client_version"]) == ("some-cli", "2.1.0")
    assert "column client" not in [one.what for one in look([file]).lost]


# -------------------------------------------------------------------- what is lost


def test_missing_and_empty_columns_lose_evidence(tmp_path: Path) -> None:
    data = rows(2)
    for row in data:
        del row["payment"], row["status"], row["tz"]
        row["account_created"] = None
    table = pa.Table.from_pylist(data)
    table = table.set_column(
        table.schema.names.index("account_created"), "account_created", pa.array([None, None], pa.timestamp("us"))
    )
    pq.write_table(table, tmp_path / "a.parquet")
    lost = {one.what: (one.why, one.lost) for one in look([tmp_path]).lost}
    assert lost == {
        "column payment": ("the log lacks it", (EvidenceKind.PAYMENT,)),
        "column account_created": ("no row has a value", (EvidenceKind.LIFECYCLE,)),
        "column status": ("the log lacks it", (EvidenceKind.FAILOVER,)),
        "column tz": ("the log lacks it", (EvidenceKind.TIMING,)),
    }


def test_lists_without_a_value_and_organisations_that_are_not_told(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(rows(3))
    for name in ("template", "prefix_blocks"):
        nulls = pa.nulls(3, pa.list_(pa.string()))
        place = table.schema.names.index(name) if name in table.schema.names else table.num_columns
        table = table.drop([name] if name in table.schema.names else []).add_column(min(place, 1), name, nulls)
    for data, why in (
        (table.drop(["org"]), "the log lacks it"),
        (table.drop(["org"]).append_column("org", pa.nulls(3, pa.string())), "no row has a value"),
    ):
        pq.write_table(data.drop([n for n in ("system_hash",) if n in data.schema.names]), tmp_path / "a.parquet")
        lost = {one.what: one.why for one in look([tmp_path]).lost}
        assert lost["column template"] == lost["column prefix_blocks"] == "no row has a value"
        assert lost["column org"].startswith(why)


@pytest.mark.parametrize("keep", [0, 4, 100, -5])
def test_a_truncated_file_is_told_and_passed_over(duck: DuckEngine, tmp_path: Path, keep: int) -> None:
    good = parquet(tmp_path / "a.parquet", rows(2))
    (tmp_path / "b.parquet").write_bytes(good.read_bytes()[:keep])
    log = look([tmp_path])
    (told,) = log.lost
    assert told.what == f"file {tmp_path / 'b.parquet'}"
    assert "its rows are unknown" in told.why
    assert len(exchanges(duck, tmp_path)) == 2


def test_many_broken_files_are_told_in_few_lines(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", rows(2))
    for number in range(15):
        (tmp_path / f"b{number}.parquet").write_bytes(b"PAR1")
    lost = look([tmp_path]).lost
    assert len(lost) == 11
    assert lost[-1].what == "5 more files"


def test_a_torn_line_is_a_row_without_anything(duck: DuckEngine, tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", rows(3))
    file.write_text(file.read_text()[:-20] + "\n[1, 2]\n")
    assert len(exchanges(duck, file)) == 2
    assert duck.fetch("SELECT COUNT(*) AS n FROM exchange_told").to_pylist() == [{"n": 4}]


def test_gzipped_lines(duck: DuckEngine, tmp_path: Path) -> None:
    text = lines(tmp_path / "a.jsonl", rows(3)).read_bytes()
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(text))
    assert len(exchanges(duck, tmp_path / "b.jsonl.gz")) == 3


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_an_empty_log_has_no_rows(duck: DuckEngine, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name == "a.parquet":
        pq.write_table(parquet_schema().empty_table(), file)
    else:
        file.touch()
    log = look([file])
    assert (log.rows, log.notes) == (0, ("The log has no rows.",))
    duck.read(log)
    assert duck.fetch("SELECT * FROM exchange").num_rows == 0


def parquet_schema() -> Any:
    return pa.schema([("exchange_id", pa.string()), ("account", pa.string()), ("ts", pa.timestamp("us", tz="UTC"))])


# -------------------------------------------------------------------- bad input


def test_without_an_account_or_a_time_there_is_no_log(tmp_path: Path) -> None:
    pq.write_table(pa.table({"exchange_id": ["1"], "ts": [START_US]}), tmp_path / "a.parquet")
    with pytest.raises(FormatError, match=r"a\.parquet is no exchange log: it has no column account; docs"):
        look([tmp_path])
    (tmp_path / "b.jsonl").write_text('{"exchange_id": "1"}\n')
    with pytest.raises(FormatError, match="it has no column account or ts"):
        look([tmp_path / "b.jsonl"])


def test_only_files_with_an_account_and_a_time_are_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"account": ["1"], "honest": [True]}), tmp_path / "truth.parquet")
    good = parquet(tmp_path / "a.parquet", rows(2))
    log = look([tmp_path])
    assert log.files == (good,)
    assert "it has no column ts" in log.lost[-1].why


def test_forms_are_not_mixed(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", rows(2))
    lines(tmp_path / "b.jsonl", rows(2))
    with pytest.raises(FormatError, match=r"mixes forms, JSON lines \(.*b.jsonl\) and Parquet \(.*a.parquet\)"):
        look([tmp_path])


def test_spend_logs_and_exchange_logs_are_not_mixed(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", rows(2))
    lines(tmp_path / "b.jsonl", [{"request_id": "1", "startTime": "2026-06-21", "api_key": "k"}])
    with pytest.raises(FormatError, match=r"b\.jsonl is a LiteLLM spend log, .*a\.jsonl is not"):
        look([tmp_path])


@pytest.mark.parametrize("where", ["nothing", "empty", "*.nothing"])
def test_nothing_to_read(tmp_path: Path, where: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError) as raised:
        look([tmp_path / where])
    assert raised.value.exit_code == 2
    assert where in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 40 + b"PAR1", b"hello"])
def test_a_file_that_is_no_parquet(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.parquet is no exchange log"):
        look([tmp_path])


@pytest.mark.parametrize("content", ["hello\n", "1\n2\n", "[]\n", '{"a": \n'])
def test_lines_that_are_no_rows(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(FormatError, match="no line of it is a JSON object"):
        look([tmp_path / "a.jsonl"])


def test_a_document_that_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"account": "a", "ts": 1}]))
    with pytest.raises(FormatError, match="no dump of LiteLLM_SpendLogs"):
        look([tmp_path / "a.json"])
    (tmp_path / "b.bin").write_bytes(b"\x7fELF")
    with pytest.raises(FormatError, match="no log that can be read"):
        look([tmp_path / "b.bin"])


def test_a_file_that_went_away_is_told(duck: DuckEngine, tmp_path: Path) -> None:
    log = look([parquet(tmp_path / "a.parquet", rows(2))])
    duck.read(log)
    (tmp_path / "a.parquet").unlink()
    with pytest.raises(FormatError, match="The log cannot be read"):
        duck.fetch(ALL)


def test_a_file_broken_within_is_told(duck: DuckEngine, tmp_path: Path) -> None:
    file = parquet(tmp_path / "a.parquet", rows(500))
    data = bytearray(file.read_bytes())
    data[4 : len(data) // 3] = b"\xff" * (len(data) // 3 - 4)
    file.write_bytes(bytes(data))
    parquet(tmp_path / "0.parquet", rows(5))
    duck.read(look([tmp_path]))
    with pytest.raises(FormatError, match="The log cannot be read") as told:
        duck.fetch(ALL)
    assert str(file) in str(told.value) and "leave" in str(told.value) and str(told.value).count("\n") == 0
