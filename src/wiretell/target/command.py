"""Targets that are a plain command on this machine.

What lies under /usr or /bin the sandbox shows where it is; anything else is shown as `/opt/agent`, with its folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wiretell.errors import TargetError
from wiretell.model.agent import Agent, Target
from wiretell.target.interface import AGENT_DIR, NODE, Wish, is_file, is_visible, mode_of, refuse_private
from wiretell.target.program import inspect
from wiretell.target.recipe import LoadedRecipe, adjust, generic

_ON_PATH = {"node": (NODE,), "nodejs": (NODE,), "python3": ("python3",), "python": ("python3",)}
"""Interpreters that the sandbox brings itself, so that a result does not depend on this machine's."""


@dataclass(frozen=True, slots=True)
class _Started:
    """A command line as the sandbox will see it."""

    start: tuple[str, ...]
    rest: tuple[str, ...]
    runtime: str
    root: Path
    file: Path
    """The file whose hash is the target's: the program, or the script it is given."""


def resolve_command(argv: Sequence[str], recipe: LoadedRecipe | None = None, wish: Wish | None = None) -> Agent:
    """Return the agent that a command line starts; `argv` may hold placeholders. Raises TargetError.

    Without a recipe the usual variables that redirect an agent are set (`recipe.generic`). Files of this machine
    among the arguments are shown to the agent with their folder.
    """
    wish = wish or Wish()
    if not argv or not argv[0]:
        raise TargetError("The command is empty; name a program.")
    started = _started(argv)
    name = Path(argv[0]).name
    base = recipe.recipe if recipe else generic(name, wish.protocol)
    words = (*started.rest, *wish.command)
    if words and "{bin}" not in words:
        words = ("{bin}", *words)
    chosen = adjust(base, Wish(words, wish.env, wish.protocol), own_program=True)
    target = Target(
        kind="command",
        name=started.file.name if started.file.parent == started.root else name,
        version=None,
        sha256=_sha256(started.file),
        root=started.root,
        start=started.start,
        runtime=started.runtime,
    )
    return Agent(target, chosen)


def _started(argv: Sequence[str]) -> _Started:
    if "/" not in argv[0] and argv[0] in _ON_PATH:
        return _interpreter(argv)
    program = _executable(argv[0])
    kind = inspect(program)
    real = program.resolve()
    if is_visible(real):
        shown = program if is_visible(program) else real
        root, rest = _root_of_arguments(argv[1:], shown.parent)
        return _Started((*kind.interpreter, str(shown)), rest, kind.runtime, root, real)
    refuse_private(real.parent)
    _, rest = _root_of_arguments(argv[1:], real.parent, fixed=True)
    return _Started((*kind.interpreter, f"{AGENT_DIR}/{real.name}"), rest, kind.runtime, real.parent, real)


def _interpreter(argv: Sequence[str]) -> _Started:
    """A script started by an interpreter: the script is the target."""
    runtime = "node" if argv[0].startswith("node") else "python"
    script = next((Path(word).resolve() for word in argv[1:] if is_file(Path(word))), None)
    if script is None:
        raise TargetError(f"{argv[0]} is given no file of this machine; name the script it should run.")
    root, rest = _root_of_arguments(argv[1:], script.parent)
    return _Started(_ON_PATH[argv[0]], rest, runtime, root, script)


def _root_of_arguments(words: Sequence[str], root: Path, *, fixed: bool = False) -> tuple[Path, tuple[str, ...]]:
    """Rewrite arguments that name files of this machine to where the sandbox shows them.

    The first such file's folder becomes the root unless it is `fixed`. Raises TargetError for a file elsewhere.
    """
    chosen, rest = (root if fixed else None), []
    for word in words:
        path = Path(word)
        if "{" in word or word.startswith("-") or not is_file(path) or is_visible(path.resolve()):
            rest.append(word)
            continue
        real = path.resolve()
        if chosen is None:
            refuse_private(real.parent)
            chosen = real.parent
        if not real.is_relative_to(chosen):
            raise TargetError(f"{word} is not in {chosen}: put all files of the agent into one folder.")
        rest.append(f"{{agent}}/{real.relative_to(chosen).as_posix()}")
    return chosen or root, tuple(rest)


def _executable(word: str) -> Path:
    """Find the program as a shell would. Raises TargetError for what is not there or may not be started."""
    if "/" not in word:
        found = shutil.which(word)
        if found is None:
            raise TargetError(f"There is no command {word!r} on this machine; install it, or give its path.")
        return Path(found).absolute()
    path = Path(word).absolute()
    if not mode_of(path):
        raise TargetError(f"There is no file {word}; check the path, or name a package, such as npm:NAME@VERSION.")
    if not path.is_file() or not os.access(path, os.X_OK):
        raise TargetError(f"{word} is not executable: chmod +x it, or start it by its interpreter.")
    return path


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TargetError(
            f"{path} cannot be read: {error.strerror}; make it readable, or name another program."
        ) from error
