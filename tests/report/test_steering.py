"""A document printed on a terminal does not steer it: what terminals obey is written as escapes of JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.report import marks_sample
from tests.report.hostile import poisoned
from wiretell.report import decode_any, encode, to_document

STEERING = [*map(chr, [*range(0x20), *range(0x7F, 0xA0)]), "\u061c", "\u200e", "\u200f", "\u2028", "\u2029"]
STEERING += map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
DOCUMENT = to_document(marks_sample.stripped())


@given(st.lists(st.sampled_from([*STEERING, "\\", '"', "\u200b", "\u20ac", "\U0001f600"]), max_size=8).map("".join))
def test_what_terminals_obey_is_escaped_and_reads_back(payload: str) -> None:
    document = poisoned(DOCUMENT, payload + "".join(STEERING))
    written = encode(document)
    assert not {*written.decode()} & {*STEERING} - {"\n"}
    assert decode_any(written) == document
    assert encode(decode_any(written)) == written


def test_other_characters_stay_as_they_are() -> None:
    written = encode(poisoned(DOCUMENT, "\u02bc\u200b\u20ac\U0001f600\u009b")).decode()
    assert "\u02bc\u200b\u20ac\U0001f600\\u009b" in written
    assert json.loads(written)["verb"] == "strip"
