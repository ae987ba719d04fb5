"""Each kind of file is recognised by what it holds, and its marks are told with their places."""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.logs.fakes import Kept, places, read_bytes, read_files, whys
from wiretell.errors import UsageError
from wiretell.model.marks import Certainty, MarksResult, Origin, SourceRead

_WRAPPED = {"account": "a1", "ts": 1763683200, "headers": {"User-Agent": "claude-cli/2.1.91 (external, cli)"}}


def _only(result: MarksResult) -> SourceRead:
    (source,) = result.sources
    return source


# --- text and JSON


def test_text_is_told_by_line_and_offset(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, b"one\ntwo MARK\n\nMARKK")
    assert places(result.found) == [(1, 2, 8), (1, 4, 14)]
    assert (_only(result).form, _only(result).records, result.total) == ("text", 1, 2)
    assert result.counts == {"words:K4": 1, "words:K5": 1}
    assert result.found[0].where.offset == 0


def test_a_text_in_many_windows_is_one_record(tmp_path: Path) -> None:
    text = (b"MARK" + b" and words\n" * 100) * 3_000
    result = read_bytes(tmp_path, text, limit=3_000)
    assert result.total == 3_000
    assert places(result.found)[-1] == (1, 299_901, len(text) - 1104)
    assert [row.records for row in result.summary] == [1]


def test_a_json_document_is_told_by_pointer(tmp_path: Path) -> None:
    data = json.dumps({"metadata": {"user_id": "u"}, "messages": [{"content": "MARK"}]}, indent=1).encode()
    result = read_bytes(tmp_path, data)
    (found,) = result.found
    assert (found.mark.path, found.origin.account, _only(result).form) == ("/messages/0/content", "u", "json")
    assert data[found.mark.offset :].startswith(b"MARK")
    assert found.mark.line == data[: found.mark.offset].count(b"\n") + 1


@pytest.mark.parametrize("data", [b'[\n{"a": "MARK"},\n{"b": 2}\n]', b'{"a": "MARK"}', b'{"a":\n"MARK"}\n'])
def test_one_document_is_no_json_lines(tmp_path: Path, data: bytes) -> None:
    assert _only(read_bytes(tmp_path, data)).form == "json"


def test_a_broken_document_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, b'{"a":\n ["MARK", "b')
    assert [found.mark.path for found in result.found] == ["/a/0"]
    assert any("broken JSON" in why for why in whys(result))


def test_a_broken_document_is_said_though_nothing_stands_in_it(tmp_path: Path) -> None:
    assert any("broken JSON" in why for why in whys(read_bytes(tmp_path, b'{"a":\n ["b')))


def test_remarks_on_a_text_name_no_line(tmp_path: Path) -> None:
    (one,) = read_bytes(tmp_path, b"words\n" * 200_000 + b"ODD").not_examined
    assert (one.what, one.why) == (str(tmp_path / "input"), "a half: it is odd")


def test_json_in_a_string_is_told_by_both_pointers(tmp_path: Path) -> None:
    inner = json.dumps({"messages": [{"content": "MARK"}], "metadata": {"user_id": "inner"}})
    result = read_bytes(tmp_path, json.dumps({"body": inner}).encode())
    (found,) = result.found
    assert (found.mark.within, found.mark.path) == (("/body",), "/messages/0/content")
    assert found.origin.account == "inner"


# --- JSON Lines


def test_json_lines_are_records_with_an_origin(tmp_path: Path) -> None:
    rows = [_WRAPPED | {"body": {"x": text}} for text in ("usual", "MARK", "none")]
    data = b"\n\n".join(json.dumps(row).encode() for row in rows)
    result = read_bytes(tmp_path, data)
    (found,) = result.found
    assert found.origin == Origin("a1", "claude-cli", "2.1.91", "2025-11-21")
    assert (found.where.record, found.where.line, found.mark.line) == (3, 3, 3)
    assert data[found.where.offset :].startswith(b'{"account"')
    assert data[found.mark.offset :].startswith(b"MARK")
    assert (_only(result).form, _only(result).records) == ("jsonl", 3)
    (row,) = result.summary
    assert (row.records, row.marks, row.unmarked) == (2, {"words:K4": 1}, {"words": 1})
    assert result.ordinary == {"usual": 1}
    assert found.mark.certainty is Certainty.LIKELY  # it was read with the version of its record


