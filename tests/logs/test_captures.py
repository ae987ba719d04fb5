"""Saved captures are read exchange by exchange."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.logs.fakes import read_files, whys
from wiretell.capture import store
from wiretell.model.capture import Capture, Exchange, Process, Request
from wiretell.model.marks import Origin
from wiretell.model.world import World

_AGENT = (b"User-Agent", b"claude-cli/2.1.91 (external, sdk-cli)")
_PROCESS = Process(0, None, False, b"", b"", 0, 0, 1.0, 1.0)


def _exchange(body: bytes, *headers: tuple[bytes, bytes], complete: bool = True) -> Exchange:
    request = Request("HTTP/1.1", "POST", "/v1/messages?beta=true", (_AGENT, *headers), body)
    return Exchange(0, request, 3.0, 3.1, 200, kind="model", complete=complete)


def _store(folder: Path, *runs: tuple[Exchange, ...], dropped: int = 0) -> Path:
    captures = [
        Capture(n, World(()), "array", "2026-11-21T23:59:58.000Z", _PROCESS, exchanges, bytes_dropped=dropped)
        for n, exchanges in enumerate(runs)
    ]
    store.save(folder / "saved", captures, {})
    return folder / "saved"


def test_every_exchange_is_a_record(tmp_path: Path) -> None:
    body = json.dumps({"metadata": {"user_id": "u"}, "messages": ["MARK"]}).encode()
    packed = _exchange(gzip.compress(body), (b"Content-Encoding", b"gzip"))
    folder = _store(tmp_path, (_exchange(b"none"), _exchange(b"")), (packed,))
    result = read_files(folder)
    (found,) = result.found
    assert (found.where.record, found.where.request) == (3, "run 1, POST /v1/messages?beta=true")
    assert found.mark.path == "/messages/0"
    assert found.origin == Origin("u", "claude-cli", "2.1.91", "2026-11-22")  # three seconds after the run began
    assert (result.sources[0].form, result.sources[0].records) == ("captures", 3)


def test_a_websocket_message_is_a_record(tmp_path: Path) -> None:
    message = Exchange(0, Request("HTTP/1.1", "WS", "/v1/responses", (), b'{"input": "MARK"}'), 1.0, 1.0, 200)
    (found,) = read_files(_store(tmp_path, (message,))).found
    assert (found.where.request, found.mark.path) == ("run 0, WS /v1/responses", "/input")


def test_keys_in_targets_are_not_told(tmp_path: Path) -> None:
    request = Request("HTTP/1.1", "POST", "/v1beta/models/m:generate?key=SECRET&alt=sse", (), b"MARK")
    (found,) = read_files(_store(tmp_path, (Exchange(0, request, 1.0, 1.0, 200),))).found
    assert found.where.request == "run 0, POST /v1beta/models/m:generate?key=***&alt=sse"


def test_what_is_not_whole_is_said(tmp_path: Path) -> None:
    odd = _exchange(b"MARK", (b"Content-Encoding", b"br"))
    cut = _exchange(b"MARK", complete=False)
    result = read_files(_store(tmp_path, (odd, cut), dropped=5))
    assert result.total == 2
    said = " ".join(whys(result))
    assert "br" in said and "broke off" in said and "did not keep" in said


def test_a_damaged_store_is_said_and_the_rest_read(tmp_path: Path) -> None:
    folder = _store(tmp_path, (_exchange(b"MARK"),))
    (folder / "runs" / "0000.run").write_bytes(b"?")
    other = tmp_path / "other"
    other.write_bytes(b"MARK")
    result = read_files(folder, other)
    assert result.total == 1
    assert "SHA-256" in whys(result)[0]
    assert [source.form for source in result.sources] == ["unread", "text"]
