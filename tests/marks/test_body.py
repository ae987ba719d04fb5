"""In which string an offset stands, and the way back to the bytes, through escapes and JSON in strings of JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.errors import UsageError
from wiretell.marks import pointers
from wiretell.marks.body import Body
from wiretell.marks.escapes import Unescaped
from wiretell.marks.pointers import MOST_CHARACTERS, MOST_LEVELS
from wiretell.marks.strings import to_bytes

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


@given(st.lists(st.sampled_from([b'"', b"\\", b"a", b",", b"[", b"]", b"\xc2"]), max_size=12).map(b"".join))
@example(b'""\\\xc2\xa0\\"]')
def test_of_broken_json_a_text_is_the_same_whichever_offsets_are_asked_for(rest: bytes) -> None:
    data = b"[" + rest
    whole = {
        at: (text.path, text.plain, text.start) for text, held in Body(data).texts(range(len(data))) for at in held
    }
    for at in range(len(data)):
        text = Body(data).text_at(at)
        assert (text.path, text.plain, text.start) == whole[at]


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


@pytest.mark.parametrize("key", ["\ud83d", "a\udc00b", "\U0001f600", "~/"])
@pytest.mark.parametrize("escaped", [False, True])
def test_a_pointer_resolves_when_its_key_holds_half_a_surrogate(key: str, escaped: bool) -> None:
    data = json.dumps({key: {"a": "here"}}, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    path = Body(data).text_at(data.index(b"here")).path
    assert path is not None
    assert path.split("/")[1].replace("~1", "/").replace("~0", "~") == key


def long_and_deep(n: int) -> list[bytes]:
    inner = json.dumps({"a": "in<HERE>"})
    return [
        json.dumps({"k" * n: ["<HERE>", inner]}).encode(),
        json.dumps({"\x01" * n: ["<HERE>", inner]}).encode(),
        (b'{"k":' * n + b'["<HERE>",' + json.dumps(inner).encode() + b"]" + b"}" * n),
        (b"[" * n + b'"<HERE>",' + json.dumps(inner).encode() + b"]" * n),
    ]


@pytest.mark.parametrize("data", long_and_deep(5000))
def test_pointers_that_are_too_long_are_not_told_and_that_is_said(data: bytes) -> None:
    body = Body(data)
    hits = [at for at in range(len(data)) if data.startswith(b"HERE", at)]
    texts = [text for text, _ in body.texts(hits)]
    assert [(text.path, text.within, text.plain, text.is_unnamed) for text in texts] == [
        (None, (), b"<HERE>", True),
        (None, (), b"in<HERE>", True),
    ]
    assert [text.offset(text.plain.index(b"HERE")) for text in texts] == hits
    assert [remark.what for remark in body.remarks] == ["the JSON pointers of some strings"]


def test_pointers_as_long_as_is_told() -> None:
    for data in (b"[" * MOST_LEVELS + b'"x"', b'{"' + b"k" * (MOST_CHARACTERS - 1) + b'":"x"}'):
        body = Body(data)
        text = body.text_at(data.index(b"x"))
        assert text.path is not None and not text.is_unnamed and not body.remarks
        assert Body(b"[" + data).text_at(data.index(b"x") + 1).path is None


def test_paths_are_joined_once_for_each_container(monkeypatch: pytest.MonkeyPatch) -> None:
    spelled: list[bytes] = []
    part = pointers._pointer_part

    def counted(name: bytes) -> str:
        spelled.append(name)
        return part(name)

    monkeypatch.setattr(pointers, "_pointer_part", counted)
    data = json.dumps({"key": {"inner": ["x"] * 500}, "other": ["x"]}).encode()
    offsets = [at for at in range(len(data)) if data.startswith(b'x"', at)]
    paths = [text.path for text, _ in Body(data).texts(offsets)]
    assert paths == [f"/key/inner/{nth}" for nth in range(500)] + ["/other/0"]
    assert spelled == [b"key", b"inner", b"other"]


def test_json_in_more_layers_than_are_unescaped_is_told() -> None:
    value = "HERE"
    for _ in range(9):
        value = json.dumps([value])
    body = Body(value.encode())
    assert body.text_at(value.index("HERE")).plain == b'["HERE"]'
    assert [remark.what for remark in body.remarks] == ["JSON in strings of JSON in more layers than are unescaped"]


@pytest.mark.parametrize("data", [bytearray(b"{}"), memoryview(b"{}"), None])
def test_what_is_no_text_is_refused_in_one_sentence(data: Any) -> None:
    with pytest.raises(TypeError, match="bytes"):
        Body(data)
    with pytest.raises(TypeError, match="A text is bytes or str, not"):
        to_bytes(data)


def test_an_unknown_form_is_refused() -> None:
    form: Any = "xml"
    with pytest.raises(UsageError, match="There is no form 'xml'; there are auto, json, text"):
        Body(b"{}", form)
