# paths are texts here, as the system gives them
"""Links and scripts of the user's own that start what was found: `~/bin/cc`, which says `exec node .../cli.js`.

They belong to an install only if they do nothing else; what does more stays, and is told.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from wiretell.fleet import files, rooted
from wiretell.fleet.catalogue import by_command
from wiretell.fleet.readers.scripts import expanded, started
from wiretell.fleet.walk.interface import Mark, Surroundings, Walked
from wiretell.model.fleet import Install, NotExamined

_IN_HOMES: Final = (".local/bin", "bin")
_OF_THE_SYSTEM: Final = "usr/local/bin"
_MANY: Final = 2_000
"""Names in one folder."""


def adopt(
    installs: Sequence[Install], walked: Walked, around: Surroundings, taken: Iterable[Install] = ()
) -> Iterator[Install | NotExamined]:
    """Yield the installs with what starts them, and scripts that start one of them and do more.

    :param taken: further installs, whose links and scripts are theirs.
    """
    owners = _Owners(installs)
    theirs = _Owners((*installs, *taken))
    more: dict[str, set[str]] = {}
    for path in _paths(walked, around) if installs else ():
        if theirs.of(path):
            continue
        led, does_more = _led(path, around)
        for target in led:
            owner = owners.of(target) or owners.of(files.real(target))
            if owner and does_more and os.path.basename(path) not in by_command():  # of those, `binaries` speaks
                yield NotExamined(
                    path, f"It is a script that starts {owner.product} and does more: it stays its user's."
                )
                break
            if owner and not does_more:
                more.setdefault(owner.id, set()).add(path)
    for each in installs:
        yield replace(each, commands=tuple(sorted({*each.commands, *more.get(each.id, ())})))


class _Owners:
    """Which install a path belongs to."""

    def __init__(self, installs: Iterable[Install]) -> None:
        self._by_path: dict[str, Install] = {}
        for install in installs:
            for path in (install.path, *install.also, *install.commands):
                self._by_path.setdefault(path, install)
            if real := _real(install.path):
                self._by_path.setdefault(real, install)

    def of(self, path: str) -> Install | None:
        """Return the install that a path is, starts, or lies in."""
        while path not in self._by_path:
            above = os.path.dirname(path)
            if above == path:  # `/`, `//` or nothing
                return None
            path = above
        return self._by_path[path]


def _real(path: str) -> str:
    """Return where an install's own path leads; empty for a link to a folder of another name: it may hold all."""
    real = rooted.real(path)
    is_own = not rooted.is_link(path) or os.path.basename(path) == os.path.basename(real) or not rooted.is_folder(real)
    return real if is_own else ""


def _paths(walked: Walked, around: Surroundings) -> Iterator[str]:
    """Yield what lies where users keep what they start, and what is named like an agent anywhere."""
    folders = [f"{home.path}/{each}" for home in around.homes for each in _IN_HOMES]
    folders += [path for path in around.path if any(path.startswith(f"{home.path}/") for home in around.homes)]
    folders.append(os.path.join(around.root, _OF_THE_SYSTEM))
    found = dict.fromkeys(f"{folder}/{name}" for folder in folders for name in files.listed(folder, _MANY))
    yield from found
    yield from (hit.path for hit in walked.of(Mark.PROGRAM) if hit.path not in found)


def _led(path: str, around: Surroundings) -> tuple[list[str], bool]:
    """Return the paths that a link or a script leads to, and whether the script does more than that."""
    try:
        info = rooted.lstat(path)
    except OSError:
        return [], False
    if stat.S_ISLNK(info.st_mode):
        return [files.real(path)], False
    if not stat.S_ISREG(info.st_mode) or not info.st_mode & 0o111 or info.st_size > files.WRAPPER_MAX:
        return [], False
    content = files.read(path, files.WRAPPER_MAX)
    if not isinstance(content, bytes) or not content.startswith(b"#!"):
        return [], False
    script = os.fsdecode(content)
    word = started(script)
    if word:
        return [expanded(word, path, around)], False
    return [expanded(each, path, around) for each in _named(script)], True


def _named(script: str) -> list[str]:
    """Return the words of a script, its first line excepted, that may be paths."""
    text = script.partition("\n")[2].replace('"', " ").replace("'", " ")
    return list(
        dict.fromkeys(word for word in text.split()[:_MANY] if word.startswith(("/", "~/", "$HOME/", "${HOME}/")))
    )
