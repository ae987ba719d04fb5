"""Targets that are a folder with `wiretell-agent.toml`: shown to the agent as it is, read-only."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Final

from wiretell.errors import TargetError
from wiretell.model.agent import Agent, Recipe, Target
from wiretell.target.archive import MAX_FILES
from wiretell.target.interface import AGENT_DIR, NODE, Wish, is_file, refuse_private
from wiretell.target.program import inspect
from wiretell.target.recipe import FILE_NAME, LoadedRecipe, adjust, generic, load

MAX_FILE_BYTES: Final = 512 << 20


def resolve_folder(folder: Path, recipe: LoadedRecipe | None, wish: Wish) -> Agent:
    """Return the agent in a folder. Raises TargetError.

    Without `recipe` the folder's own file is read; without either, the user's command must say all.
    """
    root = folder.resolve()
    refuse_private(root)
    loaded = recipe or (load(root) if is_file(root / FILE_NAME) else None)
    if loaded is None and not wish.command:
        raise TargetError(f"{folder} has no {FILE_NAME}: write one, or give a command or a recipe.")
    if recipe is None and loaded is not None and loaded.npm is not None:
        package = loaded.npm.package
        raise TargetError(f"{folder}/{FILE_NAME} is for the npm package {package}: give npm:{package} and this recipe.")
    base = loaded.recipe if loaded else generic(root.name, wish.protocol)
    chosen = _in_sandbox(adjust(base, wish, own_program=False))
    start, runtime = _start(root, chosen.command[0])
    if chosen.official and chosen.official.command:
        _start(root, chosen.official.command[0])
    target = Target(
        kind="folder", name=base.name, version=None, sha256=digest(root), root=root, start=start, runtime=runtime
    )
    return Agent(target, chosen)


def _in_sandbox(recipe: Recipe) -> Recipe:
    """Replace the program name `node` by its place in the sandbox; `python3` is found on PATH there."""
    official = recipe.official
    if official and official.command:
        official = replace(official, command=_node(official.command))
    return replace(recipe, command=_node(recipe.command), official=official)


def _node(command: tuple[str, ...]) -> tuple[str, ...]:
    return (NODE, *command[1:]) if command[0] in {"node", "nodejs"} else command


def _start(root: Path, program: str) -> tuple[tuple[str, ...], str]:
    """Return what `{bin}` stands for and the runtime, told by the first word of the command."""
    if program == "{bin}":
        raise TargetError("'{bin}' stands for the program of a package; in a folder, name it: '{agent}/NAME'.")
    if program == NODE:
        return (NODE,), "node"
    if program.startswith("{agent}/"):
        path = root / program.removeprefix("{agent}/")
        if not path.is_file() or not path.resolve().is_relative_to(root):
            raise TargetError(f"{root} holds no {program.removeprefix('{agent}/')!r}, which its recipe starts.")
        if not path.stat().st_mode & 0o111:
            raise TargetError(f"{path} is not executable: chmod +x it, or start it by its interpreter.")
        return (f"{AGENT_DIR}/{program.removeprefix('{agent}/')}",), inspect(path).runtime
    if program.rpartition("/")[2].startswith("python"):
        return (program,), "python"
    return (program,), "native"


def digest(root: Path) -> str:
    """Return the SHA-256 (hex) of a folder: of its sorted lines `path NUL kind NUL hash-of-content LF`.

    Kind is `x` for an executable file, `-` for any other, `l` for a link (its hash is of the link's text). Paths are
    bytes relative to `root`. Raises TargetError for files over 512 MiB, special files, and what cannot be read.
    """
    lines: list[bytes] = []
    for here, names, leaves in os.walk(root, onerror=_refuse):
        for name in (*leaves, *(each for each in names if (Path(here) / each).is_symlink())):
            lines.append(_line(Path(here) / name, root))
            if len(lines) > MAX_FILES:
                raise TargetError(f"{root} holds more than {MAX_FILES} files: put the agent into a folder of its own.")
    whole = hashlib.sha256()
    for line in sorted(lines):
        whole.update(line)
    return whole.hexdigest()


def _refuse(error: OSError) -> None:
    raise TargetError(f"{error.filename} cannot be read: {error.strerror}.") from error


def _line(path: Path, root: Path) -> bytes:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            kind, content = b"l", hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
        elif not stat.S_ISREG(status.st_mode):
            raise TargetError(f"{path} is a socket, pipe or device; an agent's folder holds files alone.")
        elif status.st_size > MAX_FILE_BYTES:
            raise TargetError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB.")
        else:
            kind = b"x" if status.st_mode & 0o111 else b"-"
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}.") from error
    return b"\0".join((os.fsencode(path.relative_to(root)), kind, content.encode())) + b"\n"
