"""`wiretell marks read LOG` reads a gateway's tables, and neither its store nor its ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.tables import samples
from tests.gateway.tables.test_derive import OWN, REMINDER, body, user
from wiretell.cli import run
from wiretell.gateway.tables.derive import BodyDeriver
from wiretell.gateway.tables.interface import Known
from wiretell.gateway.tables.writer import TableWriter
from wiretell.logs import sources


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with one marked exchange, and the mark once more in its store and its ledger."""
    data = body("anthropic-messages", [user("anthropic-messages", REMINDER, OWN)])
    row = samples.row(protocol="anthropic-messages")
    found = BodyDeriver().derive(row.protocol, row.client_version, data, Known())
    row = samples.with_derived(row, found[0] if found else None)
    tables = TableWriter(tmp_path / "log")
    tables.add(row)
    tables.flush()
    for name, content in (("wiretell-store.json", b"{}"), ("2026-07-10/000001.seg", data)):
        path = tmp_path / "log" / "store" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content)
    (tmp_path / "log" / "ledger.jsonl").write_bytes(data + b"\n")
    return tmp_path / "log"


def read(log: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run(["marks", "read", str(log), "--format", "json"]) == 1
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_each_mark_is_read_once_and_what_is_left_out_is_said(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = read(log, capsys)
    assert [(mark["scheme"], mark["state"], mark["where"]["column"]) for mark in document["marks"]] == [
        ("date-line", "labKw", "prompt")
    ]
    assert [source["form"] for source in document["sources"]] == ["parquet"]
    whys = [item["why"] for item in document["not_examined"] if item["what"] == str(log)]
    assert whys == ["a gateway's own records: its tables are read in their stead (ledger.jsonl, store)"]


def test_a_folder_of_that_name_without_the_marker_is_read(log: Path) -> None:
    (log / "store" / "wiretell-store.json").unlink()
    names = [str(Path(path).relative_to(log)) for path in sources([str(log)])]
    assert names[0] == "ledger.jsonl"
    assert names[-1] == "store/2026-07-10/000001.seg"
