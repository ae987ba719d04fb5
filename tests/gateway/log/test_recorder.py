"""The whole log: door's side, writer's process, reader."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard

from tests.gateway.log import talk
from wiretell import cli
from wiretell.cli.gateway import check as check_command
from wiretell.cli.gateway import erase as erase_command
from wiretell.cli.gateway import rebuild as rebuild_command
from wiretell.errors import UsageError
from wiretell.gateway.log import ErasedError, Opening, ProcessRecorder, Store
from wiretell.model.exchange import LedgerEntry

SECRET = "sk-ant-api03-" + "Zz09" * 10
Work = Callable[[ProcessRecorder], Coroutine[Any, Any, None]]


def record(folder: Path, work: Work, **given: Any) -> ProcessRecorder:
    """Let a recorder work, and stop it."""

    async def whole() -> ProcessRecorder:
        recorder = ProcessRecorder(talk.settings(folder, **given))
        await recorder.start()
        try:
            await work(recorder)
        finally:
            await recorder.stop()
        return recorder

    return asyncio.run(whole())


async def exchange(recorder: ProcessRecorder, begun: Opening, response: bytes = b"{}", **given: Any) -> str:
    recorder.begin(begun)
    for at in range(0, len(response), 1000):
        recorder.part(begun.row.exchange_id, response[at : at + 1000])
    await recorder.end(talk.closing(begun, response, **given))
    return begun.row.exchange_id


def run(module: Any, arguments: list[str]) -> int:
    """Call a subcommand as `wiretell gateway` does."""
    parser = cli.build_parser("marks")
    module.add_to(next(a for a in parser._actions if a.dest == "command"))
    options = parser.parse_args(arguments)
    code: int = options.call(options)
    return code


def table_ids(folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in (folder / "log").glob("*/*.parquet"):
        found.update(pq.read_table(path, columns=["exchange_id"])["exchange_id"].to_pylist())
    return found


def test_a_conversation_comes_back_and_is_small(tmp_path: Path) -> None:
    """100 turns, 20 KB to 200 KB: at most a twentieth of the raw bytes, tables included."""
    talking, chance = talk.Conversation(step=1300), random.Random(2)
    there: dict[str, tuple[bytes, bytes]] = {}

    async def work(recorder: ProcessRecorder) -> None:
        for _ in range(100):
            body, response = talking.turn(), talk.stream(chance, 1000)
            there[await exchange(recorder, talk.opening(body), response)] = body, response

    record(tmp_path, work)
    raw = sum(len(body) + len(response) for body, response in there.values())
    stored = sum(path.stat().st_size for path in (tmp_path / "log").rglob("*") if path.is_file())
    assert stored * 20 < raw
    with Store(tmp_path / "log") as store:
        for number, (exchange_id, (body, response)) in enumerate(there.items()):
            if number % 7 == 0:
                found = store.exchange(exchange_id)
                assert (found.request_body, found.sent_body, found.response_body) == (body, body, response)
                assert found.whole("request")
        assert store.check().exchanges == 100
    assert table_ids(tmp_path) == Counter(list(there))


def test_every_kind_of_body_comes_back(tmp_path: Path) -> None:
    plain = talk.Conversation(start=3000).turn()
    bodies = {
        "zstd": zstandard.ZstdCompressor(level=3).compress(plain),
        "gzip": gzip.compress(plain, 4),
        "br": b"not brotli at all",
        "": b"",
    }
    found: dict[str, str] = {}
    anew, upstream = b'{"translated":true}', b'{"other":1}'

    async def work(recorder: ProcessRecorder) -> None:
        for name, body in bodies.items():
            begun = talk.opening(body, content_encoding=name)
            found[name] = await exchange(recorder, begun, bytes(range(256)) * 3)
        begun = talk.opening(plain)
        response = gzip.compress(b'{"a":1}')
        found["anew"] = await exchange(
            recorder, begun, response, sent=anew, sent_body=anew, upstream_body=upstream,
            response_head=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip",
        )  # fmt: skip
        refused = talk.closing(talk.opening(b""), b"")
        await recorder.end(refused)
        found["refused"] = refused.row.exchange_id

    record(tmp_path, work)
    with Store(tmp_path / "log") as store:
        for name, body in bodies.items():
            stored = store.exchange(found[name])
            assert stored.request_body == stored.sent_body == body
            assert stored.response_body == bytes(range(256)) * 3
            assert not stored.lost
        stored = store.exchange(found["anew"])
        assert (stored.sent_body, stored.upstream_body, stored.response_text) == (anew, upstream, b'{"a":1}')
        assert (
            stored.request_head == talk.HEAD.replace(SECRET.encode(), b"") or b"x-api-key: ***" in stored.request_head
        )
        assert b"upstream.localhost" in stored.sent_head
        assert store.exchange(found["refused"]).row.status == 200


def test_edits_give_the_body_that_was_sent(tmp_path: Path) -> None:
    body = '{"messages":[{"role":"user","content":"Today’s date, café"}]}'.encode()
    at = body.index("’".encode())
    sent = body.replace("’".encode(), b"'")
    entry = LedgerEntry("", "/messages/0/content", at, "’", "'", "strip_marks:date-line:apostrophe")
    ids = []

    async def work(recorder: ProcessRecorder) -> None:
        ids.append(await exchange(recorder, talk.opening(body), sent=sent, edits=(entry,)))

    record(tmp_path, work)
    with Store(tmp_path / "log") as store:
        stored = store.exchange(ids[0])
    assert stored.request_body == body
    assert stored.sent_body == sent
    assert not stored.lost
    line = json.loads((tmp_path / "log/ledger.jsonl").read_text())
    assert line == {
        "exchange_id": ids[0], "path": "/messages/0/content", "offset": at, "before": "’", "after": "'",
        "rule": "strip_marks:date-line:apostrophe",
    }  # fmt: skip


def test_secrets_are_nowhere_and_said(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    talking = talk.Conversation(start=2000)
    ids: list[str] = []

    async def work(recorder: ProcessRecorder) -> None:
        body = talking.turn(extra=f"my key is {SECRET} ")
        for _ in range(2):  # the second time all blocks are known
            ids.append(await exchange(recorder, talk.opening(body), json.dumps({"text": SECRET}).encode()))  # noqa: PERF401
        ids.append(await exchange(recorder, talk.opening(talking.turn()), b"{}"))

    record(tmp_path, work)
    for path in (tmp_path / "log").rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes()
            assert oct(path.stat().st_mode)[-2:] == "00", path
    for path in (tmp_path / "log").glob("*/*.parquet"):
        assert SECRET not in str(pq.read_table(path)["prompt"].to_pylist())
    with Store(tmp_path / "log") as store:
        for exchange_id in ids:
            stored = store.exchange(exchange_id)
            places = [place for place in stored.redacted if place.part == "request"]
            assert [place.length for place in places] == [len(SECRET)]
            start = places[0].offset
            assert stored.request_body[start - 10 : start + len(SECRET)] == b"my key is " + b"*" * len(SECRET)
            assert json.loads(stored.request_body)
        assert not stored.whole("request")
    arguments = ["rebuild", "--log", str(tmp_path / "log"), ids[0]]
    with pytest.raises(Exception, match=r"53 bytes at .* .anthropic-key.*--redacted") as error:
        run(rebuild_command, arguments)
    assert getattr(error.value, "exit_code", None) == 3
    assert run(rebuild_command, [*arguments, "--redacted"]) == 0
    assert b"my key is ***" in capsysbinary.readouterr().out


def test_what_cannot_be_searched_or_keeps_its_coding_is_said(tmp_path: Path) -> None:
    ids: list[str] = []
    told = json.dumps({"text": SECRET}).encode()

    async def work(recorder: ProcessRecorder) -> None:
        ids.append(await exchange(recorder, talk.opening(b"not brotli at all", content_encoding="br")))
        for upstream in (gzip.compress(told), zstandard.compress(told), told, b"\xff\x00 no coding", b""):
            begun = talk.opening(b"{}")
            ids.append(await exchange(recorder, begun, upstream_body=upstream))

    record(tmp_path, work)
    for path in (tmp_path / "log").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()
    with Store(tmp_path / "log") as store:
        found = [store.exchange(exchange_id) for exchange_id in ids]
    assert [" ".join(stored.row.warnings)[:30] for stored in found] == [
        "The request's content coding c",
        *["The upstream's response held a"] * 2,
        "",
        "The upstream's response's cont",
        "",
    ]
    assert {found[n].upstream_body for n in (1, 2, 3)} == {told.replace(SECRET.encode(), b"*" * len(SECRET))}
    assert found[4].upstream_body == b"\xff\x00 no coding"


def test_hashes_that_the_door_leaves_out_are_made(tmp_path: Path) -> None:
    talking = talk.Conversation(start=3000)
    bodies = [talking.turn() for _ in range(3)]
    bodies += [bodies[0], b"", gzip.compress(bodies[0])]
    ids: list[str] = []

    async def work(recorder: ProcessRecorder) -> None:
        for body in bodies:
            coding = "gzip" if body.startswith(b"\x1f") else ""
            begun = talk.opening(body, content_encoding=coding)
            begun = dataclasses.replace(begun, row=dataclasses.replace(begun.row, request_sha256=""))
            recorder.begin(begun)
            ended = talk.closing(begun, b"")
            await recorder.end(dataclasses.replace(ended, row=dataclasses.replace(ended.row, sent_sha256="")))
            ids.append(begun.row.exchange_id)

    record(tmp_path, work)
    with Store(tmp_path / "log") as store:
        for exchange_id, body in zip(ids, bodies, strict=True):
            stored = store.exchange(exchange_id)
            assert stored.row.request_sha256 == stored.row.sent_sha256 == hashlib.sha256(body).hexdigest()
            assert not stored.lost


def test_an_erased_user_is_gone_and_the_chain_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit = LedgerEntry("", None, 0, "{", "{", "strip_marks:test")
    ids: dict[str, str] = {}
    folder = tmp_path

    async def work(recorder: ProcessRecorder) -> None:
        for user in ("anna", "bert"):
            body = json.dumps({"messages": [{"role": "user", "content": f"I am {user}"}]}).encode()
            ids[user] = await exchange(recorder, talk.opening(body, user), edits=(edit,), sent=body)
        if folder.name == "running":
            arguments = ["erase", "--log", str(folder / "log"), "--user", "anna", "--yes"]
            assert await asyncio.to_thread(run, erase_command, arguments) == 0
            ids["again"] = await exchange(recorder, talk.opening(b"{}", "anna"))

    for name in ("running", "stopped"):
        folder = tmp_path / name
        folder.mkdir()
        record(folder, work)
        erase = ["erase", "--log", str(folder / "log"), "--user", "anna", "--yes", "--format", "json"]
        key = (folder / "log/store/keys/000001.key").read_bytes()
        assert run(erase_command, erase) == 0
        with Store(folder / "log") as store:
            with pytest.raises(ErasedError):
                store.exchange(ids["anna"])
            assert b"I am bert" in store.exchange(ids["bert"]).request_body
            assert store.check().broken == ()
        assert json.loads(key)["key"] == "" or json.loads(key)["key"] not in _all_bytes(folder)
        ledger = [json.loads(line) for line in (folder / "log/ledger.jsonl").read_text().splitlines()]
        assert [line["before"] for line in ledger] == ["", "{"]
        rows = [r for p in (folder / "log").glob("*/*.parquet") for r in pq.read_table(p).to_pylist()]
        assert {row["prompt"] for row in rows if row["exchange_id"] == ids["anna"]} == {None}
        assert run(check_command, ["check", "--log", str(folder / "log")]) == 0
    with pytest.raises(UsageError, match="nobody"):
        run(erase_command, ["erase", "--log", str(folder / "log"), "--user", "nobody", "--yes"])
    assert "erasure" not in capsys.readouterr().err


def _all_bytes(folder: Path) -> str:
    return "".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())


def test_two_gateways_do_not_share_a_folder(tmp_path: Path) -> None:
    async def work(_: ProcessRecorder) -> None:
        with pytest.raises(UsageError, match="in use by another gateway"):
            await ProcessRecorder(talk.settings(tmp_path)).start()

    record(tmp_path, work)
