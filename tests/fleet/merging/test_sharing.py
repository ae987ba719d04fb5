"""Many files by several processes: the same report, whatever they are; and odd companies."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.fleet.merging.test_merging import document, install, merged
from tests.fleet.merging.test_osquery import line
from wiretell.bench.fleet.company import Company, inventories, lines
from wiretell.cli import run
from wiretell.errors import InconclusiveError, InternalError
from wiretell.fleet.merging import reading, sharing

HOW = sharing.How(ZoneInfo("UTC"), {}, hashes=False)
NOON = "2026-07-12T12:00:00Z"


def read(paths: list[Path], processes: int) -> tuple[Any, ...]:
    """Everything that comes of files, as plain values."""
    done: list[int] = []
    (tables, whats), unread = sharing.gathered(reading.files([*map(str, paths)])[0], HOW, done.append, processes)
    columns = {name: table.to_pydict() for name, table in tables.items()}
    return columns, whats, [*unread.unread], unread.more_unread, sum(done)


@pytest.fixture
def mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with everything in it, of which a share is small."""
    monkeypatch.setattr(sharing, "BATCH", 7)
    monkeypatch.setattr(sharing, "_PACKED", 100)
    monkeypatch.setattr(reading, "LARGE", 50_000)
    monkeypatch.setattr(reading, "_PART", 5_000)
    for nth, data in enumerate(inventories(Company(30, seed=1))):
        (tmp_path / f"{nth:02d}.json").write_bytes(data)
    (tmp_path / "10-broken.json").write_text("{")
    (tmp_path / "20-osquery.log").write_text(json.dumps(line()) + "\n" + json.dumps(line(hostIdentifier="h2")))
    every = list(lines(Company(40, seed=2)))
    every[7:7] = [b"\n", b"{}\n", b"  \r\n"]
    (tmp_path / "21-lines.ndjson").write_bytes(b"".join(every))
    (tmp_path / "22-packed.ndjson.gz").write_bytes(gzip.compress(b"".join(lines(Company(40, seed=3)))))
    (tmp_path / "23-cut.ndjson.gz").write_bytes(gzip.compress(b"".join(lines(Company(40, seed=4))))[:-40])
    (tmp_path / "24-osquery.log").write_text(json.dumps(line(action="removed", unixTime=line()["unixTime"] + 9)))
    (tmp_path / "25-gone.json").symlink_to(tmp_path / "nowhere")
    return tmp_path


@pytest.mark.parametrize("processes", [2, 5])
def test_more_processes_read_the_same(mixed: Path, processes: int) -> None:
    alone = read([mixed], 1)
    assert read([mixed], processes) == alone
    columns, _, unread, more, files = alone
    assert [each.what.rpartition("/")[2] for each in unread] == [
        "10-broken.json",
        "21-lines.ndjson:9",
        "23-cut.ndjson.gz",
        "25-gone.json",
    ]
    assert more == 0 and files >= 30
    hosts = columns["snapshot"]["hostname"]
    assert len(hosts) >= 30 + 40 + 40 + 2
    assert hosts[-2:] == ["h1", "h2"], "osquery's come last, all files together"
    assert columns["snapshot"]["id"] == list(range(len(hosts)))
    assert [hosts[number] for number in columns["finding"]["snapshot"]][-1] == "h2"


def test_parts_of_a_file_are_whole_lines_with_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_PART", 64)
    every = [b'{"a": %d}' % (10**nth) for nth in range(60)]
    every[3] = b""
    (tmp_path / "a.log").write_bytes(b"\n \n" + b"\n".join(every))
    parts = list(reading.parts(str(tmp_path / "a.log")))
    assert len(parts) > 20
    found = {
        part.first + nth: text for part in parts for nth, text in enumerate(part.data.removesuffix(b"\n").split(b"\n"))
    }
    assert [found[number] for number in sorted(found)] == [b"", b" ", *every]


def test_a_worker_that_is_ended_is_a_sentence(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(*_: Any) -> Iterator[Any]:
        os.kill(os.getpid(), signal.SIGKILL)
        yield

    monkeypatch.setattr(reading, "snapshots", end)
    with pytest.raises(InternalError, match="too little memory"):
        read([mixed], 2)


def test_what_has_no_end_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "a.json").write_text(json.dumps(document(1, NOON, [])))
    (tmp_path / "loop").symlink_to(tmp_path)
    assert merged(tmp_path).machines == 1


def test_what_is_too_large_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "DOCUMENT_MAX", 3_000)
    monkeypatch.setattr(reading, "LINES_MAX", 9_000)
    monkeypatch.setattr(reading, "_SMALL", 1_000)
    monkeypatch.setattr(reading, "_PART", 1_000)
    monkeypatch.setattr(reading, "LARGE", 2_000)
    small, large = (
        json.dumps(document(1, NOON, [])),
        json.dumps(document(2, NOON, [install("pi", "1", n) for n in range(90)])),
    )
    (tmp_path / "a.json").write_text(small)
    (tmp_path / "b.json").write_text(large)
    (tmp_path / "c.json").write_text(json.dumps(json.loads(large), indent=1))
    (tmp_path / "d.jsonl").write_text(f"{small}\n{large}\n{small}\n")
    (tmp_path / "e.jsonl").write_text(f"{small}\n" * 200)
    report = merged(tmp_path)
    assert report.machines == 1
    assert {item.what.rpartition("/")[2] for item in report.unread} == {"b.json", "c.json", "d.jsonl", "e.jsonl"}
    assert any("what comes after was not read" in item.why for item in report.unread)