def test_lines_that_are_no_records_are_said_and_read(tmp_path: Path) -> None:
    lines = [b'{"a": 1}', b"plain MARK", b'{"b": "MARK', b'{"c": "MARK"} x', b"{}", b"[2]", b"", b"{}", b"{}", b"{}"]
    result = read_bytes(tmp_path, b"\n".join(lines))
    assert [found.where.record for found in result.found] == [2, 3, 4]
    said = {one.what.partition(" of ")[0]: one.why for one in result.not_examined}
    assert said["line 2"].startswith("no JSON")
    assert said["line 3"].startswith("broken JSON")
    assert said["line 4"].startswith("broken JSON")


def test_a_truncated_last_line_is_said_though_nothing_stands_in_it(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, b'{"a": 1}\n{"a": 2}\n{"a": ')
    assert [one.what.partition(" of ")[0] for one in result.not_examined] == ["line 3"]


def test_a_record_that_is_nested_deeply_is_not_called_broken(tmp_path: Path) -> None:
    deep = b'{"account": ' + b'{"id": ' * 700 + b'"a"' + b"}" * 700 + b', "text": "MARK"}\n'
    result = read_bytes(tmp_path, deep * 2)
    assert (result.total, result.not_examined) == (2, ())
    result = read_bytes(tmp_path, b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b', "text": "MARK"}\n{}\n')
    assert not any("broken" in why for why in whys(result))
    assert any("nested too deep" in why for why in whys(result))


def test_records_with_marks_are_counted_beyond_those_that_are_listed(tmp_path: Path) -> None:
    data = b'{"a": "MARK MARK"}\n{"a": "x"}\n{"a": "MARK"}\n' * 100
    result = read_bytes(tmp_path, data, limit=3)
    assert (len(result.found), result.total, result.marked_records) == (3, 300, 200)
    assert read_bytes(tmp_path, b"MARK\nMARK\n" * 200_000, limit=3).marked_records == 1


def test_equal_remarks_are_folded(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, b"{}\nx\n" * 50)
    (one,) = result.not_examined
    assert one.what == f"lines 2, 4, 6 and 47 others of {tmp_path / 'input'}"


def test_half_a_surrogate_costs_no_origin(tmp_path: Path) -> None:
    data = b'{"account": "a1", "body": {"x": "MARK \\ud83d", "metadata": {}}}\n' * 2
    result = read_bytes(tmp_path, data)
    assert [found.origin.account for found in result.found] == ["a1", "a1"]
    assert result.not_examined == ()


def test_broken_utf8_is_read(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, b'{"account": "a\xff", "x": "\xff\xfe MARK \xc3"}\n{}\n')
    assert [found.mark.path for found in result.found] == ["/x"]
    assert result.found[0].origin.account == "a\ufffd"


def test_what_a_detector_could_not_examine_is_told_with_its_line(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, b'{}\n{"a": "ODD"}\n')
    assert [(one.what, one.why) for one in result.not_examined] == [
        (f"line 2 of {tmp_path / 'input'}", "a half: it is odd")
    ]


def test_a_detector_that_fails_costs_one_record(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, b'{"a": "MARK"}\n{"a": "CRASH MARK"}\n{"a": "MARK"}\n')
    assert [found.where.record for found in result.found] == [1, 3]
    assert whys(result) == ["the reader of words failed there (RuntimeError)"]


# --- HAR


def _har(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def _entry(text: str, **more: Any) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-04-03T23:30:00-02:00",
        "request": {
            "method": "POST",
            "url": "https://api.example/v1/messages?beta=true",
            "headers": [{"name": "User-Agent", "value": "claude-cli/2.1.91 (external, cli)"}],
            "postData": {"mimeType": "application/json", "text": text, **more},
        },
        "response": {"content": {"text": "MARK in an answer"}},
    }


def test_har_entries_are_records(tmp_path: Path) -> None:
    body = json.dumps({"metadata": {"user_id": "user_5f_account__session_1"}, "x": "MARK"})
    result = read_bytes(tmp_path, _har({"request": {"method": "GET"}}, _entry(body)))
    (found,) = result.found
    assert (found.where.record, found.where.request) == (2, "POST /v1/messages?beta=true")
    assert found.origin == Origin("device:5f", "claude-cli", "2.1.91", "2026-04-04")
    assert (found.mark.path, found.mark.offset) == ("/x", body.index("MARK"))
    assert (_only(result).form, _only(result).records) == ("har", 2)
    assert any("answers" in why for why in whys(result))


