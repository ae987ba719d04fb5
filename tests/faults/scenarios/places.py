"""What the gateway stands on: its disk, its folder, the clock, PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from tests.faults import upstream
from tests.faults.gateway import BODY, ask, check, rows, started
from tests.faults.scenarios import Seen
from tests.gateway.counters.conftest import Postgres, programs
from wiretell.lab import machine

_SMALL = "size=48m"
_MANY = 60
"""Requests of 800 KB: more than what the log had set aside before the disk was full."""
_POLICY = """schema = 1
[[budget]]
who = "user:*"
usd = 1000
per = "week"
"""


def disk_full(folder: Path) -> Seen:
    """`refuse`: nothing passes unrecorded."""
    return _full(folder, "refuse")


def disk_full_passing(folder: Path) -> Seen:
    """`pass`: requests go on, and what is lost is counted."""
    return _full(folder, "pass")


def _full(folder: Path, choice: str) -> Seen:
    (folder / "small").mkdir(parents=True)
    own = ("unshare", "--user", "--map-root-user", "--mount")
    shell = ("sh", "-c", f'mount -t tmpfs -o {_SMALL} tmpfs small && exec "$@"', "sh")
    with (
        upstream.running() as host,
        started(
            folder, host.port, f'on_log_failure = "{choice}"', prefix=(*own, *shell), log="small/exchanges"
        ) as gateway,
    ):
        inside = Path(f"/proc/{gateway.server.process.pid}/root{folder / 'small'}")
        first = ask(gateway.port)
        filler = inside / "filler"
        _fill(filler)
        during = [ask(gateway.port, body=_large()) for _ in range(_MANY)]
        lost = gateway.metric("wiretell_log_dropped_total")
        spilled = gateway.metric("wiretell_log_spilled_total")
        filler.unlink()
        after = _until_good(gateway.port)
        time.sleep(0.5)
        shutil.copytree(
            inside / "exchanges", folder / "copy", ignore=shutil.ignore_patterns("*.sock", "*-wal", "*-shm")
        )
    statuses = sorted({answer.status for answer in during})
    if choice == "refuse":
        # What was recorded before it was full may pass; from then on nothing does.
        held = first.status == 200 and during[-1].status == 507 and lost == 0 and after
        said = f"{statuses}, {sum(a.status == 507 for a in during)} of {_MANY} refused, {lost:.0f} lost"
    else:
        held = statuses == [200] and after and all(answer.whole for answer in during) and lost + spilled > 0
        said = f"{statuses}, {lost:.0f} counted as dropped, {spilled:.0f} spilled"
    return Seen(
        f'disk full, on_log_failure = "{choice}"', "507" if choice == "refuse" else "passes, counted", said, held
    )


def _large() -> bytes:
    """Return a request of which nothing was seen before and little can be compressed."""
    return BODY.replace(b"Why does", os.urandom(400_000).hex().encode() + b" Why does")


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(b"\1" * size)
            except OSError:
                continue


def _until_good(port: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if ask(port).status == 200:
            return True
        time.sleep(0.2)
    return False


def folder_gone(folder: Path) -> Seen:
    """Somebody removes the log's folder."""
    with upstream.running() as host, started(folder, host.port) as gateway:
        assert ask(gateway.port).status == 200
        (folder / "exchanges").rename(folder / "elsewhere")
        time.sleep(0.2)
        answers = [ask(gateway.port) for _ in range(10)]
        lost = gateway.metric("wiretell_log_dropped_total")
    shutil.rmtree(folder / "exchanges", ignore_errors=True)
    (folder / "elsewhere").rename(folder / "exchanges")
    with upstream.running() as host, started(folder, host.port):
        pass
    kept = len(rows(folder / "exchanges"))
    good = sum(answer.status == 200 for answer in answers)
    held = lost == 0 and kept == 1 + good
    return Seen(
        "the log's folder is moved away",
        "no silent loss: refused, or recorded where it now is",
        f"{good} of 10 passed, {10 - good} refused; moved back, the log has {kept}",
        held,
    )


def clock_jumps(folder: Path) -> Seen:
    """Two days forward, four days back, while it runs."""
    library = machine.faketime_folder()
    assert library is not None
    folder.mkdir(exist_ok=True)
    stamp = folder / "clock"
    stamp.write_text("+0\n")
    environment = {
        **os.environ,
        "LD_PRELOAD": str(library / "libfaketime.so.1"),
        "FAKETIME_TIMESTAMP_FILE": str(stamp),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    with upstream.running() as host, started(folder, host.port, environment=environment) as gateway:
        answers = []
        for jump in ("+0", "+2d", "-2d", "+0"):
            stamp.write_text(f"{jump}\n")
            answers += [ask(gateway.port) for _ in range(5)]
    found = rows(gateway.log)
    good = sum(answer.status == 200 and answer.body == upstream.WHOLE for answer in answers)
    days = {row["ts"].date() for row in found}
    whole = check(gateway.log).returncode == 0
    held = good == len(found) == 20 and whole and all(0 <= row["duration_us"] < 10_000_000 for row in found)
    return Seen(
        "the clock jumps 2 days on and 4 back",
        "each in the log once, at its time",
        f"{good} of 20 passed, {len(found)} rows on {len(days)} days, chain {'whole' if whole else 'broken'}",
        held,
    )


def postgres_gone(folder: Path) -> Seen:
    """`refuse`: nobody knows what is left, so nothing passes."""
    return _postgres(folder, "refuse")


def postgres_gone_passing(folder: Path) -> Seen:
    """`pass`: requests go on, and are counted when it is back."""
    return _postgres(folder, "pass")


def _postgres(folder: Path, choice: str) -> Seen:
    found = programs()
    fault = f'PostgreSQL gone, on_counters_failure = "{choice}"'
    if found is None:
        return Seen(fault, "-", "not examined: there is no PostgreSQL on this machine", False)
    folder.mkdir(exist_ok=True)
    (folder / "pg").mkdir()
    for parent in (folder, *folder.parents[:3]):
        if parent.owner() == Path.home().owner():
            subprocess.run(["chmod", "a+x", str(parent)], check=False)
    (folder / "policy.toml").write_text(_POLICY)
    server = Postgres(found, folder / "pg")
    server.start()
    top = f'policy = "policy.toml"\ncounters = "{server.url}"\non_counters_failure = "{choice}"\nname = "one"'
    try:
        with upstream.running() as host, started(folder, host.port, top) as gateway:
            before = ask(gateway.port)
            server.stop()
            during = [ask(gateway.port) for _ in range(3)]
            server.start()
            after = _until_good(gateway.port)
    finally:
        server.stop()
    statuses = sorted({answer.status for answer in during})
    seconds = max(answer.seconds for answer in during)
    wanted = [503] if choice == "refuse" else [200]
    held = before.status == 200 and statuses == wanted and after and seconds < 15
    rest = rows(gateway.log)
    held = held and len(rest) >= 5
    return Seen(fault, f"{wanted[0]}", f"{statuses} in at most {seconds:.1f} s, good again when it is back", held)


SCENARIOS = (
    disk_full,
    disk_full_passing,
    folder_gone,
    clock_jumps,
    postgres_gone,
    postgres_gone_passing,
)
