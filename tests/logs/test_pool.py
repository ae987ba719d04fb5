"""Several processes give what one gives, in the same order, and none is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wiretell import logs, marks
from wiretell.errors import InternalError
from wiretell.logs.cut import Sizes, pieces
from wiretell.logs.interface import Batch
from wiretell.logs.jobs import Job, PieceJob, ranges
from wiretell.logs.pool import Pool
from wiretell.logs.recognise import Form
from wiretell.logs.result import Collector
from wiretell.model.marks import MarksResult

_DETECTORS = marks.named(["date-line"])
_MARKED = "Today\u2019s date is 2026/11/21."


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JSON Lines of odd lengths, marked here and there, with lines that are none."""
    path = tmp_path_factory.mktemp("pool") / "log.jsonl"
    with path.open("wb") as file:
        for n in range(600):
            text = _MARKED if n % 7 == 0 else "Today's date is 2026-11-21."
            row = {"account": f"a{n % 3}", "body": {"messages": [{"content": "x" * (n * 37 % 900)}, {"content": text}]}}
            file.write(b"plain\n" if n % 50 == 9 else json.dumps(row, ensure_ascii=n % 2 == 0).encode() + b"\n")
    return path


def _jobs(log: Path, step: int, sizes: Sizes) -> Iterator[Job]:
    return ranges(str(log), "jsonl", log.stat().st_size, step=step, sizes=sizes)


def _result(batches: Iterator[Batch]) -> MarksResult:
    into = Collector(("date-line",), 50, None, lambda _text: None, 0)
    into.begin("log")
    into.take(Form.JSONL)
    for batch in batches:
        into.take(batch)
    into.end()
    return into.result()


def test_any_number_of_workers_gives_the_same(log: Path) -> None:
    found = []
    for workers, step, piece in ((1, 1 << 30, 1 << 20), (1, 5000, 700), (2, 5000, 1 << 20), (3, 70_000, 3000)):
        with Pool(_DETECTORS, 50, workers) as pool:
            found.append(_result(pool.run(_jobs(log, step, Sizes(piece=piece, overlap=64)))))
    assert found[0].total > 80
    assert len(found[0].found) == 50
    assert all(other == found[0] for other in found[1:])


def test_a_stream_gives_what_the_file_gives(log: Path) -> None:
    with Pool(_DETECTORS, 50, 2) as pool, log.open("rb") as file:
        whole = _result(pool.run(_jobs(log, 1 << 30, Sizes()), alone=True))
        jobs = (PieceJob(str(log), "jsonl", piece) for piece in pieces(file, sizes=Sizes(piece=5000)))
        assert _result(pool.run(jobs)) == whole


def test_a_large_file_is_read_by_workers(tmp_path: Path) -> None:
    path = tmp_path / "large"
    line = json.dumps({"a": "x" * 100_000, "b": _MARKED}).encode() + b"\n"
    path.write_bytes(line * 400)
    said: list[str] = []
    one, two = (
        logs.read([str(path)], schemes=["date-line"], workers=workers, limit=5, progress=said.append)
        for workers in (1, 2)
    )
    assert (one.total, one.found, one.sources) == (400, two.found, two.sources)
    assert "40 of 40 MB" in said


def test_workers_end_with_the_pool(log: Path) -> None:
    with Pool(_DETECTORS, 50, 2) as pool:
        batches = pool.run(_jobs(log, 2000, Sizes()))
        next(batches)
        workers = [worker._process for worker in pool._live]
        assert workers
    assert all(worker.poll() is not None for worker in workers)


def test_a_worker_that_is_killed_is_said(log: Path) -> None:
    with Pool(_DETECTORS, 50, 2) as pool:
        batches = pool.run(_jobs(log, 1000, Sizes()))
        next(batches)
        for worker in pool._live:
            os.kill(worker._process.pid, signal.SIGKILL)
        with pytest.raises(InternalError, match="signal 9"):
            list(batches)


_PARENT = """
import signal, sys, time
from pathlib import Path
from wiretell import marks
from wiretell.logs.jobs import ranges
from wiretell.logs.pool import Pool
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
log = Path(sys.argv[1])
with Pool(marks.named(["date-line"]), 50, 2) as pool:
    batches = pool.run(ranges(str(log), "jsonl", log.stat().st_size, step=2000))
    next(batches)
    print(*(worker._process.pid for worker in pool._live), flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_the_process_that_started_them(log: Path, number: int) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(log)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert parent.stdout is not None
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert workers
    parent.send_signal(number)
    parent.wait()
    parent.stdout.close()
    for _ in range(200):
        if not any(map(_lives, workers)):
            return
        time.sleep(0.05)
    pytest.fail("a worker is still there")


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