def test_har_bodies_in_base64_are_read(tmp_path: Path) -> None:
    packed = base64.b64encode(b'{"x": "MARK"}').decode()
    result = read_bytes(tmp_path, _har(_entry(packed, encoding="base64"), _entry("MARK!", encoding="base64")))
    assert [found.mark.path for found in result.found] == ["/x", None]
    assert any("base64" in why for why in whys(result))


def test_odd_har_entries_are_said(tmp_path: Path) -> None:
    form = {"request": {"postData": {"params": [{"name": "a", "value": "MARK"}]}}}
    result = read_bytes(tmp_path, _har({}, {"request": 7}, form, _entry("MARK")))
    assert [found.where.record for found in result.found] == [4]
    assert {one.what.partition(" of ")[0] for one in result.not_examined} >= {"entry 1", "entry 2", "entry 3"}


def test_a_har_in_which_no_entry_can_be_read_is_not_read(tmp_path: Path) -> None:
    assert _only(read_bytes(tmp_path, _har({}, {"request": 7}))).form == "unread"
    assert _only(read_bytes(tmp_path, _har())).form == "har"


_EXPORTED = {
    "pageref": "page_1",
    "startedDateTime": "2026-04-03T10:15:30.123Z",
    "time": 412.73,
    "request": {
        "method": "POST",
        "url": "https://user:SECRET@api.example/v1/messages?beta=true&key=SECRET",
        "httpVersion": "h2",
        "cookies": [{"name": "session", "value": "SECRET"}],
        "headers": [{"name": "user-agent", "value": "claude-cli/2.1.91 (external, cli)"}],
        "queryString": [{"name": "beta", "value": "true"}],
        "postData": {"mimeType": "application/json", "params": []},
        "headersSize": 512,
        "bodySize": 90,
    },
    "response": {
        "status": 200,
        "statusText": "OK",
        "httpVersion": "h2",
        "cookies": [],
        "headers": [],
        "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
        "redirectURL": "",
        "headersSize": 100,
        "bodySize": 2,
    },
    "cache": {},
    "timings": {"blocked": 1.2, "dns": -1, "connect": -1, "send": 0.1, "wait": 400.5, "receive": 10.9, "ssl": -1},
    "serverIPAddress": "192.0.2.1",
    "connection": "443",
    "_initiator": {"type": "other"},
    "_priority": "High",
}
"""An entry with every field that HAR 1.2 requires, and those that browsers add."""


@pytest.mark.parametrize("packed", [False, True])
def test_a_har_as_browsers_export_it_tells_account_day_and_request(tmp_path: Path, packed: bool) -> None:
    body = json.dumps({"metadata": {"user_id": "u"}, "time": 1763683200, "messages": ["MARK"]})
    entry: dict[str, Any] = copy.deepcopy(_EXPORTED)
    entry["request"]["postData"]["text"] = base64.b64encode(body.encode()).decode() if packed else body
    if packed:
        entry["request"]["postData"]["encoding"] = "base64"
    page = {"startedDateTime": "2026-04-03T10:15:30Z", "id": "page_1", "title": "t", "pageTimings": {}}
    log = {"version": "1.2", "creator": {"name": "b", "version": "1"}, "pages": [page], "entries": [entry]}
    (found,) = read_bytes(tmp_path, json.dumps({"log": log}).encode()).found
    assert found.origin == Origin("u", "claude-cli", "2.1.91", "2026-04-03")
    assert found.where.request == "POST /v1/messages?beta=true&key=***"
    del entry["startedDateTime"]
    (found,) = read_bytes(tmp_path, json.dumps({"log": log}).encode()).found
    assert found.origin.day == ""


def test_a_broken_har_is_read_as_json(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, _har(_entry("MARK"))[:-40])
    assert _only(result).form == "json"
    assert result.found[0].mark.path == "/log/entries/0/request/postData/text"


