"""LiteLLM spend logs as exchange log."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.hunt.log.made import START_US
from wiretell.errors import FormatError
from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.log.reading import look
from wiretell.model.hunt import EvidenceKind

CONVERSATIONS = 4


def spend(at: int) -> dict[str, Any]:
    """Two turns of four conversations of two keys: two blocks of system part, then one a turn, and a partial one."""
    conversation, turn = at % CONVERSATIONS, at // CONVERSATIONS
    blocks = ["sys-1", "sys-2", *(f"c{conversation}-{n}" for n in range(turn + 1)), f"partial-{at}"]
    return {
        "request_id": f"chatcmpl-{at}",
        "call_type": "acompletion",
        "api_key": f"key-{conversation % 2}",
        "spend": 0.1,
        "startTime": f"2026-06-21T00:{at:02d}:00.000Z",
        "endTime": f"2026-06-21T00:{at:02d}:05.000Z",
        "prompt_tokens": 100 + at,
        "completion_tokens": at,
        "model": "vendor/model-1",
        "model_group": "model-1",
        "team_id": "team-1" if conversation == 0 else None,
        "session_id": f"session-{at}",
        "requester_ip_address": "203.0.113.9",
        "request_tags": ["User-Agent: some-cli", "User-Agent: some-cli/1.2 (x)"],
        "status": "failure" if at == 3 else "success",
        "metadata": {
            "user_api_key_org_id": "org-1" if conversation == 1 else None,
            "prefix_block_hashes": blocks,
            "error_information": {"error_code": "429"} if at == 3 else None,
        },
    }


ROWS = [spend(at) for at in range(2 * CONVERSATIONS)]


def as_lines(folder: Path) -> Path:
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return folder / "a.jsonl"


def as_document(folder: Path) -> Path:
    (folder / "a.json").write_text(json.dumps(ROWS, indent=1))
    return folder / "a.json"


def as_texts() -> list[dict[str, Any]]:
    nested = ("metadata", "request_tags")
    return [{k: json.dumps(v) if k in nested else v for k, v in row.items()} for row in ROWS]


def as_csv(folder: Path) -> Path:
    with (folder / "a.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(ROWS[0]))
        writer.writeheader()
        writer.writerows(as_texts())
    return folder / "a.csv"


def as_parquet(folder: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(as_texts()), folder / "a.parquet")
    return folder / "a.parquet"


def as_nested_parquet(folder: Path) -> Path:
    table = pa.Table.from_pylist(ROWS)
    at = table.schema.names.index("startTime")
    stamps = pa.array([START_US // 1000 + n * 60_000 for n in range(len(ROWS))], pa.timestamp("ms"))
    pq.write_table(table.set_column(at, "startTime", stamps), folder / "b.parquet")
    return folder / "b.parquet"


@pytest.mark.parametrize("write", [as_lines, as_document, as_csv, as_parquet, as_nested_parquet])
def test_every_dump_gives_the_same_exchanges(duck: DuckEngine, tmp_path: Path, write: Any) -> None:
    log = look([write(tmp_path)])
    assert log.form == "litellm"
    duck.read(log)
    found = duck.fetch("SELECT * FROM exchange ORDER BY ts").to_pylist()
    assert [row["ts"] for row in found] == [START_US + at * 60_000_000 for at in range(len(ROWS))]
    assert [row["account"] for row in found] == ["key-0", "key-1"] * 4
    assert [row["org"] for row in found] == ["team-1", "org-1", None, None] * 2
    assert [row["status"] for row in found] == [200, 200, 200, 429, 200, 200, 200, 200]
    assert {row["ip"] for row in found} == {"203.0.113.9"}
    assert {(row["client"], row["client_version"]) for row in found} == {("some-cli", "1.2")}
    assert {row["model"] for row in found} == {"model-1"}
    assert [(row["input_tokens"], row["output_tokens"]) for row in found] == [(100 + at, at) for at in range(8)]
    assert {row["system_block"] for row in found} == {"sys-1"}
    assert [row["chain"] for row in found] == [f"c{at % CONVERSATIONS}-0" for at in range(8)]


def test_the_lost_columns_of_a_spend_log(tmp_path: Path) -> None:
    lost = {kind for one in look([as_lines(tmp_path)]).lost for kind in one.lost}
    assert lost == {
        EvidenceKind.PAYMENT,
        EvidenceKind.HEADERS,
        EvidenceKind.TEMPLATE,
        EvidenceKind.LIFECYCLE,
        EvidenceKind.TIMING,
    }


@pytest.mark.parametrize(
    "metadata",
    [
        {"prefix_block_hashes": {"hash_ids": ["a", "b"], "block_size": 512}},
        {"spend_logs_metadata": {"prefix_block_hashes": ["a", "b"]}},
        json.dumps({"prefix_block_hashes": ["a", "b"]}),
    ],
)
def test_hashes_stand_in_several_places(duck: DuckEngine, tmp_path: Path, metadata: Any) -> None:
    row = ROWS[0] | {"metadata": metadata}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    duck.read(look([tmp_path / "a.jsonl"]))
    assert duck.fetch("SELECT system_block, chain FROM exchange").to_pylist() == [
        {"system_block": "a", "chain": "session-0"}
    ], "nothing tells a conversation from one prompt"


@pytest.mark.parametrize("metadata", [None, "", "{", "null", [], 7])
def test_rows_without_metadata_are_read(duck: DuckEngine, tmp_path: Path, metadata: Any) -> None:
    row = ROWS[2] | {"metadata": metadata, "request_tags": metadata}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n" + '{"torn": ')
    duck.read(look([tmp_path / "a.jsonl"]))
    (found,) = duck.fetch("SELECT account, org, client, chain FROM exchange").to_pylist()
    assert found == {"account": "key-0", "org": None, "client": None, "chain": "session-2"}


def test_a_document_without_an_end(duck: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(ROWS)[:-30])
    with pytest.raises(FormatError, match="The log cannot be read"):
        duck.read(look([tmp_path / "a.json"]))
