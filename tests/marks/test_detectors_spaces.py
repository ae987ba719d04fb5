"""Blanks beyond ASCII."""

from __future__ import annotations

import pytest

from tests.marks.detecting import marks, read, states, stripped
from wiretell.model.marks import Certainty


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("two\u00a0words", Certainty.POSSIBLE),
        ("two\u2009words", Certainty.LIKELY),
        ("two\u2003words", Certainty.LIKELY),
        ("two\u3000words", Certainty.LIKELY),
        ("two\u205fwords", Certainty.LIKELY),
        ("two\u2800words", Certainty.LIKELY),
        ("two\u1680words", Certainty.LIKELY),
        ("two\u2028words", Certainty.POSSIBLE),
        ("two\u0085words", Certainty.POSSIBLE),
        ("two\u2003\u00a0words", Certainty.POSSIBLE),
    ],
)
def test_marks(text: str, certainty: Certainty) -> None:
    (mark,) = marks("spaces", text)
    assert mark.certainty is certainty
    assert stripped("spaces", text) == "two" + " " * (len(text) - 8) + "words"


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("Vraiment\u00a0?", "space beside punctuation"),
        ("«\u00a0oui", "space beside punctuation"),
        ("10\u00a0km", "space beside a number"),
        ("1\u202f000", "space beside a number"),
        ("at 10:30\u202fPM", "space beside a number"),
        ("words\u2009— more", "space beside a dash or quotation mark"),
        ("中文\u3000中文", "ideographic space"),
        ("\u3000第一", "ideographic space"),
        ("│\u00a0a", "space in a drawing or beside a sign"),
        ("end. \u00a0Next", "no-break space beside another space"),
        ("\u00a0indented", "no-break space beside another space"),
        ("été\u00a0chaud", "no-break space beside a letter beyond ASCII"),
        ("a\u00a0\u00a0\u00a0b", "run of no-break spaces"),
        ("⠁\u2800", "empty Braille pattern beside Braille"),
        ("ᚄ\u1680ᚑ", "Ogham space"),
    ],
)
def test_ordinary_uses_are_counted_and_kept(text: str, use: str) -> None:
    assert states("spaces", text) == []
    assert dict(read("spaces", text).ordinary) == {use: 1}
    assert stripped("spaces", text) == text
