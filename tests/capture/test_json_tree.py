"""The tree loses nothing, and means what the standard library reads."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.capture.wire.json_tree import (
    MAX_DEPTH,
    Array,
    Leaf,
    Literal,
    Node,
    Number,
    Object,
    String,
    parse,
    parse_many,
    semantic_equal,
    walk,
)
from wiretell.errors import FormatError

# --- JSON texts in all spellings

spaces = st.text(" \t\r\n", max_size=2)
pieces = st.one_of(
    st.text(st.characters(exclude_characters='"\\', min_codepoint=0x20), max_size=3),
    st.sampled_from(
        ["\\/", "\\\\", '\\"', "\\n", "\\u2019", "\\u2019".upper().replace("U", "u"), "’", "\\ud83d\\ude00"]
    ),
    st.sampled_from(["\\ud800", "\\udc00", "\\u0000", "\x7f", "\u2028", "\\uD83D"]),
)
strings = st.lists(pieces, max_size=3).map(lambda parts: '"' + "".join(parts) + '"')
numbers = st.from_regex(r"-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
scalars = st.one_of(strings, numbers, st.sampled_from(["true", "false", "null"]))


@st.composite
def listed(draw: st.DrawFn, items: list[str], brackets: str) -> str:
    spaced = ",".join(draw(spaces) + item + draw(spaces) for item in items)
    return brackets[0] + (spaced or draw(spaces)) + brackets[1]


def containers(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.tuples(strings, spaces, spaces, values).map(lambda parts: f"{parts[0]}{parts[1]}:{parts[2]}{parts[3]}")
    arrays = st.lists(values, max_size=4).flatmap(lambda items: listed(items, "[]"))
    objects = st.lists(members, max_size=4).flatmap(lambda items: listed(items, "{}"))
    return arrays | objects


documents = st.tuples(
    st.sampled_from(["", "\ufeff"]), spaces, st.recursive(scalars, containers, max_leaves=12), spaces
).map("".join)
fragments = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", ",", ":", '"', "\\", "0", "1", "-", ".", "e", "true", "nul", " ", "\n", "\x00", "é", '"a"']
    ),
    max_size=12,
).map("".join)


def as_python(node: Node) -> Any:
    match node:
        case Object(members=members):
            return ("object", [(member.key.value, as_python(member.value)) for member in members])
        case Array(items=items):
            return ("array", [as_python(item) for item in items])
        case String(value=value):
            return value
        case Number(raw=raw):
            return Decimal(raw)
        case Literal(raw=raw):
            return {"true": True, "false": False, "null": None}[raw]


def by_the_standard_library(text: str) -> Any:
    def refuse(name: str) -> None:
        raise ValueError(name)

    def mark_arrays(value: Any) -> Any:
        if isinstance(value, list):
            return ("array", [mark_arrays(item) for item in value])
        if isinstance(value, tuple):
            return ("object", [(key, mark_arrays(item)) for key, item in value[1]])
        return value

    return mark_arrays(
        json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=lambda pairs: ("object", pairs),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=refuse,
        )
    )


# --- lossless


@given(documents)
@example('\ufeff {"b": 1, "a" :[1.0,1e0 , "\\u2019\\/’"], "b":{} }\n')
def test_spans_joined_are_the_text(text: str) -> None:
    document = parse(text)
    assert document.render() == text
    tokens = list(document.tokens())
    assert "".join(text[token.start : token.end] for token in tokens) == text
    assert [token.start for token in tokens[1:]] == [token.end for token in tokens[:-1]]


@given(documents)
def test_every_node_stands_in_its_span(text: str) -> None:
    for leaf in walk(parse(text)):
        written = text[slice(*leaf.span)]
        assert leaf.span == leaf.node.span
        match leaf.node:
            case String(raw=raw) | Number(raw=raw) | Literal(raw=raw):
                assert written == raw
            case Array():
                assert (written[0], written[-1]) == ("[", "]")
            case Object():
                assert (written[0], written[-1]) == ("{", "}")
        if leaf.key is not None:
            assert text[slice(*leaf.key.span)] == leaf.key.raw


@given(documents)
def test_it_means_what_the_standard_library_reads(text: str) -> None:
    assert as_python(parse(text).root) == by_the_standard_library(text)


@given(fragments | documents.flatmap(lambda text: st.integers(0, len(text)).map(lambda at: text[:at])))
@example("[1,]")
@example('{"a":1,}')
@example("01")
@example("[1}")
@example("NaN")
@example("")
@example('"\t"')
@example('{"a" 1}')
def test_what_the_standard_library_refuses_is_refused(text: str) -> None:
    try:
        expected = by_the_standard_library(text)
    except ValueError:
        with pytest.raises(FormatError, match="at offset"):
            parse(text)
    else:
        assert as_python(parse(text).root) == expected


@given(documents | st.binary(max_size=8).map(lambda raw: '"' + raw.hex() + '"'))
def test_bytes_come_back(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    assert parse(data).encoded() == data


@given(st.binary(max_size=20))
@example(b"\xed\xa0\x80\xff\xe2\x80\x99")
def test_bytes_that_are_no_utf8_come_back_too(raw: bytes) -> None:
    data = b'{"a": "' + raw.translate(None, b'"\\' + bytes(range(32))) + b'"}'
    assert parse(data).encoded() == data


@given(st.binary(max_size=30))
def test_garbage_raises_format_error_alone(data: bytes) -> None:
    try:
        assert parse(data).encoded() == data
    except FormatError:
        with pytest.raises(ValueError):
            by_the_standard_library(data.decode("utf-8", "surrogateescape"))


# --- what is kept


def only_string(text: str) -> String:
    node = parse(text).root
    assert isinstance(node, String)
    return node


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('"\\u2019"', "’"),
        ('"’"', "’"),
        ('"\\/"', "/"),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\ud800"', "\ud800"),
        ('"\\udc00\\ud800"', "\udc00\ud800"),
    ],
)
def test_escapes_are_read_and_kept(raw: str, value: str) -> None:
    node = only_string(raw)
    assert (node.raw, node.value) == (raw, value)


def test_the_order_and_repetition_of_keys_is_kept() -> None:
    root = parse('{"b":1,"a":2,"b":3}').root
    assert isinstance(root, Object)
    assert [member.key.value for member in root.members] == ["b", "a", "b"]
    last = root.get("b")
    assert isinstance(last, Number)
    assert last.raw == "3"
    assert root.get("c") is None


def test_a_byte_order_mark_is_seen() -> None:
    assert parse(b"\xef\xbb\xbf1").bom
    assert not parse("1").bom
    assert [token.kind for token in parse("\ufeff 1\n").tokens()] == ["bom", "space", "number", "space"]


# --- walking


def test_paths_are_json_pointers_in_the_order_of_the_text() -> None:
    document = parse('{"a/b": [10, {"m~n": null}], "": "x", "a/b": 2}')
    assert [(leaf.path, leaf.nth) for leaf in walk(document)] == [
        ("", 0),
        ("/a~1b", 0),
        ("/a~1b/0", 0),
        ("/a~1b/1", 0),
        ("/a~1b/1/m~0n", 0),
        ("/", 0),
        ("/a~1b", 1),
    ]


def test_a_leaf_has_its_key_and_node() -> None:
    leaves = list(walk(parse('{"\\u0061": [1]}')))
    key = leaves[1].key
    assert key is not None
    assert (key.raw, key.value) == ('"\\u0061"', "a")
    assert leaves[2] == Leaf("/a/0", Number(12, 13, "1"), (12, 13))


keys = st.text("a/~1 ", max_size=3)
plain = st.recursive(
    st.integers(0, 9), lambda v: st.lists(v, max_size=3) | st.dictionaries(keys, v, max_size=3), max_leaves=8
)


@given(plain)
def test_pointers_lead_to_their_values(value: object) -> None:
    document = parse(json.dumps(value))
    for leaf in walk(document):
        assert follow(document.root, leaf.path) is leaf.node


def follow(node: Node, path: str) -> Node | None:
    found: Node | None = node
    for part in path.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        match found:
            case Object(members=members):
                found = next((m.value for m in members if m.key.value == name), None)
            case Array(items=items):
                found = items[int(name)]
            case _:
                return None
    return found


# --- meaning


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ('{"a":1,"b":[2]}', '{ "b" : [2.0], "\\u0061": 10e-1 }'),
        ('{"a":0,"a":1}', '{"a":1}'),
        ('"\\u2019\\/"', '"’/"'),
        ("-0", "0.0e5"),
        ("1200", "0.12e4"),
        ("1e400", "10e399"),
        ("1E99999999999999999999", "1e99999999999999999999"),
        ("1", "1." + "0" * 5000),
        ("null", "\ufeff null"),
    ],
)
def test_spellings_of_one_value_are_equal(a: str, b: str) -> None:
    assert semantic_equal(parse(a), parse(b))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("[1,2]", "[2,1]"),
        ("[1]", "[1,1]"),
        ('{"a":1}', '{"a":2}'),
        ('{"a":1}', '{"b":1}'),
        ('"1"', "1"),
        ("{}", "[]"),
        ("1", "-1"),
        ("1", "10"),
        ("true", '"true"'),
        ('"ʼ"', '"’"'),
        ("9007199254740993", "9007199254740992"),
    ],
)
def test_values_that_differ_are_not_equal(a: str, b: str) -> None:
    assert not semantic_equal(parse(a), parse(b))


@given(numbers, numbers)
def test_numbers_are_equal_where_their_decimals_are(a: str, b: str) -> None:
    assert semantic_equal(parse(a), parse(b)) == (Decimal(a) == Decimal(b))


@given(documents)
def test_writing_again_means_the_same(text: str) -> None:
    plain = json.dumps(json.loads(text.removeprefix("\ufeff"), parse_float=float, parse_int=int))
    again = parse(plain)
    if all(not isinstance(leaf.node, Number) for leaf in walk(again)):  # floats are no exact numbers
        assert semantic_equal(parse(text), again)


# --- limits


@pytest.mark.parametrize("brackets", ["[]", ('{"a":', "}")])
def test_deep_values(brackets: tuple[str, str]) -> None:
    opening, closing = brackets
    text = opening * MAX_DEPTH + ("1" if opening != "[" else "") + closing * MAX_DEPTH
    document = parse(text)
    assert document.render() == text
    assert sum(1 for _ in walk(document)) >= MAX_DEPTH
    assert semantic_equal(document, parse(text))
    for deeper in (MAX_DEPTH + 1, 10_000):
        with pytest.raises(FormatError, match="512 deep at offset"):
            parse(opening * deeper)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, }", "unexpected '}' at offset 4"),
        ('{"a": 1', "ends too early at offset 7"),
        ("[1] 2", "unexpected '2' at offset 4"),
        (b"\xff\xfe1\x00", r"unexpected '\\udcff' at offset 0"),
        ('{"a"  1}', "unexpected '1' at offset 6"),
    ],
)
def test_errors_say_where(text: str | bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse(text)


def test_a_body_of_100_kb_takes_less_than_30_ms() -> None:
    tool = {"name": "Bash", "description": 'Runs a "command" — and\nwaits. ' * 60, "input_schema": {"type": "object"}}
    text = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}], "tools": [tool] * 45})
    assert len(text) > 100_000
    taken = []
    for _ in range(5):
        began = time.process_time()
        parse(text)
        taken.append(time.process_time() - began)
    assert min(taken) < 0.030


# --- many


@given(st.lists(st.recursive(scalars, containers, max_leaves=4).map(lambda text: text.replace("\n", " ")), max_size=4))
def test_lines_joined_are_the_text(texts: list[str]) -> None:
    for end in ("\n", "\r\n", "\n\n \n"):
        whole = "".join(text + end for text in texts)
        found = parse_many(whole)
        assert "".join(document.text for document in found) == whole
        assert [document.root for document in found] == [parse(text).root for text in texts]


def test_lines_are_not_cut_inside_strings() -> None:
    found = parse_many('{"a":"\u2028\x85"}\n\n 2')
    assert [document.text for document in found] == ['{"a":"\u2028\x85"}\n\n ', "2"]


def test_bytes_of_lines_and_blank_lines_at_the_beginning() -> None:
    data = b"\n\n1\n2"
    assert [document.encoded() for document in parse_many(data)] == [b"\n\n1\n", b"2"]
    assert parse_many(b"") == ()


@pytest.mark.parametrize(
    ("text", "offset"), [("1\n2 3\n", 4), ("{}\n[\n]\n", 5), (" \n", 2), ("1\n\n\n{", 5)]
)  # fmt: skip
def test_errors_in_lines_say_where_in_the_whole(text: str, offset: int) -> None:
    with pytest.raises(FormatError, match=f"at offset {offset}$"):
        parse_many(text)
