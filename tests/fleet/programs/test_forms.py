"""Where in a program its own texts stand."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fleet.programs import made_up
from wiretell.fleet.programs import bun_graph, forms, spans
from wiretell.fleet.programs.forms import Form
from wiretell.fleet.programs.spans import Area, Bytes


@contextmanager
def reading(path: Path, content: bytes, name: str = "a") -> Iterator[Bytes]:
    (path / name).write_bytes(content)
    handle = os.open(path / name, os.O_RDONLY)
    try:
        yield Bytes(handle, len(content))
    finally:
        os.close(handle)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs need not be large, and are looked at in many pieces."""
    monkeypatch.setattr(forms, "PROGRAM_MIN", 1000)
    monkeypatch.setattr(spans, "CHUNK", 64)
    monkeypatch.setattr(bun_graph, "CHUNK", 64)


@given(
    content=st.binary(max_size=400).map(lambda raw: bytes(byte % 3 for byte in raw)),
    needle=st.binary(min_size=1, max_size=90).map(lambda raw: bytes(byte % 3 for byte in raw)),
    start=st.integers(0, 50),
    places=st.integers(1, 5),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_finds_what_python_finds(tmp_path: Path, content: bytes, needle: bytes, start: int, places: int) -> None:
    with reading(tmp_path, content) as file:
        found = spans.find(file, [Area(start, len(content))], [needle.decode()], places)
    all_places = [at for at in range(start, len(content)) if content.startswith(needle, at)]
    assert found.get(needle.decode(), []) == all_places[:places]


def test_what_two_pieces_share_counts_once(tmp_path: Path) -> None:
    """A longer text beside it makes pieces share more than this one is long."""
    with reading(tmp_path, b"." * 70 + b"abc" + b"." * 30) as file:
        assert spans.find(file, [Area(0, file.size)], ["abc", "-" * 40]) == {"abc": [70]}


def test_finds_several_texts_in_several_areas(tmp_path: Path) -> None:
    with reading(tmp_path, b"xxabcxx" + b"." * 500 + b"defabc") as file:
        areas = [Area(0, 4), Area(400, 513)]
        assert spans.find(file, areas, ["abc", "def", "ghi"]) == {"abc": [510], "def": [507]}


@pytest.mark.parametrize("size", [52, 36, 44])
@pytest.mark.parametrize("wide", [False, True])
def test_bun(tmp_path: Path, size: int, wide: bool) -> None:
    content = made_up.bun("let a='needle';", arguments="--user-agent=x/VV", wide=wide, size=size)
    with reading(tmp_path, content) as file:
        made = forms.made(file, "a")
        assert made is not None and made.form is Form.BUN
        assert len(spans.find(file, made.texts, ["needle"])["needle"]) == 1
        assert spans.find(file, made.arguments, ["--user-agent=x/99.1.2"])
        assert not spans.find(file, made.texts, ["--user-agent"])


def test_bun_as_it_was(tmp_path: Path) -> None:
    """Without options, in 24 bytes."""
    content = made_up.bun("let a='needle';", size=36)
    end = content.rindex(made_up.TRAILER)
    fields = struct.unpack("<QIIIIII", content[end - 32 : end])
    with reading(tmp_path, content[: end - 32] + struct.pack("<QIII4x", *fields[:4]) + content[end:]) as file:
        made = forms.made(file, "a")
        assert made is not None and made.form is Form.BUN
        assert spans.find(file, made.texts, ["needle"])


def test_bun_itself_is_not_taken_for_a_copy_with_a_program(tmp_path: Path) -> None:
    with reading(tmp_path, made_up.filled() + b"constants of its own") as file:
        made = forms.made(file, "bun")
        assert made is not None and made.form is Form.NATIVE


@given(seed=st.integers(0, 10**9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_broken_programs_are_no_error(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(
        chance.choice(
            [
                made_up.bun(made_up.CLAUDE),
                made_up.go("p", "m", "v1"),
                made_up.elf({".rodata": (2, b"x")}),
                made_up.sea("x"),
            ]
        )
    )
    for _ in range(chance.randrange(1, 8)):
        at = chance.choice([chance.randrange(64), chance.randrange(len(content)), -1 - chance.randrange(300)])
        content[at] = chance.randrange(256)
    with reading(
        tmp_path, bytes(content[: chance.choice([len(content), len(content) - chance.randrange(200)])])
    ) as file:
        made = forms.made(file, "a")
        if made:
            spans.find(file, (*made.texts, *made.arguments), ["PACKAGE_URL"])
            forms.go_module(file, made.texts[0].start)


@pytest.mark.parametrize("field", range(7))
@pytest.mark.parametrize("value", [0xFFFFFFFF, 0x7FFFFFFF, 1])
def test_bun_with_offsets_that_lead_nowhere(tmp_path: Path, field: int, value: int) -> None:
    content = bytearray(made_up.bun(made_up.CLAUDE))
    end = content.rindex(made_up.TRAILER)
    fields = list(struct.unpack("<QIIIIII", content[end - 32 : end]))
    fields[field] = value
    content[end - 32 : end] = struct.pack("<QIIIIII", *fields)
    with reading(tmp_path, bytes(content)) as file:
        made = forms.made(file, "a")
        assert made is not None
        assert all(0 <= area.start <= area.end <= file.size for area in made.texts)


def test_a_program_that_is_shortened_while_it_is_read(tmp_path: Path) -> None:
    with reading(tmp_path, made_up.bun(made_up.CLAUDE)) as file:
        os.truncate(tmp_path / "a", 10)
        assert file.at(0, 100) == b"\x7fELF\x02\x01".ljust(10, b"\0")
        made = forms.made(file, "a")
        assert made is not None and not spans.find(file, made.texts, ["PACKAGE_URL"])


def test_elf_constants_are_looked_at_and_code_is_not(tmp_path: Path) -> None:
    sections = {
        ".text": (6, b"in-code"),
        ".eh_frame": (2, b"in-tables"),
        ".rodata": (2, b"in-constants"),
        ".debug_str": (0, b"in-debug"),
    }
    with reading(tmp_path, made_up.elf(sections)) as file:
        made = forms.made(file, "a")
        assert made is not None and made.form is Form.NATIVE
        texts = ["in-code", "in-tables", "in-constants", "in-debug"]
        assert list(spans.find(file, made.texts, texts)) == ["in-constants"]


def test_an_executable_without_sections_is_looked_at_whole(tmp_path: Path) -> None:
    with reading(tmp_path, made_up.native("needle")) as file:
        made = forms.made(file, "a")
        assert made is not None and made.texts == (Area(0, file.size),)


def test_sea_and_node_itself(tmp_path: Path) -> None:
    content = made_up.sea("needle")
    with reading(tmp_path, content) as file:
        made = forms.made(file, "a")
        assert made is not None and made.form is Form.SEA and spans.find(file, made.texts, ["needle"])
    with reading(tmp_path, content.replace(b"b5df1996b2:1", b"b5df1996b2:0")) as file:
        made = forms.made(file, "node")
        assert made is not None and made.form is Form.NATIVE


@pytest.mark.parametrize(("version", "told"), [("v1.2.3", "1.2.3"), ("(devel)", ""), ("v0.9.0-rc.1", "0.9.0-rc.1")])
def test_go(tmp_path: Path, version: str, told: str) -> None:
    with reading(tmp_path, made_up.go("example.org/a/cmd/a", "example.org/a", version)) as file:
        made = forms.made(file, "a")
        assert made is not None and made.form is Form.GO
        assert forms.go_module(file, made.texts[0].start) == ("example.org/a/cmd/a", told)


@pytest.mark.parametrize(
    ("content", "name", "form"),
    [
        (b"#!/usr/bin/env node\nx", "a", Form.SCRIPT),
        (b"#!/usr/bin/env -S node --no-warnings\nx", "a", Form.SCRIPT),
        (b"#!/opt/bun/bin/bun\nx", "a", Form.SCRIPT),
        (b"import x from 'y'", "a.MJS", Form.SCRIPT),
        (b"import x from 'y'", "a.txt", None),
        (b"#!/bin/sh\nnode x", "a", None),
        (b"#!/usr/bin/python3\n# node", "a", None),
        (b"PK\3\4", "a.js", Form.SCRIPT),
        (b"\0asm", "a.js", None),
        (b"", "a", None),
        (b"\x7fELF", "a", None),
    ],
)
def test_scripts(tmp_path: Path, content: bytes, name: str, form: Form | None) -> None:
    with reading(tmp_path, content) as file:
        made = forms.made(file, name)
        assert (made.form if made else None) == form


def test_go_by_hand(tmp_path: Path) -> None:
    """Byte by byte, beside the builder that other tests use."""
    raw = bytes.fromhex("ff20476f206275696c64696e663a0802") + b"\0" * 16
    raw += b"\x08go1.22.2" + b"\x34" + b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6"
    raw += b"path\tx.org/y\nmod\tx.o" + b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
    with reading(tmp_path, raw) as file:
        assert forms.go_module(file, 0) == ("x.org/y", "")
