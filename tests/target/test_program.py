from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.target.packages import elf
from wiretell.errors import TargetError
from wiretell.target.interface import NODE
from wiretell.target.program import Program, inspect


def program(tmp_path: Path, data: bytes, name: str = "x") -> Program:
    path = tmp_path / name
    path.write_bytes(data)
    return inspect(path)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("#!/usr/bin/env node", Program("node", (NODE,))),
        ("#!/usr/bin/node --no-warnings", Program("node", (NODE, "--no-warnings"))),
        ("#!/usr/bin/env -S node --no-warnings=DEP0040", Program("node", (NODE, "--no-warnings=DEP0040"))),
        ("#!/usr/bin/env -S A=b nodejs --x", Program("node", (NODE, "--x"))),
        ("#!/usr/bin/env python3", Program("python")),
        ("#!/usr/bin/python3.11 -I", Program("python")),
        ("#!/home/me/venv/bin/python -I", Program("python", ("python3", "-I"))),
        ("#!/bin/sh", Program("native")),
        ("#!/bin/sh 'open", Program("native")),
        ("#!", Program("native")),
    ],
)
def test_a_script_is_told_by_its_first_line(line: str, expected: Program, tmp_path: Path) -> None:
    assert program(tmp_path, line.encode() + b"\nrest") == expected


def test_javascript_without_a_first_line_is_nodes(tmp_path: Path) -> None:
    assert program(tmp_path, b"console.log(1)", "cli.mjs") == Program("node", (NODE,))


def test_a_native_program_is_static_where_it_names_no_loader(tmp_path: Path) -> None:
    assert program(tmp_path, elf(loader=True)) == Program("native")
    assert program(tmp_path, elf(loader=False)) == Program("static")
    assert inspect(Path("/bin/sh").resolve()).runtime in {"native", "static"}


def test_a_program_for_another_processor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="another processor"):
        program(tmp_path, elf(loader=True, machine=243))


@pytest.mark.parametrize("data", [b"", b"plain text", b"\xcf\xfa\xed\xfe", b"MZ"])
def test_what_is_no_program_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="neither a Linux program nor a script"):
        program(tmp_path, data)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(4, 119), flips=st.lists(st.tuples(st.integers(4, 63), st.integers(0, 255)), max_size=4))
def test_a_damaged_program_raises_nothing_but_target_errors(
    cut: int, flips: list[tuple[int, int]], tmp_path: Path
) -> None:
    data = bytearray(elf(loader=True))
    for at, value in flips:
        data[at] = value
    try:
        program(tmp_path, bytes(data[:cut]))
    except TargetError:
        return
