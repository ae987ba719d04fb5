"""Servers as process trees. CPU and memory by the kernel's accounts (proc(5)); ended with all they started."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.errors import InternalError

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_END_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    process: subprocess.Popen[bytes]
    port: int

    def cpu_s(self) -> float:
        """CPU seconds of its processes so far, user and system."""
        return sum(map(_cpu_s, self.pids()))

    def rss_bytes(self) -> dict[str, int]:
        """Resident bytes of each of its processes: command -> bytes, summed where several have one name."""
        found: dict[str, int] = {}
        for pid in self.pids():
            name, size = _memory(pid)
            found[name] = found.get(name, 0) + size
        return {name: size for name, size in found.items() if size}

    def pids(self) -> list[int]:
        """Its processes: the one that was started, and all below it."""
        pids, at = [self.process.pid], 0
        while at < len(pids):
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pids[at]}/task").iterdir():
                    pids += map(int, (task / "children").read_text().split())
            at += 1
        return list(dict.fromkeys(pids))


@contextlib.contextmanager
def running(
    name: str,
    command: Sequence[str],
    port: int,
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    wait_s: float = 60.0,
) -> Iterator[Server]:
    """Start a server and wait until its port answers; on leaving, it and all it started have ended.

    :raises InternalError: if it ends or does not listen within `wait_s`; its last words are in the sentence.
    """
    with (folder / f"{name}.out").open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment) if environment is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        _wait_for(name, process, port, wait_s, folder / f"{name}.out")
        yield Server(name, process, port)
    finally:
        _end(process)


def free_port() -> int:
    """Return a loopback port that nothing uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(name: str, process: subprocess.Popen[bytes], port: int, wait_s: float, said: Path) -> None:
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    words = said.read_text(errors="replace").strip().splitlines()[-3:]
    raise InternalError(f"{name} does not listen ({' / '.join(words) or 'it says nothing'}); the measurement is void.")


def _end(process: subprocess.Popen[bytes]) -> None:
    for signal_ in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal_)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)
            return


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _memory(pid: int) -> tuple[str, int]:
    try:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (OSError, ValueError):
        return "", 0
    name = "log writer" if "gateway.log.writer" in words else status["Name"].strip()
    return name, int(status.get("VmRSS", "0 kB").split()[0]) * 1024
