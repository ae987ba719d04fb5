"""Memory does not grow with the log."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

_READ = """
import pathlib, re, resource, sys
from wiretell import logs
from wiretell.logs.tables import CsvTable
with open(sys.argv[2], "wb") as file, CsvTable(file) as table:
    result = logs.read([sys.argv[1]], schemes=["date-line"], limit=10, workers=int(sys.argv[3]), rows=table)
# Not ru_maxrss: across fork and exec it keeps the peak of the process that started this one, which is the tests'.
own = int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(result.total, own // 1024, workers // 1024)
"""
_DATE = "Today\u2019s date is 2026-11-21.".encode()
_LINE = b'{"messages": [{"role": "user", "content": "' + b"words " * 3000 + _DATE + b'"}]}\n'


def _peaks(path: Path, workers: int) -> tuple[int, int, int]:
    argv = [sys.executable, "-c", _READ, str(path), str(path) + ".csv", str(workers)]
    total, own, others = map(int, subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split())
    return total, own, others


@pytest.mark.parametrize("workers", [1, 2])
def test_memory_stays_flat(tmp_path: Path, workers: int) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(_LINE * 800)
    large.write_bytes(_LINE * 4000)
    assert large.stat().st_size > 70_000_000
    little, much = _peaks(small, workers), _peaks(large, workers)
    assert much[0] == 4000
    assert much[1] < little[1] + 25
    assert workers == 1 or much[2] < little[2] + 25


def test_a_hundred_megabytes_on_one_line_are_read(tmp_path: Path) -> None:
    path = tmp_path / "line"
    with io.FileIO(path, "w") as file:
        file.write(b'{"a": 1}\n{"a": "')
        for _ in range(10):
            file.write(b"words " * 1_700_000)
            file.write(_DATE)
        file.write(b'"}\n{"a": "' + _DATE + b'"}\n')
    total, own, _ = _peaks(path, 1)
    assert total == 11
    assert own < 450
