"""The gateway's own end: kill -9 of everything, of the door, of the writer."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults import upstream
from tests.faults.gateway import Gateway, ask, check, open_stream, rows, started
from tests.faults.scenarios import Seen

OPEN = 200
FINISHED = 60


def _play(gateway: Gateway) -> list[object]:
    """Finish some exchanges, and leave others open."""
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda _: ask(gateway.port), range(FINISHED)))
        assert all(answer.status == 200 and answer.body == upstream.WHOLE for answer in done)
        return list(pool.map(lambda _: open_stream(gateway.port), range(OPEN)))


def _after(folder: Path, host: int) -> Counter[str]:
    """Start the gateway again, stop it in order, and count how exchanges ended."""
    with started(folder, host) as again:
        assert ask(again.port).status == 200
    found = rows(folder / "exchanges")
    assert len({row["exchange_id"] for row in found}) == len(found), "an exchange is in the log twice"
    return Counter(row["ended"] for row in found)


def everything_killed(folder: Path) -> Seen:
    """Door and writer, at the same moment."""
    with upstream.running() as host:
        with started(folder, host.port) as gateway:
            streams = _play(gateway)
            gateway.kill()
        del streams
        ended = _after(folder, host.port)
    return _seen("kill -9 of all its processes, 200 streams open", ended, folder)


def door_killed(folder: Path) -> Seen:
    """The process that serves; the writer sees it go."""
    with upstream.running() as host:
        with started(folder, host.port) as gateway:
            streams = _play(gateway)
            gateway.server.process.kill()
            gateway.server.process.wait()
        del streams
        ended = _after(folder, host.port)
    return _seen("kill -9 of the door alone, 200 streams open", ended, folder)


def _seen(fault: str, ended: Counter[str], folder: Path) -> Seen:
    whole = check(folder / "exchanges").returncode == 0
    held = ended == Counter({"complete": FINISHED + 1, "unfinished": OPEN}) and whole
    said = ", ".join(f"{count} {name}" for name, count in sorted(ended.items()))
    return Seen(
        fault,
        "finished ones in the log once, open ones marked",
        f"{said}; chain {'whole' if whole else 'broken'}",
        held,
    )


def writer_killed(folder: Path) -> Seen:
    """The writer alone, in the middle of traffic: it is started again, and nothing is lost."""
    with upstream.running() as host, started(folder, host.port) as gateway, ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(ask, gateway.port) for _ in range(40)]
        time.sleep(0.05)
        writer = next(pid for pid in gateway.server.pids() if pid != gateway.server.process.pid)
        os.kill(writer, signal.SIGKILL)
        waiting += [pool.submit(ask, gateway.port) for _ in range(40)]
        answers = [one.result() for one in waiting]
    good = sum(answer.status == 200 and answer.whole for answer in answers)
    found = rows(gateway.log)
    complete = [row["exchange_id"] for row in found if row["ended"] == "complete"]
    held = len(complete) == len(set(complete)) and len(complete) >= good and good >= 40
    return Seen(
        "kill -9 of the log's writer under load",
        "it is started again; who got an answer is in the log, once",
        f"{good} of {len(answers)} answered, {len(complete)} complete in the log, {len(set(complete))} different",
        held,
    )


SCENARIOS = (everything_killed, door_killed, writer_killed)
