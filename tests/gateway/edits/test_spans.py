"""Where values stand in a body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.errors import FormatError
from wiretell.gateway.edits.spans import Located, Span

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5), st.booleans(), st.sampled_from([None, 0, 2]))
@example({"a": "\ud83d", "\ud83d": 1}, True, None)
@example({"a\x7f": [{"b": []}, {}]}, False, 1)
def test_every_value_is_found_where_it_stands(value: dict[str, Any], escaped: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=escaped, indent=indent).encode("utf-8", "surrogatepass")
    try:
        located = Located(body)
    except FormatError:
        assert "\ud83d" in str(value) or not escaped  # half surrogates as bytes are no UTF-8
        return
    if any("\ud800" <= char <= "\udfff" for char in json.dumps(value, ensure_ascii=False)):
        return  # names of halves are mended, so that members of one name may seem two
    _same(located, located.root, value)


def _same(located: Located, span: Span, value: object) -> None:
    if isinstance(value, dict):
        members = located.members(span)
        assert set(members) == set(value)
        for name, inner in members.items():
            _same(located, inner, value[name])
    elif isinstance(value, list):
        items = located.items(span)
        assert len(items) == len(value)
        for inner, each in zip(items, value, strict=True):
            _same(located, inner, each)
    else:
        assert json.loads(located.raw(span)) == value
        assert located.string(span) == (value if isinstance(value, str) else None)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "a\\u0062"]), VALUES), max_size=6))
@example([("a", "1"), ("a", "12")])
@example([("a", 1), ("a", 12), ("b", 1)])
@example([("a", {"b": "]}"}), ("b", 2), ("a", '"')])
def test_of_members_of_one_name_the_last_counts(members: list[tuple[str, Any]]) -> None:
    body = ("{" + ",".join(f'"{name}" : {json.dumps(value)}' for name, value in members) + " }").encode()
    located = Located(body)
    assert {name: json.loads(located.raw(span)) for name, span in located.top.items()} == json.loads(body)


@pytest.mark.parametrize("body", [b"", b"[]", b"x", b'{"a":', b'"{}"', b"\xff{}", b"null"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError, match="no JSON object"):
        Located(body)


@given(st.binary(max_size=60))
def test_bytes_from_outside_are_an_object_or_an_error(body: bytes) -> None:
    try:
        located = Located(body)
    except FormatError:
        return
    assert all(0 <= start <= end <= len(body) for start, end in located.top.values())


def test_a_byte_order_mark_and_half_an_emoji_are_read() -> None:
    body = '\ufeff{"messages": [{"content": "a\\ud83d"}], "b": NaN}'.replace(', "b": NaN', "").encode()
    located = Located(body)
    item = located.items(located.top["messages"])[0]
    assert located.string(located.members(item)["content"]) == "a\ud83d"
