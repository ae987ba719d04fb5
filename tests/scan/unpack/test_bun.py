from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scan.unpack.build import PROGRAM, bun_executable, elf, payload, taken_bytes
from wiretell.model.scan import Place
from wiretell.scan.unpack import bun

ROOT = "/$bunfs/root"
MODULES = [
    (f"{ROOT}/cli", PROGRAM, 1),
    (f"{ROOT}/part.js", b"// @bun\nexport const other = 'a second program, which is long enough too';", 1),
    (f"{ROOT}/addon.node", elf({".text": bytes(64)}), 10),
    (f"{ROOT}/readme.md", b"words", 13),
]


@pytest.mark.parametrize("record", [52, 36, 28])
@pytest.mark.parametrize("offsets", [32, 24])
def test_modules_become_pieces_with_their_place(record: int, offsets: int, tmp_path: Path) -> None:
    whole = bun_executable(MODULES, record=record, offsets=offsets)
    found, embedded, missed = taken_bytes(tmp_path, whole, "agent")
    assert missed == []
    assert list(found) == ["agent", *(f"agent!{name}" for name, _, _ in MODULES)]
    assert [piece.kind for piece in found.values()] == ["binary", "javascript", "javascript", "binary", "text"]
    for name, data, _ in MODULES:
        piece = found[f"agent!{name}"]
        assert bytes(piece.data) == data
        assert piece.inside is not None and piece.inside.file == "agent"
        assert whole[piece.inside.offset :][: piece.inside.length] == data
    assert [(each.format, each.read_as) for each in embedded] == [
        ("elf", "sections"),
        ("bun", "modules"),
        ("elf", "sections"),
    ]


@pytest.mark.parametrize(
    "before", [b"\x7fELF\x02\x01" + bytes(300), b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(99)]
)
def test_a_payload_at_the_end_of_any_executable_is_found(before: bytes, tmp_path: Path) -> None:
    found, _, missed = taken_bytes(tmp_path, before + payload(MODULES) + struct.pack("<Q", 9), "agent.exe")
    assert bytes(found[f"agent.exe!{ROOT}/cli"].data) == PROGRAM
    assert missed == []


def test_a_truncated_executable_is_said_and_its_programs_are_found_by_their_first_line(tmp_path: Path) -> None:
    whole = bun_executable(MODULES)
    cut = whole[: whole.index(b"words")]
    found, embedded, missed = taken_bytes(tmp_path, cut, "agent")
    assert "cut off" in missed[0].why and "module table" in missed[1].what
    carved = [piece for path, piece in found.items() if "carved" in path]
    assert [bytes(piece.data) for piece in carved] == [MODULES[0][1], MODULES[1][1]]
    assert {piece.kind for piece in carved} == {"javascript"}
    assert [(each.format, each.read_as) for each in embedded] == [("elf", "raw bytes"), ("bun", "raw bytes")]


def altered(at: int, *numbers: int) -> bytes:
    """The executable with numbers of its module table replaced, counted from the table's first byte."""
    whole = bytearray(bun_executable(MODULES))
    trailer = whole.rindex(bun.TRAILER)
    _, table, _ = struct.unpack_from("<QII", whole, trailer - 32)
    start = trailer - 32 - struct.unpack_from("<Q", whole, trailer - 32)[0]
    struct.pack_into(f"<{len(numbers)}I", whole, start + table + at, *numbers)
    return bytes(whole)


@pytest.mark.parametrize(
    "numbers",
    [(0xFFFFFFFF, 5), (3, 0), (0, 90_000), (0, 20)],
    ids=["name-outside", "no-name", "name-too-long", "name-of-nuls"],
)
def test_a_record_that_lies_is_counted_and_its_program_carved(numbers: tuple[int, ...], tmp_path: Path) -> None:
    found, _, missed = taken_bytes(tmp_path, altered(0, *numbers), "agent")
    assert missed[0].what == "1 of 4 records of the module table in agent"
    assert PROGRAM in [bytes(piece.data) for path, piece in found.items() if "carved" in path]
    assert f"agent!{ROOT}/part.js" in found


def test_records_that_claim_the_same_bytes_count_once(tmp_path: Path) -> None:
    whole = altered(52 + 8, 120, len(PROGRAM))  # the second module claims the contents of the first
    found, _, missed = taken_bytes(tmp_path, whole, "agent")
    assert missed[0].what.startswith("1 of 4 records")
    assert sum(bytes(piece.data) == PROGRAM for piece in found.values()) == 1


def test_contents_beyond_the_end_lie(tmp_path: Path) -> None:
    found, _, missed = taken_bytes(tmp_path, altered(8, 120, 0xFFFFFFF0), "agent")
    assert missed[0].what.startswith("1 of 4 records")
    assert f"agent!{ROOT}/cli" not in found


def test_a_table_of_no_known_layout_is_said(tmp_path: Path) -> None:
    whole = bytearray(bun_executable(MODULES))
    trailer = whole.rindex(bun.TRAILER)
    struct.pack_into("<I", whole, trailer - 32 + 12, 53)
    found, embedded, missed = taken_bytes(tmp_path, bytes(whole), "agent")
    assert "module table of Bun in agent" in missed[0].what
    assert sum("carved" in path for path in found) == 2
    assert embedded[1].read_as == "raw bytes"


def test_source_maps_and_bytecode_are_counted_and_are_no_pieces(tmp_path: Path) -> None:
    found, embedded, _ = taken_bytes(tmp_path, altered(16, 0, 10, 20, 40), "agent")
    assert "1 source maps of 10 bytes, bytecode of 1 modules, 40 bytes" in embedded[1].note
    assert len(found) == 5


def test_a_name_with_control_characters_or_dots_is_only_a_name(tmp_path: Path) -> None:
    found, _, _ = taken_bytes(tmp_path, bun_executable([("../../etc/x", PROGRAM, 1)]), "agent")
    assert found["agent!/../../etc/x"].inside == Place("agent", found["agent!/../../etc/x"].inside.offset, len(PROGRAM))  # type: ignore[union-attr]


WHOLE = bun_executable(MODULES)
ENDS = st.lists(st.tuples(st.integers(1, 420), st.integers(0, 255)), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=ENDS, cut=st.integers(0, 400) | st.none())
def test_whatever_the_table_says_pieces_lie_inside_and_never_overlap(
    changes: list[tuple[int, int]], cut: int | None, tmp_path: Path
) -> None:
    """The last bytes hold the module table, the offsets, the trailer and the section table."""
    raw = bytearray(WHOLE)
    for back, value in changes:
        raw[-back] = value
    found, _, _ = taken_bytes(tmp_path, bytes(raw[: -cut or None] if cut else raw), "agent")
    spans = sorted(
        (piece.inside.offset, piece.inside.offset + piece.inside.length)
        for piece in found.values()
        if piece.inside and piece.inside.file == "agent"
    )
    assert all(start >= before[1] for before, (start, _) in pairwise(spans))
    assert all(end <= len(raw) for _, end in spans)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400), numbers=st.tuples(*[st.integers(0, 500)] * 3))
def test_any_bytes_before_a_trailer_are_no_danger(data: bytes, numbers: tuple[int, int, int]) -> None:
    raw = data + struct.pack("<QII", *numbers).ljust(32, b"\0") + bun.TRAILER
    found = bun.read_payload(memoryview(raw), len(raw) - len(bun.TRAILER), 100)
    assert found is None or all(each.offset >= 0 and each.offset + each.length <= len(raw) for each in found.modules)
