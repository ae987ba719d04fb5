"""Start files of shells, and what else sets variables for a session: environment.d, /etc/environment, systemd units.

No shell is run. Files that are not named here (those that a start file sources, for instance) are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from wiretell.fleet import catalogue, rooted
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.readers.settings import matching, setting
from wiretell.fleet.settings import models, shell_text, withholding
from wiretell.fleet.settings.extracting import Entry
from wiretell.fleet.settings.interface import Syntax
from wiretell.fleet.settings.reading import RefusedError, text_of
from wiretell.fleet.settings.shell_text import Assignment, Started
from wiretell.fleet.settings.shell_words import Word
from wiretell.fleet.settings.variables import Told, known, told
from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.model.fleet import Examined, NotExamined, SettingKind

IN_HOMES: Final = (
    # read at the start of a session, by every shell
    *(".profile", ".xprofile", ".xsessionrc", ".pam_environment", ".config/environment.d/*.conf"),
    *(".bash_profile", ".bash_login", ".bashrc", ".bash_aliases", ".bash_logout", ".bashrc.d/*"),
    *(".zshenv", ".zprofile", ".zshrc", ".zlogin", ".zlogout", ".zsh_aliases", ".oh-my-zsh/custom/*.zsh"),
    *(".config/zsh/.zshenv", ".config/zsh/.zprofile", ".config/zsh/.zshrc", ".config/zsh/*.zsh"),
    *(".config/fish/config.fish", ".config/fish/conf.d/*.fish", ".config/fish/functions/*.fish"),
    *(".kshrc", ".mkshrc", ".cshrc", ".tcshrc", ".login"),
)
"""Below a home folder; `*` in the last part only."""
IN_SYSTEM: Final = (
    *(
        "etc/environment",
        "etc/environment.d/*.conf",
        "etc/profile",
        "etc/profile.d/*.sh",
        "etc/bash.bashrc",
        "etc/bashrc",
    ),
    *(
        "etc/zsh/zshenv",
        "etc/zsh/zprofile",
        "etc/zsh/zshrc",
        "etc/zsh/zlogin",
        "etc/zshenv",
        "etc/zprofile",
        "etc/zshrc",
    ),
    *("etc/fish/config.fish", "etc/fish/conf.d/*.fish", "etc/csh.cshrc", "etc/csh.login"),
)
FISH_VARIABLES: Final = ".config/fish/fish_variables"
SYSTEM_UNITS: Final = ("etc/systemd/user/*.service", "etc/systemd/system/*.service")

_Reads = Callable[[str], Iterable[tuple[Entry, str]]]
"""From a file's text to entries, each with a note."""

_ENVIRONMENT: Final = re.compile(r"[ \t]*Environment=(.*)")
_UNIVERSAL: Final = re.compile(r"SET(?:UVAR)?(?: --\w+)* (\w+):(.*)")
_ESCAPED: Final = re.compile(r"\\x([0-9a-f]{2})")
_INNER: Final = "It stands inside a function or a condition."


class ShellFiles:
    """The variables and aliases that start files of shells give to agents."""

    name = "start files of shells"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:  # noqa: ARG002 - asked like all readers
        """Yield what start files say. What only the shell could tell is `(computed)`."""
        count = 0
        for path, reads, user in _files(around):
            count += 1
            try:
                text = text_of(path, Syntax.SHELL)
            except RefusedError as refused:
                yield NotExamined(path, str(refused))
                continue
            if _interesting().search(text):
                yield from (setting(path, entry, SettingKind.SHELL, user, "", note) for entry, note in reads(text))
        yield Examined("start files of shells", count)


def script(text: str) -> Iterator[tuple[Entry, str]]:
    """Yield what a script gives to agents: variables, and aliases and functions that start one."""
    for each in shell_text.statements(text):
        if isinstance(each, Assignment):
            yield from _assigned(each, each.name)
        else:
            yield from _started(each)