# --- what is not read


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (bytes(range(256)) * 20, "binary: not examined"),
        ("MARK".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_text_is_said_and_the_rest_read(tmp_path: Path, data: bytes, why: str) -> None:
    odd, good = tmp_path / "odd", tmp_path / "good"
    odd.write_bytes(data)
    good.write_bytes(b"MARK")
    result = read_files(odd, good)
    assert (result.total, [source.source for source in result.sources]) == (1, [str(odd), str(good)])
    assert [source.form for source in result.sources] == ["unread", "text"]
    assert result.not_examined[0].what == str(odd)
    assert result.not_examined[0].why.startswith(why)


@pytest.mark.parametrize(
    "data",
    [
        b"some words and MARK, " * 5 + b"\0",
        b"MARK\0",
        b"\0MARK\n",
        b"\x1b[1mMARK\x1b[0m\0\0",
        b"./a/MARK.txt\0./b\0./c/d.py\0",
        "caf\xe9 MARK\0 cr\xe8me".encode("latin-1"),
    ],
)
def test_a_stray_nul_makes_no_binary(tmp_path: Path, data: bytes) -> None:
    assert read_bytes(tmp_path, data).total >= 1


@pytest.mark.parametrize(
    "data",
    [
        "words".encode("utf-16-le"),
        struct.pack("<8I", *range(8)),
        b"\x7fELF\x02\x01\x01\0\x03\x3e",
        b"\x89PNG\r\n\x1a\n" + bytes(range(255, -1, -1)) * 9,
    ],
)
def test_what_is_really_binary_is_called_so(tmp_path: Path, data: bytes) -> None:
    result = read_bytes(tmp_path, data)
    assert (_only(result).form, whys(result)) == ("unread", ["binary: not examined"])


@pytest.mark.parametrize("data", [b"", gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_read(tmp_path: Path, data: bytes) -> None:
    result = read_bytes(tmp_path, data)
    assert (result.sources, result.not_examined) == ((SourceRead(str(tmp_path / "input"), "text", 0, 0, 0),), ())


def test_a_compressed_file_of_which_nothing_comes_is_not_read(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, gzip.compress(b"MARK" * 20)[:10])
    assert _only(result).form == "unread"
    assert "cut off" in whys(result)[0]


def test_bad_paths_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    kept = Kept()
    good = tmp_path / "good"
    good.write_bytes(b"MARK")
    for bad in ([], [good, tmp_path / "missing"], ["-", "-"], [good, "a\0b"]):
        with pytest.raises(UsageError):
            read_files(*bad, rows=kept)
    with pytest.raises(UsageError, match="Parquet"):
        read_files(good, columns=["x"], rows=kept)
    assert kept.found == []


# --- streams and compression


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
@pytest.mark.parametrize("data", [b'{"a": "MARK"}\n' * 3, b"MARK\nMARK\nMARK", b'["MARK", "MARK",\n "MARK"]'])
def test_compressed_files_are_unpacked(tmp_path: Path, pack: Any, data: bytes) -> None:
    plain, packed = read_bytes(tmp_path, data), read_bytes(tmp_path, pack(data))
    assert packed.found == plain.found
    assert packed.sources == plain.sources


def test_members_one_after_the_other_are_one_file(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, gzip.compress(b"MARK\n") + gzip.compress(b"MARK\n")).total == 2
    pack = zstandard.ZstdCompressor().compress
    assert read_bytes(tmp_path, pack(b"MARK\n") + pack(b"MARK\n")).total == 2


@pytest.mark.parametrize("pack", [zlib.compressobj, zstandard.ZstdCompressor().compressobj])
def test_a_compressed_file_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, pack: Any) -> None:
    packer = pack(9, zlib.DEFLATED, 31) if pack is zlib.compressobj else pack()
    flush = zlib.Z_FULL_FLUSH if pack is zlib.compressobj else zstandard.COMPRESSOBJ_FLUSH_BLOCK
    data = packer.compress(b"MARK\n" * 10) + packer.flush(flush)
    result = read_bytes(tmp_path, data)
    assert result.total == 10
    assert any("to its end" in why for why in whys(result))


def test_broken_compressed_data_is_said(tmp_path: Path) -> None:
    for head in (b"\x1f\x8b\x08\0\0\0\0\0\0\x03 no deflate", b"\x28\xb5\x2f\xfd\xff\xff\xff no frame"):
        result = read_bytes(tmp_path, head)
        assert result.total == 0
        assert whys(result) != []


def test_standard_input_is_read_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(b'{"a": "MARK", "n": %d}\n' % n for n in range(2000))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    result = read_files("-", limit=3)
    assert places(result.found) == [(1, 1, 7), (2, 2, 29), (3, 3, 51)]
    assert (result.total, _only(result)) == (2000, SourceRead("-", "jsonl", 2000, len(data), 2000))


def test_a_pipe_is_named_in_remarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"PAR1" + bytes(100))))
    result = read_files("-")
    assert result.not_examined[0].what == "standard input"
    assert "pipe" in whys(result)[0]
