"""The words of a shell's script, without a shell: quotes, comments, here documents, lines that go on.

One pass from beginning to end. A quote or a bracket that nothing closes ends with the file; nothing fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_WORD_END: Final = frozenset(" \t\n;&|()<>")
_MAX_ENDLESS: Final = 20
"""Each costs a search through the rest of the file."""
_MAX_NESTED: Final = 50
"""Deeper ones are taken as if they ended where they begin."""
_HEREDOC: Final = re.compile(r"<<(-?)[ \t]*(['\"\\]?)([A-Za-z_][\w.]*)\2?")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command."""

    text: str
    """Without its quotes."""
    line: int
    """From 1."""
    computed: bool = False
    """Whether a variable or a command stands in it, so that `text` is not what the shell makes of it."""


@dataclass(slots=True)
class _Reader:
    """Where the reading stands. One pass, no going back."""

    text: str
    at: int = 0
    line: int = 1
    waiting: list[str] = field(default_factory=list)
    """Ends of here documents that begin at the next line."""
    endless: int = 0
    """Here documents whose end never came."""
    nested: int = 0
    """Commands within quotes within commands, at this place."""

    def step(self, count: int = 1) -> str:
        taken = self.text[self.at : self.at + count]
        self.at += count
        self.line += taken.count("\n")
        return taken

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.text[at] if at < len(self.text) else ""


def commands(text: str) -> Iterator[list[Word]]:
    """Yield the commands of a script, one list of words each; an operator that opens or closes is a command alone."""
    reader = _Reader(text.replace("\r\n", "\n"))
    words: list[Word] = []
    while char := reader.peek():
        if char in " \t\r":
            reader.step()
        elif char == "\\" and reader.peek(1) == "\n":
            reader.step(2)
        elif char == "#":
            _skip_line(reader)
        elif char in "<>":
            _redirect(reader)
        elif char == "(" == reader.peek(1):
            _bracketed(reader, "(", ")")  # arithmetic, whose `<<` is no here document
        elif char in "\n;&|()":
            if words:
                yield words
            words = []
            if char in "()":
                yield [Word(char, reader.line)]
            reader.step()
            if char == "\n":
                _skip_heredocs(reader)
        else:
            words.append(_word(reader))
    if words:
        yield words


def _skip_line(reader: _Reader) -> None:
    end = reader.text.find("\n", reader.at)
    reader.at = len(reader.text) if end < 0 else end


def _redirect(reader: _Reader) -> None:
    found = _HEREDOC.match(reader.text, reader.at)
    if reader.text.startswith("<<<", reader.at):
        reader.step(3)
    elif found:
        reader.waiting.append(found[3])
        reader.step(len(found[0]))
    else:
        reader.step()


def _skip_heredocs(reader: _Reader) -> None:
    """Skip what stands in here documents; one whose end never comes was none."""
    for end in reader.waiting if reader.endless < _MAX_ENDLESS else ():
        found = re.compile(rf"^\t*{re.escape(end)}[ \t\r]*$", re.MULTILINE).search(reader.text, reader.at)
        if found:
            reader.step(found.end() - reader.at)
        else:
            reader.endless += 1
    reader.waiting.clear()


def _word(reader: _Reader) -> Word:
    """Read one word: quoted and bare parts until a space or an operator."""
    line, parts, computed = reader.line, [], False
    while (char := reader.peek()) and char not in _WORD_END:
        if char == "'":
            parts.append(_single(reader))
        elif char == '"':
            text, also = _double(reader)
            parts.append(text)
            computed |= also
        elif char == "\\":
            reader.step()
            parts.append(reader.step().replace("\n", ""))
        elif char == "$" and reader.peek(1) == "'":
            reader.step()
            text = _single(reader, escapes=True)
            computed |= "\\" in text
            parts.append(text)
        elif char in "$`":
            computed = True
            parts.append(_expansion(reader))
        else:
            parts.append(reader.step())
    return Word("".join(parts), line, computed)


def _single(reader: _Reader, *, escapes: bool = False) -> str:
    """Read `'...'`; a quote that nothing closes ends with the file."""
    reader.step()
    start = reader.at
    while (char := reader.peek()) and char != "'":
        reader.step(2 if escapes and char == "\\" else 1)
    text = reader.text[start : reader.at]
    reader.step()
    return text


def _double(reader: _Reader) -> tuple[str, bool]:
    reader.step()
    parts, computed = [], False
    while (char := reader.peek()) and char != '"':
        if char == "\\":
            reader.step()
            after = reader.step()
            parts.append("" if after == "\n" else after if after in '$`"\\' else f"\\{after}")
        elif char in "$`":
            computed = True
            parts.append(_expansion(reader))
        else:
            parts.append(reader.step())
    reader.step()
    return "".join(parts), computed


def _expansion(reader: _Reader) -> str:
    """Read `$NAME`, `${...}`, `$(...)` or a command in backquotes, whole, so that its inside is not taken for words."""
    start = reader.at
    opening = reader.step()
    if opening == "`":
        while (char := reader.peek()) and char != "`":
            reader.step(2 if char == "\\" else 1)
        reader.step()
    elif (after := reader.peek()) and after in "({" and reader.nested < _MAX_NESTED:
        reader.nested += 1
        _bracketed(reader, after, ")" if after == "(" else "}")
        reader.nested -= 1
    return reader.text[start : reader.at]


def _bracketed(reader: _Reader, opening: str, closing: str) -> None:
    depth = 0
    while char := reader.step():
        if char == "\\":
            reader.step()
        elif char in "'\"" and opening == "(":
            reader.at -= 1
            _single(reader) if char == "'" else _double(reader)
        depth += (char == opening) - (char == closing)
        if not depth:
            return
