"""From pieces to what was read: order, what cannot be read, and the tokenizer that must be fetched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scan.literals.conftest import Ask
from wiretell.errors import TargetError
from wiretell.model.scan import Place
from wiretell.scan.interface import BINARY, JAVASCRIPT, PYTHON, Piece, Progress
from wiretell.scan.literals import ensure, read
from wiretell.scan.literals.acorn import node
from wiretell.scan.literals.worker import Settings, Worker, WorkerError

FAKE_NPM = """
import pathlib, sys
prefix = next(word.split("=", 1)[1] for word in sys.argv if word.startswith("--prefix="))
assert "ci" in sys.argv and "--ignore-scripts" in sys.argv
assert "integrity" in pathlib.Path(prefix, "package-lock.json").read_text()
module = pathlib.Path(prefix, "node_modules/acorn/dist/acorn.mjs")
module.parent.mkdir(parents=True)
module.write_text("export {}")
"""


def silent(_: str) -> None:
    pass


def npm(folder: Path, text: str) -> tuple[str, ...]:
    script = folder / "npm.py"
    script.write_text(text)
    return sys.executable, str(script)


def test_acorn_is_fetched_once_and_whole(tmp_path: Path) -> None:
    said: list[str] = []
    found = ensure(said.append, tmp_path / "cache", npm(tmp_path, FAKE_NPM))
    assert found.read_text() == "export {}"
    assert ensure(said.append, tmp_path / "cache", ("/no/npm",)) == found
    assert len(said) == 1
    assert len(list(found.parents[4].iterdir())) == 1


def test_two_at_once(tmp_path: Path) -> None:
    slow = npm(tmp_path, FAKE_NPM + "import time; time.sleep(0.3)")
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(ensure(silent, tmp_path / "cache", slow))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("import sys; sys.exit('npm error code ENOTFOUND')", "ENOTFOUND"),
        ("", "left no module"),
    ],
)
def test_what_cannot_be_fetched_is_one_sentence(tmp_path: Path, script: str, word: str) -> None:
    with pytest.raises(TargetError, match=word) as error:
        ensure(silent, tmp_path / "cache", npm(tmp_path, script))
    assert "could not be fetched" in str(error.value)
    assert list((tmp_path / "cache" / "tools").iterdir()) == []


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetError, match="XDG_CACHE_HOME"):
        ensure(silent, tmp_path / "file", ("/no/npm",))


def test_without_acorn_the_rest_goes_on() -> None:
    def nowhere(_: Progress) -> Path:
        raise TargetError("acorn could not be fetched: no network.")

    pieces = [Piece("a.js", JAVASCRIPT, b"'x'"), Piece("b.py", PYTHON, b"x = 'y'")]
    script, program = read(pieces, (), silent, find=nowhere)
    assert script.not_examined[0].why == "acorn could not be fetched: no network."
    assert program.literals[0].value == "y"


def test_pieces_come_in_their_order(ask: Ask) -> None:
    large = b"f(" + b"'x'," * 200_000 + b"0)"
    pieces = [Piece("0.js", JAVASCRIPT, large, Place("app", 7, len(large)))]
    pieces += [Piece(f"{i}.js", JAVASCRIPT, memoryview(f"'{i}'".encode())) for i in range(1, 500)]
    pieces.insert(3, Piece("raw", BINARY, b"'no'"))
    found = list(read(pieces, (), silent))
    assert [piece.path for piece in found] == [f"{i}.js" for i in range(500)]
    assert [piece.literals[0].value for piece in found[1:]] == [str(i) for i in range(1, 500)]
    assert found[0].inside == Place("app", 7, len(large))


def test_compressed_bytes_with_the_name_of_a_script(ask: Ask) -> None:
    (found,) = read([Piece("chart.js", JAVASCRIPT, b"\x28\xb5\x2f\xfd" + bytes(range(256)) * 40)], (), silent)
    assert found.not_examined
    assert "chart.js" in found.not_examined[0].what


def test_a_worker_that_is_gone_is_said(ask: Ask) -> None:
    worker = Worker(node(), ensure(silent), Settings((), ()))
    worker.close()
    with pytest.raises(WorkerError):
        worker.ask(b"x")


def test_the_worker_may_touch_nothing(ask: Ask, tmp_path: Path) -> None:
    """In place of acorn, a module that tries what it must not."""
    evil = tmp_path / "acorn.mjs"
    evil.write_text(
        "import fs from 'node:fs'; import {spawnSync} from 'node:child_process';\n"
        "const tried = (f) => { try { f(); return 'done' } catch (e) { return e.code } };\n"
        f"const out = [tried(() => fs.writeFileSync({str(tmp_path / 'x')!r}, '')),\n"
        "  tried(() => fs.readFileSync('/etc/hostname')), tried(() => spawnSync('true')),\n"
        "  Object.keys(process.env).length];\n"
        "process.stdout.write(JSON.stringify(out)); process.exit(0);\n"
    )
    from wiretell.scan.literals import worker

    script = Path(worker.__file__).parent / "js" / "tokens.mjs"
    argv = worker._argv(node(), script, evil)
    out = subprocess.run(argv, capture_output=True, env={}, check=True).stdout
    assert out == b'["ERR_ACCESS_DENIED","ERR_ACCESS_DENIED","ERR_ACCESS_DENIED",0]'


BUSY = """
import {readSync} from "node:fs";
export class Parser {}; export const tokTypes = new Proxy({}, {get: () => ({}), ownKeys: () => []});
export const keywordTypes = tokTypes;
for (;;) {}
"""


def busy(folder: Path) -> Path:
    module = folder / "acorn.mjs"
    module.write_text(BUSY)
    return module


def test_whoever_stops_reading_does_not_wait_for_a_busy_worker(ask: Ask, tmp_path: Path) -> None:
    pieces = [Piece("a.js", JAVASCRIPT, b"'x'"), Piece("b.js", JAVASCRIPT, b"'y'")]

    def stopped() -> Iterator[Piece]:
        yield from pieces
        time.sleep(0.5)
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(read(stopped(), (), silent, find=lambda _: busy(tmp_path)))
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker ends when its work is done")
def test_a_busy_worker_ends_with_a_parent_that_is_killed(ask: Ask, tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from wiretell.scan.literals.acorn import node\n"
        "from wiretell.scan.literals.worker import Settings, Worker\n"
        "worker = Worker(node(), Path(sys.argv[1]), Settings((), ()))\n"
        "print(worker._process.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(busy(tmp_path))], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.5)
    assert alive(child)
    parent.kill()
    parent.communicate()
    ends = time.monotonic() + 5
    while alive(child) and time.monotonic() < ends:
        time.sleep(0.05)
    gone = not alive(child)
    if not gone:
        os.kill(child, signal.SIGKILL)
    assert gone


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_sources_that_wait_are_bounded_in_bytes(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["wiretell.scan.literals.read"], "_AHEAD_BYTES", 100)
    given: list[int] = []

    def counted() -> Iterator[Piece]:
        for i in range(20):
            given.append(i)
            yield Piece(f"{i}.js", JAVASCRIPT, b"'" + b"x" * 60 + b"'")

    for i, found in enumerate(read(counted(), (), silent)):
        assert found.path == f"{i}.js"
        assert len(given) <= i + 2
