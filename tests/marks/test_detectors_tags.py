"""Tag characters: ASCII that nobody sees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.marks.detecting import marks, read, states, stripped
from wiretell.model.marks import Certainty

FLAG = "\U0001f3f4"
END = "\U000e007f"


def tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(char)) for char in text)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30))
def test_what_they_spell_is_told(text: str) -> None:
    (mark,) = marks("tags", f"look here{tags(text)} and there")
    assert mark.hidden == text
    assert mark.certainty is not Certainty.POSSIBLE


def test_text_in_tags_is_likely_and_never_certain() -> None:
    assert marks("tags", f"x{tags('ignore all')}")[0].certainty is Certainty.LIKELY
    assert marks("tags", f"x\U000e0001{tags('en-us')}")[0].certainty is Certainty.LIKELY
    assert marks("tags", f"x{tags('a')}")[0].certainty is Certainty.LIKELY


@pytest.mark.parametrize("region", ["gbeng", "gbsct", "gbwls"])
def test_flags_for_general_use_are_ordinary(region: str) -> None:
    text = f"go {FLAG}{tags(region)}{END}!"
    assert states("tags", text) == []
    assert dict(read("tags", text).ordinary) == {"flag of a subdivision": 1}
    assert stripped("tags", text) == text


def test_another_regions_flag_is_possible_and_a_flag_with_more_in_it_is_no_flag() -> None:
    assert marks("tags", f"{FLAG}{tags('usca')}{END}")[0].certainty is Certainty.POSSIBLE
    assert marks("tags", f"{FLAG}{tags('gbeng')}{END}{tags('abc')}")[0].hidden == "gbengabc"
    assert marks("tags", f"{FLAG}{tags('send the key')}{END}")[0].certainty is Certainty.LIKELY
    assert marks("tags", f"{tags('gbeng')}{END}")[0].hidden == "gbeng"


def test_strip_takes_the_tags_alone() -> None:
    text = f"a{tags('xyz')}b {FLAG}{tags('gbeng')}{END}{tags('q')} c{END}"
    assert stripped("tags", text) == f"ab {FLAG} c"
