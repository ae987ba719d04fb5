"""The store without processes: tampering, torn ends, recovery, retention, days."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.log import talk
from tests.gateway.log.test_recorder import run
from wiretell import cli
from wiretell.cli.gateway import check as check_command
from wiretell.errors import UsageError, WiretellError
from wiretell.gateway.log import Closing, Opening, Store
from wiretell.gateway.log.journal import segments
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.pipe import EndMeta, Hello, OpeningMeta
from wiretell.gateway.log.records import edit_from, exchange_bytes, row_values
from wiretell.gateway.log.redaction import Redactor
from wiretell.gateway.log.session import Session


@contextmanager
def session(folder: Path, retention: int | None = None, still: list[bytes] | None = None) -> Iterator[Session]:
    opened = Session(Hello(str(folder), True, retention, [], True, still or []))
    try:
        yield opened
    finally:
        opened.close(clean=True)


def begin(opened: Session, begun: Opening, seq: int = 1) -> None:
    opened.store.opening(seq, OpeningMeta(row_values(begun.row), begun.content_encoding), begun.head, begun.body)


def end(opened: Session, ended: Closing, seq: int = 2) -> None:
    meta = EndMeta(row_values(ended.row), True, [edit_from(e) for e in ended.edits], False, False)
    opened.store.end(seq, meta, (ended.response_head, ended.sent_head, b"", b""))


def whole(opened: Session, body: bytes, response: bytes = b"{}", **given: str) -> str:
    begun = talk.opening(body, **given)
    begin(opened, begun)
    opened.store.part(3, exchange_bytes(begun.row.exchange_id), 0, response)
    end(opened, talk.closing(begun, response))
    assert opened.commit().reason == ""
    return begun.row.exchange_id


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A log of some exchanges, never changed by a test."""
    folder = tmp_path_factory.mktemp("whole") / "log"
    talking, chance = talk.Conversation(start=1000, step=200), random.Random(5)
    with session(folder) as opened:
        ids = [whole(opened, talking.turn(), talk.stream(chance, 200)) for _ in range(6)]
    return folder, ids


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_is_found_and_no_reader_crashes(
    log: tuple[Path, list[str]], tmp_path: Path, data: st.DataObject
) -> None:
    folder, ids = log
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    segment = segments(copy / "store")[0].path
    content = bytearray(segment.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    segment.write_bytes(content)
    with Store(copy) as store:
        assert store.check().broken
        for exchange_id in ids:
            try:
                found = store.exchange(exchange_id)
            except WiretellError:
                continue
            assert not found.lost


def test_what_is_cut_off_is_found_by_a_head(log: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, _ids = log
    with Store(folder) as store:
        checked = store.check()
    assert run(check_command, ["check", "--log", str(folder), "--head", checked.head]) == 0
    shutil.copytree(folder, tmp_path / "copy")
    segment = segments(tmp_path / "copy/store")[0].path
    frames = segment.read_bytes().split(b"wtF1")
    segment.write_bytes(b"wtF1".join(frames[:-1]))
    assert run(check_command, ["check", "--log", str(tmp_path / "copy")]) == 0
    assert run(check_command, ["check", "--log", str(tmp_path / "copy"), "--head", checked.head]) == 1
    with pytest.raises(UsageError, match="no hash"):
        run(check_command, ["check", "--log", str(folder), "--head", "xyz"])
    with pytest.raises(UsageError, match="no log of a gateway"):
        run(check_command, ["check", "--log", str(tmp_path)])


@given(st.integers(1, 3000))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_torn_end_is_cut_off_and_the_rest_kept(log: tuple[Path, list[str]], tmp_path: Path, lost: int) -> None:
    folder, ids = log
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    segment = segments(copy / "store")[0].path
    segment.write_bytes(segment.read_bytes()[:-lost] + bytes(5000))
    shutil.rmtree(copy / segment.parent.name, ignore_errors=True)  # the tables of the day: made again
    for path in segment.parent.glob("index*"):
        path.unlink()
    (copy / "store/flushed.json").unlink()  # a power cut tears only what nothing else knows yet
    with session(copy) as opened:
        new = whole(opened, b'{"new":1}')
    with Store(copy) as store:
        assert store.check().broken == ()
        there = list(store.ids())
        assert new in there
        assert set(there) <= {*ids, new}
        for exchange_id in there:
            assert not store.exchange(exchange_id).lost or store.row(exchange_id).ended == "unfinished"
        for row in opened.unfinished():
            assert row[0] in ids


def test_a_message_that_comes_again_changes_nothing(tmp_path: Path) -> None:
    begun = talk.opening(b'{"a":1}')
    exchange = exchange_bytes(begun.row.exchange_id)
    with session(tmp_path / "log") as opened:
        for _ in range(2):
            begin(opened, begun)
            opened.store.part(2, exchange, 0, b"one")
            opened.store.part(3, exchange, 3, b"two")
            opened.commit()
        opened.store.part(4, exchange, 0, b"onetwothree")
        for _ in range(2):
            end(opened, talk.closing(begun, b"onetwothree"))
            opened.commit()
        begin(opened, begun)
        assert opened.commit().written == [1]
    with Store(tmp_path / "log") as store:
        assert store.check().exchanges == 1
        assert store.exchange(begun.row.exchange_id).response_body == b"onetwothree"


def test_streams_that_stay_open_are_written_in_parts(tmp_path: Path) -> None:
    begun = talk.opening(b"{}")
    response = talk.stream(random.Random(3), 150_000)
    with session(tmp_path / "log") as opened:
        begin(opened, begun)
        for at in range(0, len(response), 5000):
            opened.store.part(at + 10, exchange_bytes(begun.row.exchange_id), at, response[at : at + 5000])
            opened.commit()
        end(opened, talk.closing(begun, response))
        opened.commit()
    with Store(tmp_path / "log") as store:
        assert store.check().frames > 6
        assert store.exchange(begun.row.exchange_id).response_body == response


def test_days_are_kept_and_deleted_whole(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ids: list[str] = []
    for ago in (5, 4, 3, 0):
        with session(tmp_path / "log") as opened:
            opened.store._clock = lambda at=now - timedelta(days=ago): at  # type: ignore[misc]  # a clock of the test's
            opened.store._index, opened.store._day = None, ""
            ids.append(whole(opened, b'{"x":1}', exchange_id=talk.uuid7((now - timedelta(days=ago)).timestamp())))
    assert len(Layout(tmp_path / "log").days()) == 4
    with session(tmp_path / "log", retention=4):
        pass
    layout = Layout(tmp_path / "log")
    assert len(layout.days()) == 3
    with Store(tmp_path / "log") as store:
        assert list(store.ids()) == ids[1:]
        checked = store.check()
        assert checked.broken == ()
        assert any("retention deleted 1 days" in note for note in checked.notes)
        assert store.exchange(ids[1]).request_body == b'{"x":1}'  # no block of a day that is gone was needed
    shutil.rmtree(layout.day(layout.days()[1]))  # by hand, not by retention
    with Store(tmp_path / "log") as store:
        assert store.check().broken


def test_the_day_does_not_go_back_with_the_clock(tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    with session(tmp_path / "log") as opened:
        opened.store._clock = lambda: later
        whole(opened, b"{}")
        opened.store._clock = lambda: later - timedelta(days=1)
        last = whole(opened, b"{}")
        assert opened.store.day == later.strftime("%Y-%m-%d")
    with Store(tmp_path / "log") as store:
        assert store.exchange(last).request_body == b"{}"
        assert store.check().broken == ()


def test_an_index_that_is_lost_is_made_again(log: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, ids = log
    shutil.copytree(folder, tmp_path / "log")
    day = segments(tmp_path / "log/store")[0].path.parent
    (day / "index.sqlite").write_bytes(b"rubbish")
    with pytest.raises(WiretellError, match="missing or broken"), Store(tmp_path / "log") as store:
        store.exchange(ids[0])
    with session(tmp_path / "log") as opened, Store(tmp_path / "log") as store:
        body = store.exchange(ids[-1]).request_body
        size = segments(tmp_path / "log/store")[0].path
        before = opened.store.journal.end.offset
        whole(opened, body)
        assert opened.store.journal.end.offset - before < 2500, size
        assert store.exchange(ids[2]).lost == ()


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no log"):
        Store(tmp_path)
    with session(tmp_path / "log") as opened:
        exchange_id = whole(opened, b"{}")
    marker = tmp_path / "log/store/wiretell-store.json"
    marker.write_bytes(msgspec.json.encode(json.loads(marker.read_text()) | {"version": 99}))
    with pytest.raises(UsageError, match="later version"):
        Store(tmp_path / "log")
    marker.write_text("{")
    with pytest.raises(UsageError, match="broken"):
        Store(tmp_path / "log")
    assert exchange_id


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_sequence_of_bodies_comes_back(data: st.DataObject) -> None:
    """Bodies that grow, shrink and change anywhere, with known beginnings and ends, in two sessions."""
    talking = talk.Conversation(data.draw(st.integers(0, 99)), start=1500, step=300)
    there: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        with session(Path(folder) / "log") as opened:
            body = b""
            for _ in range(data.draw(st.integers(2, 6))):
                body = data.draw(_CHANGES)(talking, body, data)
                there[whole(opened, body, session=data.draw(st.sampled_from("ab")))] = body
        with Store(Path(folder) / "log") as store:
            for exchange_id, expected in there.items():
                assert store.exchange(exchange_id).request_body == expected


def _grown(talking: talk.Conversation, _body: bytes, _data: st.DataObject) -> bytes:
    return talking.turn()


def _spliced(_talking: talk.Conversation, body: bytes, data: st.DataObject) -> bytes:
    at = data.draw(st.integers(0, len(body)))
    until = min(len(body), at + data.draw(st.integers(0, 400)))
    return body[:at] + data.draw(st.sampled_from([b"", b"x", b'"}', b"{}", b',{"role":"user"}', b"}]}"])) + body[until:]


def _without_a_message(talking: talk.Conversation, _body: bytes, data: st.DataObject) -> bytes:
    if talking.messages:
        del talking.messages[data.draw(st.integers(0, len(talking.messages) - 1))]
    return talking.body()


def _empty(_talking: talk.Conversation, _body: bytes, _data: st.DataObject) -> bytes:
    return b""


_CHANGES = st.sampled_from([_grown, _grown, _spliced, _without_a_message, _empty])


def test_segments_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiretell.gateway.log.journal.SEGMENT_BYTES", 3000)
    monkeypatch.setattr("wiretell.gateway.log.recovery.SEGMENT_BYTES", 3000)
    talking = talk.Conversation(start=1000, step=400)
    there: dict[str, bytes] = {}
    for _ in range(2):
        with session(tmp_path / "log") as opened:
            for _ in range(8):
                body = talking.turn()
                there[whole(opened, body)] = body
    with Store(tmp_path / "log") as store:
        checked = store.check()
        assert (checked.broken, checked.exchanges) == ((), 16)
        assert checked.segments > 4
        assert all(store.exchange(exchange_id).request_body == body for exchange_id, body in there.items())


def _damaged(folder: Path, tmp_path: Path, change: Callable[[bytes], bytes]) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    segment = segments(copy / "store")[0].path
    segment.write_bytes(change(segment.read_bytes()))
    return copy


@pytest.mark.parametrize("frames", [1, 3])
def test_a_damaged_end_of_a_stopped_log_is_said_for_good(
    log: tuple[Path, list[str]], tmp_path: Path, frames: int
) -> None:
    """A restart puts the bytes aside and goes on; it does not make the log whole."""

    def flip(data: bytes) -> bytes:
        pieces = data.split(b"wtF1")
        return b"wtF1".join([*pieces[:-frames], *(p[:60] + bytes([p[60] ^ 1]) + p[61:] for p in pieces[-frames:])])

    copy = _damaged(log[0], tmp_path, flip)
    assert run(check_command, ["check", "--log", str(copy)]) == 1
    for _ in range(2):
        with session(copy) as opened:
            whole(opened, b'{"new":1}')
        code = run(check_command, ["check", "--log", str(copy)])
        assert code == (1 if frames == 3 else 0)  # the note of the stop alone may have been torn
    aside = next((copy / "store").glob("*/*.torn-*"))
    assert aside.read_bytes().count(b"wtF1") == frames


def test_whole_frames_that_were_cut_off_are_missed(log: tuple[Path, list[str]], tmp_path: Path) -> None:
    copy = _damaged(log[0], tmp_path, lambda data: b"wtF1".join(data.split(b"wtF1")[:-3]))
    assert run(check_command, ["check", "--log", str(copy)]) == 1
    with session(copy) as opened:
        new = whole(opened, b'{"new":1}')
    assert run(check_command, ["check", "--log", str(copy)]) == 1
    with Store(copy) as store:
        assert any("cut off" in broken.what for broken in store.check().broken)
        assert store.exchange(new).request_body == b'{"new":1}'


def test_bytes_behind_a_clean_stop_are_no_torn_write(log: tuple[Path, list[str]], tmp_path: Path) -> None:
    copy = _damaged(log[0], tmp_path, lambda data: data + b"something")
    with session(copy):
        pass
    with Store(copy) as store:
        assert store.check().broken


def test_a_body_that_the_deriver_cannot_stand_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with session(tmp_path / "log") as opened:
        monkeypatch.setattr(opened.store, "_deriver", None)
        exchange_id = whole(opened, b'{"a":1}')
    with Store(tmp_path / "log") as store:
        assert "AttributeError" in store.row(exchange_id).warnings[0]


def test_names_that_end_like_secrets_are_masked() -> None:
    names = [
        b"x-auth",
        b"X-Custom-Auth",
        b"Cookie",
        b"x-my-session",
        b"api_password",
        b"x-amz-signature",
        b"x-credentials",
    ]
    head = b"POST / HTTP/1.1" + b"".join(b"\r\n%b: hush" % name for name in names) + b"\r\nx-session-id: kept"
    hidden, spans = Redactor().head(head)
    assert b"hush" not in hidden
    assert b"kept" in hidden
    assert len(spans) == len(names)


def test_tables_and_ledger_that_say_otherwise_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "log"
    with session(folder) as opened:
        exchange_id = whole(opened, b'{"a":1}', user="ann")
    check = ["check", "--log", str(folder)]
    assert run(check_command, check) == 0
    path = next(folder.glob("2*/*.parquet"))
    table = pq.read_table(path)
    costly = table.set_column(table.schema.get_field_index("cost_usd"), "cost_usd", pa.array([13.5]))
    pq.write_table(costly, path)
    assert run(check_command, check) == 1
    assert f"{exchange_id} the tables say otherwise than the chained records: cost_usd" in capsys.readouterr().out
    day = ["--log", str(folder), "--user", "ann", "--period", path.parent.name]
    assert cli.run(["gateway", "statement", *day]) == 3
    path.unlink()
    assert run(check_command, check) == 1
    pq.write_table(table, path)
    assert run(check_command, check) == 0
    (folder / "ledger.jsonl").write_text(json.dumps({"exchange_id": exchange_id, "path": "/a", "offset": 1}))
    assert run(check_command, check) == 1
    assert "the ledger says otherwise" in capsys.readouterr().out
