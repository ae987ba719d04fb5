# paths are texts here, as the system gives them
"""Small scripts that start something: which program, and whether they do nothing else. Pure; nothing is run.

What does more than start an agent is its user's own work, and no part of the agent's install.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import Final

from wiretell.fleet import files, rooted
from wiretell.fleet.walk.interface import Surroundings

_INTERPRETER: Final = re.compile(r"node|nodejs|bun|deno|(?:python|pypy)[\d.]*")
_PUNCTUATION: Final = frozenset("();<>|&")
_SHIM: Final = "\nbasedir"
"""Scripts that npm and pnpm write where links cannot be made (`cmd-shim`, `@zkochan/cmd-shim`): ten lines."""
_COMMANDS: Final = 20
"""Lines of a script that are looked at before it is known to do more."""


def is_shim(script: str) -> bool:
    """Whether a package manager wrote it."""
    return _SHIM in script[:200]


def started(script: str) -> str:
    """Return the program, or the interpreter's script, that a shell script starts; empty where it does more than that.

    Variables stand as they are written. Words behind the program are handed to it, and may be any.

    >>> started('#!/bin/sh\\n# mine\\nexec node --no-warnings "$HOME/x/cli.js" "$@"\\n')
    '$HOME/x/cli.js'
    >>> started('#!/bin/sh\\nlogin && exec /x/claude'), started('#!/bin/sh\\nKEY=1 /x/claude'), started('#!/x/claude')
    ('', '', '')
    """
    lines = script.replace("\\\n", " ").split("\n")[1:_COMMANDS]
    commands = [line for each in lines if (line := each.strip()) and not line.startswith("#")]
    if len(commands) != 1 or script.count("\n") > _COMMANDS or "`" in commands[0] or "$(" in commands[0]:
        return ""
    words = _words(commands[0])
    if words[:1] == ["exec"]:
        words = words[1:]
    if words and os.path.basename(words[0]) == "env":
        words = words[1:]
    if words and _INTERPRETER.fullmatch(os.path.basename(words[0])):
        words = [word for at, word in enumerate(words) if at and not (word.startswith("-") and at < _after(words))]
    return words[0] if words and "/" in words[0] and "=" not in words[0] else ""


def expanded(word: str, path: str, around: Surroundings) -> str:
    """Return the path that a word in a script is, with the home it lies in for `~` and `$HOME`; empty for others."""
    home = next((home.path for home in around.homes if path.startswith(f"{home.path}/")), "")
    meant = rooted.outside(word)
    for name in ("~/", "$HOME/", "${HOME}/"):
        if home and word.startswith(name):
            meant = f"{home}/{word.removeprefix(name)}"
    return rooted.normal(meant) if meant.startswith("/") and files.is_path(meant) else ""


def _after(words: list[str]) -> int:
    """Return the place of the first word behind an interpreter's options."""
    return next((at for at, word in enumerate(words) if at and not word.startswith("-")), len(words))


def _words(line: str) -> list[str]:
    """Return the words of a simple command; none of a line that holds more than one, or sends things elsewhere."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:
        return []
    return [] if any(word and set(word) <= _PUNCTUATION for word in words) else words
