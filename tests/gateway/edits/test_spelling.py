"""Cutting and spelling inside JSON strings."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.gateway.edits.spelling import characters, middle, offsets, spelled

TEXTS = st.text(st.sampled_from('ab \\"\n/\u00e9\u4e2d\U0001f600\ud83d\ude00'), max_size=600) | st.text(max_size=300)


def _content(text: str, escaped: bool) -> bytes:
    return json.dumps(text, ensure_ascii=escaped)[1:-1].encode("utf-8", "surrogatepass")


@given(TEXTS, st.booleans(), st.integers(0, 60), st.integers(0, 60))
@example("\u4e2d" * 600, True, 20, 20)
@example("\\" * 600, False, 7, 9)
@example("a" * 300 + "\\n" * 200, False, 10, 11)
def test_the_middle_leaves_so_many_characters_at_both_ends(text: str, escaped: bool, head: int, tail: int) -> None:
    content = _content(text, escaped)
    said = characters(content)  # two escaped halves that meet are one character
    if len(said) <= head + tail:
        return
    start, end = middle(content, head, tail)
    assert characters(content[:start]) == said[:head]
    assert characters(content[end:]) == said[len(said) - tail :]


@given(TEXTS, st.booleans(), st.data())
def test_offsets_cut_where_characters_begin(text: str, escaped: bool, data: st.DataObject) -> None:
    content = _content(text, escaped)
    said = characters(content)
    index = data.draw(st.integers(0, len(said)))
    (at,) = offsets(content, [index])
    assert characters(content[:at]) == said[:index]


@given(st.text(), TEXTS)
def test_what_is_put_in_is_spelled_as_what_stands_around_it(text: str, around: str) -> None:
    for escaped in (True, False):
        content = _content(around, escaped)
        put = spelled(text, content)
        assert put.isascii() or not content.isascii()
        assert json.loads(b'"%b"' % put) == text