def test_standard_input_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lines").write_bytes(b"".join(lines(Company(5))))
    program = "import sys; from wiretell.cli import run; sys.exit(run(['fleet', 'report', '-', '--format', 'json']))"
    with (tmp_path / "lines").open("rb") as given:
        cat = subprocess.Popen(["cat"], stdin=given, stdout=subprocess.PIPE)
        told = subprocess.run(
            [sys.executable, "-c", program], stdin=cat.stdout, capture_output=True, check=True, cwd=tmp_path
        )
        cat.wait()
    assert json.loads(told.stdout)["machines"] == 5
    assert run(["fleet", "report", str(tmp_path / "none")]) == 2
    assert "holds no inventory" in capsys.readouterr().err


# Odd companies


def test_machines_without_an_id_are_told_apart_by_name_and_that_is_told(tmp_path: Path) -> None:
    for number, product in enumerate(("codex", "pi")):
        made = document(1, NOON, [install(product, "1.0")])
        made["machine"] |= {"id": "", "hostname": "localhost"}
        (tmp_path / f"{number}.json").write_text(json.dumps(made))
    (tmp_path / "own.json").write_text(json.dumps(document(2, NOON, [])))
    report = merged(tmp_path)
    assert report.machines == 2
    assert [(machines, "two machines of one name" in why) for why, machines in report.partly] == [(1, True)]


def test_an_inventory_of_no_machine_is_not_read(tmp_path: Path) -> None:
    made = document(1, NOON, [])
    made["machine"] |= {"id": "", "hostname": ""}
    (tmp_path / "a.json").write_text(json.dumps(made))
    with pytest.raises(InconclusiveError, match="names no machine"):
        merged(tmp_path)


def test_clocks_that_are_ahead_are_told_of(tmp_path: Path) -> None:
    for number, (machine, taken) in enumerate([(1, NOON), (1, "2027-01-01T00:00:00Z"), (2, "2099-01-01T00:00:00Z")]):
        (tmp_path / f"{number}.json").write_text(json.dumps(document(machine, taken, [])))
    report = merged(tmp_path)
    assert (report.machines, report.inventories) == (1, 1)
    assert [(machines, why.partition(" ")[0]) for why, machines in report.partly] == [(1, "some"), (1, "all")]
    (tmp_path / "0.json").unlink()
    (tmp_path / "1.json").unlink()
    with pytest.raises(InconclusiveError, match="all inventories are later than 2026-07-12"):
        merged(tmp_path)


def test_an_inventory_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    data = json.dumps(document(1, NOON, [install("claude-code", "2.1.91")]))
    for name in ("a.json", "b.json", "c.jsonl"):
        (tmp_path / name).write_text(data)
    report = merged(tmp_path)
    assert (report.machines, report.inventories, len(report.banned)) == (1, 3, 1)
    assert [(day.machines, day.banned) for day in report.days] == [(1, 1)]


def test_names_and_texts_that_no_utf_8_holds_are_told_of(tmp_path: Path) -> None:
    made = document(1, NOON, [install("claude-code", "2.1.91") | {"path": "/p/\udc80"}])
    (tmp_path / "a.json").write_text(json.dumps(made))
    (tmp_path / os.fsdecode(b"\xff.json")).write_bytes(b"{")
    (tmp_path / "c.json").write_text(json.dumps(document(2, NOON, [])))
    page = tmp_path.with_name(f"{tmp_path.name}.html")
    assert run(["fleet", "report", str(tmp_path), "--format", "html", "--output", str(page)]) == 0
    assert "surrogate" in page.read_text(encoding="utf-8")
    assert run(["fleet", "report", str(tmp_path), "--format", "json", "--output", str(page)]) == 0
    assert len(json.loads(page.read_bytes())["unread"]) == 2


def test_a_model_is_one_line_however_many_versions_ask_for_it(tmp_path: Path) -> None:
    for number, version in enumerate(("0.1.0", "0.2.0", "0.3.0")):
        found = {"settings": [{"product": "codex", "vendor": "openai", "kind": "config", "model": "gpt-5"}]}
        (tmp_path / f"{number}.json").write_text(
            json.dumps(document(number, NOON, [install("codex", version)], **found))
        )
    (line_,) = [item for item in merged(tmp_path).spread if item.what.model]
    assert (line_.what.model, line_.what.version, line_.machines) == ("gpt-5", "", 3)


def test_a_machine_with_very_much_on_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        json.dumps(document(1, NOON, [install("claude-code", f"2.1.{n % 4000}", n) for n in range(20_000)]))
    )
    report = merged(tmp_path)
    assert report.machines == 1
    assert len(report.spread) == 4_000
    assert len(report.banned) == (198 - 91 - 1) * 5
