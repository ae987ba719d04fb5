from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scan.unpack.build import elf
from wiretell.scan.unpack.elf import sections
from wiretell.scan.unpack.limits import BrokenError


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_sections_are_named_and_placed(wide: bool, order: str) -> None:
    raw = elf({".text": b"12345", ".bun": b"payload"}, wide=wide, order=order)
    found = {each.name: raw[each.offset :][: each.size] for each in sections(memoryview(raw))}
    assert found[".text"] == b"12345" and found[".bun"] == b"payload"


def test_a_file_without_a_table_has_no_sections() -> None:
    assert sections(memoryview(b"\x7fELF\x02\x01" + bytes(80))) == ()


@pytest.mark.parametrize("cut", [10, 50, 63, 70, -1, -65])
def test_a_cut_off_file_is_broken(cut: int) -> None:
    with pytest.raises(BrokenError, match="cut off"):
        sections(memoryview(elf({".text": bytes(100)})[:cut]))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.lists(st.tuples(st.integers(4, 260), st.integers(0, 255)), max_size=8))
def test_altered_files_are_broken_or_their_sections_lie_inside(tail: bytes, changes: list[tuple[int, int]]) -> None:
    raw = bytearray(elf({".text": b"1", ".data": b"2"}, tail=tail))
    for at, value in changes:
        raw[at % len(raw) or 4] = value
    try:
        found = sections(memoryview(raw))
    except BrokenError:
        return
    assert all(each.offset + each.size <= len(raw) for each in found)
