from __future__ import annotations

import gzip
import json
from dataclasses import asdict, replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.ui.fakes import as_stored, marked, row
from wiretell.gateway.ui.detail import SHOWN_BYTES, detail, plain
from wiretell.gateway.ui.ledger import last_entries
from wiretell.gateway.ui.view import cache_share, core, is_running
from wiretell.model.exchange import LedgerEntry

anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_what_was_changed_is_all_that_was(ahead: str, before: str, after: str, behind: str) -> None:
    was, now = ahead + before + behind, ahead + after + behind
    changed, into = core(was, now)
    assert len(changed) <= len(before)
    assert was.replace(changed, into, 1) == now or changed in was
    begin = len(was) - len(changed)
    assert any(was[:at] + into + was[at + len(changed) :] == now for at in range(begin + 1))


@given(st.binary(max_size=300), st.lists(st.tuples(st.integers(0, 320), anything, anything), max_size=4))
def test_no_body_and_no_edit_is_too_odd_to_show(body: bytes, edits: list[tuple[int, str, str]]) -> None:
    surrogate = [(at, before, after) for at, before, after in edits if _encodes(before)]
    entries = tuple(LedgerEntry("x", None, at, before, after, "r") for at, before, after in surrogate)
    found = detail(as_stored(row(), request_body=body, response_body=body, edits=entries))
    assert len(found.changes) == len(entries)
    shown = "".join(piece.text for piece in found.request.segments)
    if not entries:
        assert shown == "".join(piece.text for piece in found.response.segments)
    assert all(char in "\n\t" or char.isprintable() for char in shown)


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def test_an_edit_shows_what_stands_around_it() -> None:
    first = detail(marked()).changes[0]
    assert first.ahead.endswith('"Today')
    assert first.behind.startswith("s date is")
    assert [(cell.drawn, cell.point) for cell in first.before] == [("\u02bc", "U+02BC")]
    assert [cell.name for cell in first.after] == ["APOSTROPHE"]


def test_a_long_edit_is_told_by_its_beginning() -> None:
    body = b"a" * 50 + b"x" * 1000
    entry = LedgerEntry("x", "/a", 50, "x" * 1000, "[shortened]", "context:0:shorten")
    (change,) = detail(as_stored(row(), request_body=body, edits=(entry,))).changes
    assert len(change.before) + change.before_more == 1000
    assert len(change.before) < 50


def test_a_huge_body_is_cut_and_says_so() -> None:
    found = detail(as_stored(row(), request_body=b"x" * (SHOWN_BYTES + 7)))
    assert (found.request.cut, found.request.size) == (7, SHOWN_BYTES + 7)


def test_coded_bodies_are_read() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n"
    assert plain(head, gzip.compress(b"hello")) == (b"hello", "")
    body, fault = plain(head, b"not gzip")
    assert body == b"not gzip"
    assert fault


def test_the_last_of_the_ledger_the_newest_first(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    assert last_entries(path) == ()
    entries = [LedgerEntry(f"id-{number}", "/a", number, "\u02bc" * 40, "'", "r") for number in range(9_000)]
    lines = [json.dumps(asdict(entry)) for entry in entries]
    path.write_text("\n".join(lines) + '\n{"exchange_id": "half')
    found = last_entries(path, 5_000)
    assert found[0] == entries[-1]
    assert list(found) == entries[: -1 - len(found) : -1]  # of more than is read, the last ones
    assert 1_000 < len(found) < 5_000
    assert last_entries(path, 3) == tuple(entries[:-4:-1])


def test_shares_and_running() -> None:
    assert cache_share(row()) == 48_000 / 50_100
    assert cache_share(row(cache_read_tokens=None)) is None
    assert cache_share(row(input_tokens=0, cache_read_tokens=0, cache_write_tokens=0)) is None
    assert is_running(replace(row(), status=0, duration_us=0))
    assert not is_running(replace(row(), status=0))  # one that got no answer
