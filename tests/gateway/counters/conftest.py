"""A real PostgreSQL of this machine (Debian's), in a folder of its own, on a Unix socket and a free loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postgres:
    """A server that can be ended and started again."""

    def __init__(self, folder_of_programs: Path, folder: Path) -> None:
        self._programs = folder_of_programs
        self._folder = folder
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._user = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        self._run("initdb", "-D", str(folder / "data"), "-U", "wiretell", "-A", "trust", "--no-sync", "-E", "UTF8")

    @property
    def url(self) -> str:
        return f"postgresql://wiretell@127.0.0.1:{self._port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments], check=True, capture_output=True, user=self._user, cwd="/"
        )

    def start(self) -> None:
        settings = ("-c", "fsync=off", "-c", f"unix_socket_directories={self._folder}", "-h", "127.0.0.1")
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(self._folder / "data"), "-p", str(self._port), *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            cwd="/",
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            ready = [str(self._programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(self._port), "-q"]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError("PostgreSQL did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()  # its own end: it closes every connection
            self._process.send_signal(2)
            self._process.wait(30)
            self._process = None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    found = programs()
    if found is None:
        if os.environ.get("WIRETELL_REQUIRE_POSTGRES") == "1":
            pytest.fail("there is no PostgreSQL here; apt-get install postgresql")
        pytest.skip("there is no PostgreSQL here; apt-get install postgresql")
    folder = tmp_path_factory.mktemp("postgres")
    for parent in (folder, *folder.parents):  # nobody must reach it
        if parent == Path("/tmp"):
            break
        parent.chmod(parent.stat().st_mode | 0o011)
    postgres = Postgres(found, folder)
    postgres.start()
    yield postgres
    postgres.stop()
