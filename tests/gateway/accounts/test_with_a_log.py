"""Statement and export of a log that the gateway's own recorder wrote."""

from __future__ import annotations

import asyncio
import json
import zipfile
from pathlib import Path

import pytest

from tests.gateway.accounts.test_evidence import keys
from tests.gateway.log import talk
from wiretell.cli import run
from wiretell.gateway.accounts.periods import moment
from wiretell.gateway.log import Store
from wiretell.gateway.log.recorder import ProcessRecorder
from wiretell.gateway.tables.rows import rows
from wiretell.model.exchange import LedgerEntry

MARKED = "Today\u02bcs date is 2026-07-10."
REMINDER = f"<system-reminder>\nContext:\n# currentDate\n{MARKED}\n</system-reminder>\n"


def body(text: str) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": text}]}, ensure_ascii=False).encode()


async def record(folder: Path) -> str:
    """Record an exchange with an edit, of one user, and one of another; return the first's id and period."""
    recorder = ProcessRecorder(talk.settings(folder))
    await recorder.start()
    mine = talk.opening(body(REMINDER + "Fix the parser."), "dev-017", cost_usd=0.25, price_table="t 1")
    recorder.begin(mine)
    sent = mine.body.replace("\u02bc".encode(), b"'")
    at = mine.body.index("\u02bc".encode())
    edit = LedgerEntry(
        mine.row.exchange_id, "/messages/0/content", at, "\u02bc", "'", "strip_marks:date-line:apostrophe"
    )
    recorder.part(mine.row.exchange_id, b'{"answer":1}')
    await recorder.end(talk.closing(mine, b'{"answer":1}', sent, (edit,)))
    other = talk.opening(body("Not mine."), "dev-018")
    recorder.begin(other)
    await recorder.end(talk.closing(other, b""))
    await recorder.stop()
    return mine.row.exchange_id


def test_what_was_recorded_is_told_and_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exchange_id = asyncio.run(record(tmp_path))
    log = tmp_path / "log"
    out = tmp_path / "appeal.zip"
    mine, other = rows(log)
    assert (mine.exchange_id, mine.prompt, mine.marks) == (
        exchange_id,
        f"{REMINDER}Fix the parser.",
        ("date-line:labKw",),
    )
    assert other.prompt == "Not mine."
    day = ["--log", str(log), "--user", "dev-017", "--period", moment(mine.ts).date().isoformat(), "--format", "json"]
    assert run(["gateway", "statement", *day]) == 0
    statement = json.loads(capsys.readouterr().out)
    assert statement["total"]["usd"] == "0.250000"
    private, public = keys(tmp_path)
    assert run(["gateway", "evidence", *day, "--key", private, "--output", str(out)]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["exchanges"], made["bodies"], made["edits"]) == (1, 1, 1)
    assert made["head"] == statement["head"] != ""
    assert run(["gateway", "evidence", "--verify", str(out), "--public-key", public]) == 0
    with zipfile.ZipFile(out) as archive:
        exchange = json.loads(archive.read("exchanges.jsonl"))
        assert json.loads(archive.read("ledger.jsonl"))["after"] == "'"
    assert exchange["request_body"]["text"].count("\u02bc") == 1
    assert exchange["sent_body"]["text"].count("\u02bc") == 0
    assert exchange["response_body"]["text"] == '{"answer":1}'
    assert "sk-ant" not in json.dumps(exchange)
    with Store(log) as store:
        assert store.check(exchange["chain"]).found
