"""Assignments of start files, read without a shell."""

from __future__ import annotations

import shlex
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.fleet.settings.shell_text import Assignment, Started, assignments, statements


def simple(text: str) -> list[tuple[str, str]]:
    return [(each.name, "?" if each.computed else each.value) for each in assignments(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("export A=b", [("A", "b")]),
        ("  export A='b c' D=\"e f\"  # G=h", [("A", "b c"), ("D", "e f")]),
        ("# export A=b", []),
        ("A=b # C=d", [("A", "b")]),
        ("A=b#c", [("A", "b#c")]),
        ("# it's\nA=b # don't\nC=d", [("A", "b"), ("C", "d")]),
        ("A=b claude -p hi", [("A", "b")]),
        ("echo A=b", []),
        ("echo 'export A=b'", []),
        ("export A", []),
        ("export A=$B", [("A", "?")]),
        ('export A="$(cat key)" C=d', [("A", "?"), ("C", "d")]),
        ("export A=`cat key`", [("A", "?")]),
        ("export A='$B'", [("A", "$B")]),
        ('export A="b\\"c"', [("A", 'b"c')]),
        ("export A=b\\\nc", [("A", "bc")]),
        ("export A=b \\\n  C=d", [("A", "b"), ("C", "d")]),
        ("declare -x A=b; typeset -gx C=d && readonly E=f", [("A", "b"), ("C", "d"), ("E", "f")]),
        ("env A=b command", [("A", "b")]),
        ("A+=b", [("A", "?")]),
        ("set -gx A b", [("A", "b")]),
        ("set -Ux A b", [("A", "b")]),
        ("set -e A b", []),
        ("set --erase A", []),
        ("set -x", []),
        ("setenv A b", [("A", "b")]),
        ("cat <<END\nexport A=b\nEND\nexport C=d", [("C", "d")]),
        ("cat <<-'END'\n\texport A=b\n\tEND\nexport C=d", [("C", "d")]),
        ("cat <<<x\nexport C=d", [("C", "d")]),
        ("((a = 1<<b))\nexport C=d", [("C", "d")]),
        ("x <<b\nexport C=d", [("C", "d")]),
        ("A='unclosed\nexport C=d", [("A", "unclosed\nexport C=d")]),
        ("export A=$'b\\n'", [("A", "?")]),
        ("export A=${B:-http://x.test}", [("A", "?")]),
        ("A=$(echo ')' \"(\")\nC=d", [("A", "?"), ("C", "d")]),
        ("A=b\r\nC=d\r\n", [("A", "b"), ("C", "d")]),
        ("if true; then export A=b; fi", [("A", "b")]),
        ("f() { local A=b; }", [("A", "b")]),
        ("case x in a) A=b;; esac", [("A", "b")]),
        ("[ -f x ] && A=b", [("A", "b")]),
        ("A=b > /dev/null", [("A", "b")]),
    ],
)
def test_what_is_assigned(text: str, found: list[tuple[str, str]]) -> None:
    assert simple(text) == found


def test_lines_are_told_and_what_is_inside_something() -> None:
    text = "A=1\n\nif x; then\n  B=2\nfi\nC='a\nb' D=3\n"
    assert list(assignments(text)) == [
        Assignment("A", "1", 1),
        Assignment("B", "2", 4, inner=True),
        Assignment("C", "a\nb", 6),
        Assignment("D", "3", 7),
    ]


def test_aliases_and_functions_are_told_with_what_they_assign() -> None:
    text = "alias cc='A=b claude --model opus'\nalias -g x=y\nclaude() { command claude; }\nfunction gem { gemini; }\n"
    started = [each for each in statements(text) if isinstance(each, Started)]
    assert [(each.kind, each.name, each.line, [word.text for word in each.words]) for each in started] == [
        ("alias", "cc", 1, ["claude", "--model", "opus"]),
        ("alias", "x", 2, ["y"]),
        ("function", "claude", 3, []),
        ("function", "gem", 4, []),
    ]
    assert started[0].assigned == (Assignment("A", "b", 1),)


def test_a_fish_alias_and_function() -> None:
    text = "alias cc 'claude --model opus'\nfunction claude\n  set -lx A b\n  command claude $argv\nend\nset -gx C d\n"
    assert [(each.name, each.value, each.inner) for each in assignments(text)] == [("A", "b", True), ("C", "d", False)]
    assert [each.name for each in statements(text) if isinstance(each, Started)] == ["cc", "claude"]


VALUE = st.text(string.ascii_letters + string.digits + " '\"\\$`#;&|(){}<>\n\t*?~!", max_size=30)


@given(st.lists(st.tuples(st.text("ABC_", min_size=1, max_size=3), VALUE), min_size=1, max_size=4))
def test_what_python_quotes_is_read_back(given_pairs: list[tuple[str, str]]) -> None:
    """`shlex.quote` is an independent writer of shell words."""
    text = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in given_pairs)
    assert [(each.name, each.value) for each in assignments(text)] == given_pairs
    assert not any(each.computed for each in assignments(text))


@given(st.text("A=b'\"\\$`#;&|(){}<>\n EOF-xexport ", max_size=60))
def test_any_text_is_read_to_its_end(text: str) -> None:
    for each in statements(text):
        assert 1 <= each.line <= text.count("\n") + 1
