"""What a shell's start file assigns, read without a shell.

Understood: bash, zsh, sh, `.env`, `environment.d` and /etc/environment (`NAME=value`, `export`, `declare -x`,
`typeset`, `readonly`), fish (`set -gx NAME value`), csh (`setenv NAME value`), quotes, comments, here documents, lines
that go on, `alias NAME=...` and functions. What a value comes to when a variable or a command stands in it is not
known: it is `computed`. Whether a line is ever reached is not known either; one inside a function or a condition
says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.fleet.settings.shell_words import Word, commands

_NAME: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=(.*)", re.DOTALL)
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DECLARING: Final = frozenset({"export", "declare", "typeset", "readonly", "local", "env", "command", "exec"})
_OPENING: Final = frozenset({"if", "case", "for", "while", "until", "select", "{", "begin", "function", "switch"})
_CLOSING: Final = frozenset({"fi", "esac", "done", "}", "end"})


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable that is given a value."""

    name: str
    value: str
    line: int
    computed: bool = False
    inner: bool = False
    """Inside a function or a condition."""


@dataclass(frozen=True, slots=True)
class Started:
    """What an alias or a function of this name stands for."""

    name: str
    line: int
    words: tuple[Word, ...]
    """Program and arguments; of a function none."""
    kind: str = "alias"
    assigned: tuple[Assignment, ...] = ()
    """What stands before the program."""


def assignments(text: str) -> Iterator[Assignment]:
    """Yield every assignment of a script, those before a command and those of aliases aside."""
    yield from (each for each in statements(text) if isinstance(each, Assignment))


def environment(text: str) -> Iterator[Assignment]:
    """Yield the assignments of one line `"A=b" C=d`, as systemd's `Environment=` has them."""
    for words in commands(text):
        yield from _leading(words, inner=False)


def statements(text: str) -> Iterator[Assignment | Started]:
    """Yield assignments, and the aliases and functions by their name."""
    depth, before = 0, ""
    for words in commands(text):
        first = words[0].text
        if first == "(" and before and depth >= 0:
            yield Started(before, words[0].line, (), "function")
        before = first if len(words) == 1 and not words[0].computed and first not in _OPENING | _CLOSING else ""
        if first == "function" and len(words) > 1:
            yield Started(words[1].text, words[1].line, (), "function")
        while words and words[0].text in _OPENING | _CLOSING | {"then", "do", "else", "elif"}:
            depth += (words[0].text in _OPENING) - (words[0].text in _CLOSING)
            words = words[1:]
        if words:
            yield from _statement(words, inner=depth > 0)


def _statement(words: list[Word], *, inner: bool) -> Iterator[Assignment | Started]:
    first = words[0].text
    if first == "alias":
        yield from _aliases(words[1:])
    elif first == "setenv" and len(words) == 3:
        yield Assignment(words[1].text, words[2].text, words[1].line, words[2].computed, inner)
    elif first == "set" and len(words) > 2:
        yield from _fish(words[1:], inner=inner)
    else:
        yield from _leading(words, inner=inner)


def _leading(words: list[Word], *, inner: bool) -> Iterator[Assignment]:
    """Yield assignments that stand before a command, or behind `export` and its kin."""
    declaring = False
    for word in words:
        found = _NAME.fullmatch(word.text)
        if found:
            computed = word.computed or "+=" in word.text[: len(found[1]) + 2]
            yield Assignment(found[1], found[2], word.line, computed, inner)
        elif word.text in _DECLARING:
            declaring = True
        elif not declaring or not (word.text.startswith("-") or _PLAIN_NAME.fullmatch(word.text)):
            return


def _fish(words: list[Word], *, inner: bool) -> Iterator[Assignment]:
    """Yield what `set -gx NAME value` assigns; `set -e` erases, and bash's `set -x` assigns nothing."""
    options = [word.text for word in words if word.text.startswith("-")]
    plain = [word for word in words if not word.text.startswith("-")]
    erases = any(not option.startswith("--") and "e" in option for option in options) or "--erase" in options
    if len(plain) == 2 and not erases and _PLAIN_NAME.fullmatch(plain[0].text):
        yield Assignment(plain[0].text, plain[1].text, plain[0].line, plain[1].computed, inner)


def _aliases(words: list[Word]) -> Iterator[Started]:
    """Yield aliases: `alias NAME=TEXT ...`, and fish's `alias NAME TEXT`."""
    plain = [word for word in words if not word.text.startswith("-")]
    if len(plain) == 2 and not any("=" in word.text for word in plain):
        yield _started(plain[0].text, plain[1].text, plain[0].line)
        return
    for word in plain:
        name, equals, text = word.text.partition("=")
        if equals:
            yield _started(name, text, word.line)


def _started(name: str, text: str, line: int) -> Started:
    words = next(commands(text), [])
    assigned = [Assignment(each.name, each.value, line, each.computed) for each in _leading(words, inner=False)]
    program = [word for word in words if not _NAME.fullmatch(word.text) and word.text not in _DECLARING]
    return Started(name, line, tuple(program), "alias", tuple(assigned))