def fish_variables(text: str) -> Iterator[tuple[Entry, str]]:
    """Yield fish's universal variables: `SETUVAR --export NAME:value` a line, with `\\x` escapes."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _UNIVERSAL.fullmatch(line):
            value = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), found[2])
            yield from _assigned(Assignment(found[1], value, number), found[1])


def unit(text: str) -> Iterator[tuple[Entry, str]]:
    """Yield the `Environment=` lines of a systemd unit, or the plain lines of a file in environment.d."""
    for number, line in enumerate(text.split("\n"), 1):
        if found := _ENVIRONMENT.fullmatch(line.rstrip("\r")):
            for each in shell_text.environment(found[1]):
                yield from _assigned(Assignment(each.name, each.value, number, each.computed), each.name)


def _assigned(each: Assignment, key: str, product: str = "") -> Iterator[tuple[Entry, str]]:
    variable = known().get(each.name)
    if variable is not None and (each.value or each.computed):
        shown = Told(withholding.COMPUTED) if each.computed else told(variable, each.value, product)
        yield Entry(key, shown, each.line, product=variable.product or product), _INNER if each.inner else ""


def _started(each: Started) -> Iterator[tuple[Entry, str]]:
    """Yield an alias or a function that has an agent's name or starts an agent, and what it hands over."""
    program = withholding.program(each.words[0].text) if each.words else ""
    found = catalogue.by_command().get(program) or catalogue.by_command().get(each.name)
    product = found.name if found else ""
    key = f"{each.kind} {withholding.part_of_key(each.name)}"
    if found is not None:
        yield Entry(key, Told(program), each.line, product=product), ""
        model = _model(each.words)
        if model is not None:
            shown = withholding.COMPUTED if model.computed else withholding.name(model.text)
            yield (
                Entry(f"{key} --model", Told(shown, model=models.spelled(product, shown)), each.line, product=product),
                "",
            )
    for assignment in each.assigned:
        yield from _assigned(assignment, f"{key} {assignment.name}", product)


def _model(words: tuple[Word, ...]) -> Word | None:
    for word, after in zip_longest(words, words[1:]):
        if word.text in {"--model", "-m"} and after:
            return after
        if word.text.startswith("--model="):
            return Word(word.text.partition("=")[2], word.line, word.computed)
    return None


@lru_cache(maxsize=1)
def _interesting() -> re.Pattern[str]:
    """Matches a text that is worth its parse: most start files name no agent and no such variable."""
    words = sorted({*known(), *catalogue.by_command()}, key=len, reverse=True)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, words))})(?![\w.-])")


def _files(around: Surroundings) -> Iterator[tuple[str, _Reads, str]]:
    """Yield paths, who reads them, and whose they are."""
    for home in around.homes:
        units = f"{home.path}/.config/systemd/user"
        yield from _those(home.path, IN_HOMES, script, home.user)
        yield from _those(home.path, (FISH_VARIABLES,), fish_variables, home.user)
        yield from _those(units, ("*.service", "*.conf"), unit, home.user)
        for folder in matching(units, "*.d"):
            yield from _those(folder, ("*.conf",), unit, home.user)
    moved = around.environment.get("ZDOTDIR", "")
    if moved.startswith("/") and len(around.homes) == 1 and moved != around.homes[0].path:
        yield from _those(moved, (".zshenv", ".zprofile", ".zshrc", ".zlogin"), script, around.homes[0].user)
    root = around.root.rstrip("/")
    yield from _those(root, IN_SYSTEM, script, "")
    yield from _those(root, SYSTEM_UNITS, unit, "")


def _those(below: str, paths: Iterable[str], reads: _Reads, user: str) -> Iterator[tuple[str, _Reads, str]]:
    for path in paths:
        folder, _, name = f"{below}/{path}".rpartition("/")
        for found in sorted(matching(folder, name)):
            if not rooted.is_folder(found):
                yield found, reads, user
