"""The page in a real browser, where there is one: its script works, and runs nothing of the traffic's."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from tests.gateway.ui.fakes import marked, row, site
from tests.gateway.ui.test_site import hostile
from wiretell.gateway.ui import Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    # without a feed: the browser's virtual time would wait for its end
    monkeypatch.setattr("wiretell.gateway.ui.site.MAX_FEEDS", 0)
    shown, bad = marked(), hostile()
    rows = [row(1), row(2, status=451, ended="refused", decision="ban:x"), shown.row, bad.row]
    with served(site(rows, [shown, bad])) as url:
        yield url


class served:
    """An application on a free port of loopback, in a thread."""

    def __init__(self, app: Site) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        run = self._server.serve(sockets=[self._socket])
        self._thread = threading.Thread(target=asyncio.run, args=(run,))

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)


def drawn(url: str, profile: Path) -> str:
    """Return the document as the browser has it after its script has run."""
    assert CHROMIUM is not None
    options = ["headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-sync", "disable-background-networking"]
    options += ["disable-component-update", f"user-data-dir={profile}", "virtual-time-budget=3000", "dump-dom"]
    command = [CHROMIUM, *(f"--{option}" for option in options), url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_the_page_draws_what_it_is_told_and_runs_none_of_it(address: str, tmp_path: Path) -> None:
    document = drawn(f"{address}/ui", tmp_path)
    body = document.partition("<tbody>")[2]
    assert body.count('<span class="status') == 4
    assert "mark date-line:labKw+cnTZ" in body
    assert "strip_marks:date-line:separator" in body
    assert "recording, 0 lost" in document
    assert "<script>alert" not in document
    assert "<img src=" not in body
    assert "&lt;img src=x onerror=alert(2)&gt;" in body
    assert "[U+202E]" in body
