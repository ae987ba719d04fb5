"""The whole log when things go wrong: processes killed, a disk that is full, a folder that is gone."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.log import talk
from tests.gateway.log.test_recorder import exchange, record, table_ids
from wiretell.gateway.log import LogError, ProcessRecorder, Store

SECRET = "sk-ant-api03-" + "Zz09" * 10
Work = Callable[[ProcessRecorder], Coroutine[Any, Any, None]]


def test_a_writer_that_dies_is_started_again_and_nothing_is_lost_or_twice(tmp_path: Path) -> None:
    ids: list[str] = []

    async def work(recorder: ProcessRecorder) -> None:
        async def one(number: int) -> None:
            begun = talk.opening(talk.Conversation(number, start=1000).turn(), session=str(number))
            recorder.begin(begun)
            for _ in range(10):
                recorder.part(begun.row.exchange_id, b"x" * 100)
                await asyncio.sleep(0.05)
            await recorder.end(talk.closing(begun, b"x" * 1000))
            ids.append(begun.row.exchange_id)

        streams = [asyncio.create_task(one(number)) for number in range(20)]
        for _ in range(2):
            await asyncio.sleep(0.2)
            os.kill(killed := recorder.writer_pid, signal.SIGKILL)
            async with asyncio.timeout(30):  # 0, while there is none, would mean these tests' own processes
                while recorder.writer_pid in (killed, 0):  # noqa: ASYNC110 - it is started by another task
                    await asyncio.sleep(0.02)
        await asyncio.gather(*streams)
        assert recorder.state().dropped == 0

    record(tmp_path, work)
    assert len(ids) == 20
    with Store(tmp_path / "log") as store:
        assert sorted(store.ids()) == sorted(ids)
        assert {store.exchange(i).response_body for i in ids} == {b"x" * 1000}
        assert {row.ended for _, row in store.rows() if row is not None} == {"complete"}
        checked = store.check()
        assert (checked.broken, checked.exchanges) == ((), 20)
    assert table_ids(tmp_path) == Counter(ids)


@pytest.mark.parametrize("both", [False, True], ids=["door", "door-and-writer"])
@pytest.mark.parametrize("times", [1, pytest.param(4, marks=pytest.mark.long)])
def test_a_killed_door_leaves_all_that_was_durable(tmp_path: Path, both: bool, times: int) -> None:
    durable: dict[str, str] = {}
    begun: set[str] = set()
    for seed in range(times):
        _run_and_kill(tmp_path, seed, both, durable, begun)
    recovered: list[str] = []

    async def work(recorder: ProcessRecorder) -> None:
        recovered.extend(row.exchange_id for row in recorder.recovered)
        for row in recorder.recovered:
            assert recorder.recovered_body(row.exchange_id) is not None

    record(tmp_path, work)
    with Store(tmp_path / "log") as store:
        ids = list(store.ids())
        assert len(ids) == len(set(ids))
        assert set(durable) <= set(ids) <= begun
        ended = {exchange_id: row.ended for exchange_id, row in store.rows() if row is not None}
        assert {ended[exchange_id] for exchange_id in durable} == {"complete"}
        assert {exchange_id for exchange_id, how in ended.items() if how == "unfinished"} == set(recovered)
        for exchange_id, sha256 in list(durable.items())[::10]:
            assert store.exchange(exchange_id).row.request_sha256 == sha256
            assert not store.exchange(exchange_id).lost
        assert store.check().broken == ()
    assert table_ids(tmp_path) == Counter(ids)


def _run_and_kill(folder: Path, seed: int, both: bool, durable: dict[str, str], begun: set[str]) -> None:
    root = Path(__file__).parents[3]
    door = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.log.driver", str(folder), str(seed)],
        cwd=root, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert door.stdout is not None
    writer = int(door.stdout.readline().split()[1])
    enough = len(durable) + 30
    while len(durable) < enough:
        _note(door.stdout.readline(), durable, begun)
    time.sleep(random.Random(seed).random() / 20)
    if both:
        os.kill(writer, signal.SIGKILL)
    door.kill()
    for line in door.stdout:
        _note(line, durable, begun)
    door.wait()
    until = time.monotonic() + 10
    while not both and Path(f"/proc/{writer}").exists() and time.monotonic() < until:
        if "Z" in Path(f"/proc/{writer}/stat").read_text().split()[2]:
            break
        time.sleep(0.02)


def _note(line: str, durable: dict[str, str], begun: set[str]) -> None:
    what, exchange_id, *rest = line.split()
    if what == "begun":
        begun.add(exchange_id)
    elif rest:
        durable[exchange_id] = rest[0]


def test_a_full_disk_is_said_and_over(tmp_path: Path) -> None:
    """A small file system of its own; without the right to mount one, a limit on the size of files does it."""
    mount = tmp_path / "log"
    mount.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", mount]).returncode:
        pytest.skip("mounting a small file system needs root")
    stopper = mount / "fill"
    ids: list[str] = []

    async def refuse(recorder: ProcessRecorder) -> None:
        ids.append(await exchange(recorder, talk.opening(b'{"a":1}')))
        _fill(stopper)
        with pytest.raises(LogError, match="No space left"):
            for number in range(300):
                begun = talk.opening(os.urandom(4000), session=str(number))
                ids.append(await exchange(recorder, begun))
        with pytest.raises(LogError):
            recorder.begin(talk.opening(b"{}"))
        assert "No space" in recorder.state().failing
        stopper.unlink()
        for _ in range(100):
            try:
                recorder.begin(begun := talk.opening(b'{"b":2}'))
            except LogError:
                await asyncio.sleep(0.05)
            else:
                break
        await recorder.end(talk.closing(begun, b""))
        ids.append(begun.row.exchange_id)

    try:
        record(tmp_path, refuse)
        with Store(mount) as store:
            there = list(store.ids())
            assert set(ids) <= set(there)
            assert len(there) == len(set(there))
            assert store.check().broken == ()
    finally:
        subprocess.run(["umount", "--lazy", mount], check=True)


def _fill(path: Path, leave: int = 0) -> None:
    free = os.statvfs(path.parent)
    size = free.f_bavail * free.f_frsize - leave
    with suppress(OSError), path.open("wb", buffering=0) as file:  # the writer may take some of it meanwhile
        file.write(bytes(max(size, 0)))


def test_what_cannot_be_written_is_spilled_and_taken_in_later(tmp_path: Path) -> None:
    ids: list[str] = []

    async def work(recorder: ProcessRecorder) -> None:
        ids.append(await exchange(recorder, talk.opening(b"{}")))
        day = next((tmp_path / "log/store").glob("2*"))
        day.rename(tmp_path / "away")
        for number in range(5):
            body = json.dumps({"n": number, "key": SECRET if number == 4 else ""}).encode()
            ids.append(await exchange(recorder, talk.opening(body, session=str(number)), b"said" * 1000))
        assert (recorder.state().spilled, recorder.state().dropped) == (5, 0)
        assert "gone" in recorder.state().failing
        spilled = list((tmp_path / "log/store/spill").iterdir())
        assert len(spilled) == 5
        assert all(SECRET.encode() not in path.read_bytes() for path in spilled)
        (tmp_path / "away").rename(day)
        for _ in range(100):
            ids.append(await exchange(recorder, talk.opening(b"{}")))
            await asyncio.sleep(0.05)
            if not list((tmp_path / "log/store/spill").iterdir()):
                break

    record(tmp_path, work, on_log_failure="pass")
    with Store(tmp_path / "log") as store:
        assert sorted(store.ids()) == sorted(ids)
        assert [store.exchange(i).response_body for i in ids[1:6]] == [b"said" * 1000] * 5
        assert [bool(store.exchange(i).whole("request")) for i in ids[1:6]] == [True] * 4 + [False]
    assert table_ids(tmp_path) == Counter(ids)


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    async def work(recorder: ProcessRecorder) -> None:
        await exchange(recorder, talk.opening(b"{}"))
        (tmp_path / "log").rename(tmp_path / "away")
        with pytest.raises(LogError, match="gone"):
            await exchange(recorder, talk.opening(b"{}"))
        (tmp_path / "away").rename(tmp_path / "log")
        for _ in range(100):
            try:
                await exchange(recorder, talk.opening(b"{}"))
            except LogError:
                await asyncio.sleep(0.05)
            else:
                return
        pytest.fail("it did not come back")

    record(tmp_path, work)
    with Store(tmp_path / "log") as store:
        assert store.check().exchanges == 3
        assert sorted(store.row(i).status for i in store.ids()) == [200, 200, 507]


def test_what_was_sent_and_not_recorded_is_kept_for_the_next_start(tmp_path: Path) -> None:
    """`refuse`: nothing more is begun while one waits; it is spilled at the stop, with what it cost, and taken in."""
    ids: list[str] = []

    async def fail(recorder: ProcessRecorder) -> None:
        begun = talk.opening(b"{}")
        recorder.begin(begun)
        await recorder.begun(begun.row.exchange_id)
        day = next((tmp_path / "log/store").glob("2*"))
        day.rename(tmp_path / "away")
        with pytest.raises(LogError, match="gone"):
            await recorder.end(talk.closing(begun, b"{}", cost_usd=0.5))
        with pytest.raises(LogError, match="gone"):
            recorder.begin(talk.opening(b"{}"))
        assert (recorder.state().spilled, recorder.state().dropped) == (0, 0)
        ids.append(begun.row.exchange_id)

    stopped = record(tmp_path, fail)
    assert (stopped.state().spilled, stopped.state().dropped) == (1, 0)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    shutil.rmtree(tmp_path / "log/store" / day, ignore_errors=True)
    (tmp_path / "away").rename(tmp_path / "log/store" / day)
    record(tmp_path, lambda _: asyncio.sleep(0))
    with Store(tmp_path / "log") as store:
        row = store.row(ids[0])
    assert (row.status, row.cost_usd) == (507, 0.5)
