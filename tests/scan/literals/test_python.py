"""Python programs: literals, reads of the environment, what is no Python 3."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.scan.interface import PYTHON, Piece
from wiretell.scan.literals import Form, ReadPiece
from wiretell.scan.literals.python import read_python
from wiretell.scan.literals.worker import Settings

SETTINGS = Settings(("gethostname", "tzname"), ())


def parse(source: str | bytes) -> ReadPiece:
    data = source.encode() if isinstance(source, str) else source
    return read_python(Piece("a.py", PYTHON, data), SETTINGS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('import os\nos.environ["A_B"]', ("A_B", "os.environ")),
        ('import os\nos.environ.get("A_B", 1)', ("A_B", "os.environ.get")),
        ('import os\nos.environ.pop("A_B")', ("A_B", "os.environ.pop")),
        ('import os\nos.environ.setdefault("A_B", "")', ("A_B", "os.environ.setdefault")),
        ('import os\nos.getenv("A_B")', ("A_B", "os.getenv")),
        ('import os as o\no.getenv("A_B")', ("A_B", "os.getenv")),
        ('from os import environ as e\ne["A_B"]', ("A_B", "os.environ")),
        ('from os import getenv\ngetenv("A_B")', ("A_B", "os.getenv")),
        ('import os\nstore = os.environ\nstore["A_B"]', ("A_B", "os.environ")),
        ('import os\n"A_B" in os.environ', ("A_B", "in os.environ")),
        ('import os\nos.environ["A_B"] = "x"', ("A_B", "written")),
        ('import os\nos.environb[b"A_B"]', ("A_B", "os.environ")),
    ],
)
def test_spellings_of_the_environment(source: str, expected: tuple[str, str]) -> None:
    assert [(read.name, read.spelling) for read in parse(source).names] == [expected]


def test_computed_and_whole() -> None:
    found = parse("import os\nos.environ[x]\nf(os.environ)\ndict(**os.environ)\nos.getenv('A')")
    assert (found.computed, found.whole) == (1, 2)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('import os\nos.environ["A_B"] == "v"', {"v": "env:A_B"}),
        ('import os\nos.getenv("A_B").lower() in ("v", "w")', {"v": "env:A_B", "w": "env:A_B"}),
        ('import os\nq = os.getenv("A_B")\nif q == "v": pass', {"v": "env:A_B"}),
        ('import os\nos.getenv("A_B").startswith("v")', {"v": "env:A_B"}),
        ('match x:\n    case "v": pass', {"v": ""}),
    ],
)
def test_compared(source: str, expected: dict[str, str]) -> None:
    assert {item.value: item.operand for item in parse(source).literals if item.compared} == expected


def test_literals_and_offsets() -> None:
    source = 'знак = "’"; b = b"\\xff"; c = "x" + \'y\'\nd = f"a{b}c"\n'.encode()
    found = parse(source)
    strings = [source[item.start : item.end].decode() for item in found.literals if item.form is Form.STRING]
    assert strings == ['"’"', 'b"\\xff"', '"x"', "'y'"]
    assert {item.value for item in found.literals if item.form is Form.TEMPLATE} == {"a", "c"}
    assert [item.value for item in found.literals if item.form is Form.JOINED] == ["xy"]


def test_watched_words() -> None:
    found = parse("from socket import gethostname\ngethostname()\ntime.tzname")
    assert [(seen.name, seen.spelling) for seen in found.watched] == [
        ("gethostname", "import"),
        ("gethostname", "name()"),
        ("tzname", "."),
    ]


@pytest.mark.parametrize("source", [b"print 'old'\nos.getenv('A_B')", b"x = 'a'\0", b"(" * 5000, b"-" * 200_000 + b"1"])
def test_what_is_no_python_is_searched_by_patterns_and_said_so(source: bytes) -> None:
    found = parse(source)
    assert "patterns" in found.not_examined[0].what
    if b"getenv" in source:
        assert found.names[0].name == "A_B"


def test_the_mark_of_byte_order_shifts_the_first_line() -> None:
    source = b"\xef\xbb\xbfx = 'a'\ny = 'b'"
    assert [source[item.start : item.end] for item in parse(source).literals] == [b"'a'", b"'b'"]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=10), max_size=6))
def test_offsets_slice_back_to_the_literal(texts: list[str]) -> None:
    written = [repr(text) for text in texts]
    source = "\n".join(f"f({text})" for text in written).encode()
    found = parse(source).literals
    assert [source[item.start : item.end].decode() for item in found] == written
    assert [item.value for item in found] == texts


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    assert parse(data).path == "a.py"


def test_a_chain_is_joined_once_and_from_its_end() -> None:
    found = parse('a = "x" + "y" + "z" + w + "1" + "2"\nb = "p" + ("q" + "r")')
    assert [item.value for item in found.literals if item.form is Form.JOINED] == ["xyz", "qr"]


def test_long_chains_take_no_more_than_their_text() -> None:
    word = "a" * 400
    found = parse("x = " + " + ".join([f'"{word}"'] * 2000))
    assert sum(len(item.value) for item in found.literals) == 2 * 2000 * len(word)
    broken = "\n".join("x = y" + ' + "a"' * 2500 for _ in range(20))
    began = time.process_time()
    assert not [item for item in parse(broken).literals if item.form is Form.JOINED]
    calls = "\n".join("x = y" + '.find("")' * 900 for _ in range(40))
    assert parse(calls).literals
    assert time.process_time() - began < 10


@pytest.mark.parametrize("source", [b"\\'" * 500_000, b"'\"" * 500_000, b"\"\\'" * 400_000, b'"' + b"\\" * 1_500_000])
def test_patterns_take_time_in_proportion_to_the_text(source: bytes) -> None:
    began = time.process_time()
    assert parse(b"x = = \n" + source).not_examined
    assert time.process_time() - began < 10


def test_a_large_program_is_searched_by_patterns_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    source = b"import os\nos.getenv('A_B')\nx = [" + b"1, " * 400_000 + b']\ny = "text"'
    found = parse(source)
    assert [item.value for item in found.literals] == ["A_B", "text"]
    assert found.names[0].name == "A_B"
    assert "larger than" in found.not_examined[0].why
    monkeypatch.setattr("wiretell.scan.literals.python.MOST", 1)
    cut = parse(source)
    assert [item.value for item in cut.literals] == ["A_B"]
    assert "more than 1 of them" in cut.not_examined[1].why


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([b"'", b'"', b"\\", b"\n", b"a", b" "]), max_size=40).map(b"".join))
def test_patterns_find_what_a_plain_expression_finds(text: bytes) -> None:
    plain = re.compile(rb"([\"'])((?:\\.|(?!\1)[^\\\n])*)\1")
    found = parse(b"x = = \n" + text).literals
    assert [(item.start, item.end) for item in found] == [hit.span() for hit in plain.finditer(b"x = = \n" + text)]
