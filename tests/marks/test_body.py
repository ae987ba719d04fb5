"""In which string an offset stands, and the way back to the bytes, through escapes and JSON in strings of JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.marks.body import Body
from wiretell.marks.escapes import Unescaped

TEXT = st.text(max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def strings_of(value: Any, path: str = "") -> dict[str, str]:
    """Pointer -> string, by another way than the code under test."""
    if isinstance(value, str):
        return {path: value}
    if isinstance(value, list):
        return {k: v for at, item in enumerate(value) for k, v in strings_of(item, f"{path}/{at}").items()}
    if isinstance(value, dict):
        return {
            k: v
            for name, item in value.items()
            for k, v in strings_of(item, f"{path}/{name.replace('~', '~0').replace('/', '~1')}").items()
        }
    return {}


def found_in(data: bytes) -> dict[str, str]:
    """Pointer -> string of every offset of a body, keys left out."""
    texts = [text for text, _ in Body(data).texts(range(len(data)))]
    return {text.path: text.plain.decode("utf-8", "surrogatepass") for text in texts if text.path and not text.is_key}


def escaped(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


@given(VALUES.filter(lambda value: isinstance(value, dict | list)), st.booleans())
def test_every_string_is_found_under_its_pointer(value: Any, ascii_only: bool) -> None:
    spelled = json.dumps(value, ensure_ascii=ascii_only).encode()
    expected = {path: text for path, text in strings_of(value).items() if text and not nested(text)}
    assert {path: text for path, text in found_in(spelled).items() if path in expected} == expected


def nested(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


@given(TEXT, st.integers(1, 4), st.booleans())
@example("\u02bc", 3, True)
def test_json_in_strings_of_json_is_followed_inward_and_back(text: str, depth: int, ascii_only: bool) -> None:
    needle = f"<<{text}\u02bcNEEDLE>>"
    value: Any = needle
    for _ in range(depth):
        value = json.dumps({"a": ["x", {"b/c": value}]}, ensure_ascii=ascii_only)
    data = value.encode()
    at = data.index(b"NEEDLE")
    found = Body(data).text_at(at)
    assert found.within == ("/a/1/b~1c",) * (depth - 1) and found.path == "/a/1/b~1c"
    assert found.string == needle
    inner = found.offset_in_plain(at)
    assert found.plain[inner:].startswith(b"NEEDLE") and found.offset(inner) == at
    begin = needle.index("\u02bcN")
    first, last = found.offsets((begin, begin + 1))
    assert data[first:last].lower() in {b"\\" * 2 ** (k - 1) + b"u02bc" for k in range(1, depth + 1)} | {
        "\u02bc".encode()
    }
    assert Body(data).data[found.start : found.end].count(b"NEEDLE") == 1


@given(st.text(st.characters(codec=None), max_size=20), st.booleans())
def test_the_way_through_escapes_is_exact_at_every_character(text: str, ascii_only: bool) -> None:
    spelled = json.dumps(text, ensure_ascii=ascii_only)[1:-1].encode("utf-8", "surrogatepass")
    content = Unescaped(spelled)
    assert content.data.decode("utf-8", "surrogatepass") == json.loads(json.dumps(text))
    for offset in range(len(content.data) + 1):
        if offset == len(content.data) or content.data[offset] & 0xC0 != 0x80:
            assert Unescaped(spelled).after(content.before(offset)) == offset
    rising = [Unescaped(spelled).after(offset) for offset in range(len(spelled) + 1)]
    assert rising == sorted(rising) == [content.after(offset) for offset in range(len(spelled) + 1)]


@given(st.binary(max_size=60))
@example(b'{"a": "\xff\\u12 \\')
@example(b'{"a\x00": "\\u0000')
@example(b'[[[[]]]]]]}}{"x":')
@example(b'{"a": "{\\"b\\": \\"\\\\ud83d\\"}"}')
def test_bytes_that_are_no_json_are_read_as_far_as_they_go(data: bytes) -> None:
    for body in (Body(data), Body(data, "json"), Body(data, "text")):
        given_offsets = list(range(len(data)))
        seen: list[int] = []
        for text, offsets in body.texts(given_offsets):
            seen += offsets
            for offset in offsets:
                assert text.offset(text.offset_in_plain(offset)) <= max(offset, text.start)
        assert seen == given_offsets


def test_plain_text_is_one_text_and_has_no_path() -> None:
    text = Body(b"one\ntwo").text_at(5)
    assert (text.path, text.within, text.plain, text.start, text.end) == (None, (), b"one\ntwo", 0, 7)


def test_a_key_is_told_from_a_value() -> None:
    body = Body(b'{"name": "value", "n": [{"k": 1}]}')
    assert body.text_at(3).is_key and body.text_at(3).path == "/name"
    assert not body.text_at(11).is_key and body.text_at(26).path == "/n/0/k"


def test_a_byte_order_mark_does_not_hide_json() -> None:
    assert Body(b'\xef\xbb\xbf{"a": "b"}').text_at(10).path == "/a"


def test_lines_count_from_one() -> None:
    assert [Body(b"a\nb\nc").line(offset) for offset in range(5)] == [1, 1, 2, 2, 3]
