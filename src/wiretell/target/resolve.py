"""From what the user typed to an agent: which kind of target it is, and which recipe fits.

| typed | is |
|---|---|
| `npm:NAME`, `npm:NAME@VERSION` | a package (a version, a tag, or the newest) |
| `codex`, `codex@0.169.0` | the package of the recipe of that name |
| `@scope/name`, `name@1.2.3` | a package |
| a folder | its `wiretell-agent.toml` |
| `package.tgz` | a package on this machine |
| a file, or a command line | a plain command |
"""

from __future__ import annotations

import shlex
import shutil
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from wiretell.errors import TargetError
from wiretell.model.agent import Agent
from wiretell.target.command import resolve_command
from wiretell.target.folder import resolve_folder
from wiretell.target.interface import Progress, Wish, is_file, mode_of, quiet
from wiretell.target.npm import NAME, Source, npm_target, parse_spec, require
from wiretell.target.npm_client import NpmClient, user_npm
from wiretell.target.recipe import LoadedRecipe, NpmHint, adjust, for_package, generic, named, nearest, shipped

_TARBALLS: Final = (".tgz", ".tar.gz")
_NO_ENV: Final[Mapping[str, str]] = MappingProxyType({})


def resolve(
    spec: str,
    *,
    recipe: str | Path | None = None,
    command: Sequence[str] = (),
    env: Mapping[str, str] = _NO_ENV,
    protocol: str | None = None,
    cache: Path | None = None,
    progress: Progress = quiet,
    npm: NpmClient | None = None,
) -> Agent:
    """Return the agent that `spec` names, fetched and unpacked on this machine; nothing of it is executed.

    `recipe` is the name of a shipped recipe or the path of one; `command`, `env` and `protocol` replace parts of it
    (see `Wish`); `cache` takes the place of `$XDG_CACHE_HOME/wiretell`. Raises TargetError with one sentence.
    """
    wish = Wish(tuple(command), dict(env), protocol)
    loaded = named(recipe) if recipe is not None else None
    text = spec.strip()
    if not text:
        raise TargetError("No target is named.")
    if text.startswith("pypi:"):
        raise TargetError("pypi: comes with a later release; until then, audit a folder with wiretell-agent.toml.")
    source = npm_source(text)
    if source is not None:
        return _npm_agent(source, loaded, wish, npm, cache, progress)
    path = Path(text)
    mode = mode_of(path)
    if stat.S_ISDIR(mode):
        return resolve_folder(path, loaded, wish)
    if stat.S_ISREG(mode):
        return resolve_command((text,), loaded, wish)
    return resolve_command(_command_line(text), loaded, wish)


def resolve_words(
    words: Sequence[str],
    *,
    recipe: str | Path | None = None,
    env: Mapping[str, str] = _NO_ENV,
    protocol: str | None = None,
) -> Agent:
    """Return the agent that a plain command line is. Raises TargetError with one sentence."""
    if not words or not words[0]:
        raise TargetError("No command is named; write it after --, for instance `-- ./tool -p hi`.")
    return resolve_command(tuple(words), named(recipe) if recipe is not None else None, Wish((), dict(env), protocol))


def npm_source(text: str) -> Source | None:
    """Return the package that `text` names, or None where it names no package."""
    if text.startswith("npm:"):
        return parse_spec(text.removeprefix("npm:"))
    if text.endswith(_TARBALLS) and is_file(Path(text)):
        return Source("", "", Path(text).absolute())
    name, _, version = text.partition("@")
    known = shipped().get(name)
    if known is not None and known.npm is not None:
        return parse_spec(f"{known.npm.package}@{version}" if version else known.npm.package)
    if text.startswith("@") and "/" in text:
        return parse_spec(text)
    if version and NAME.fullmatch(name) and not mode_of(Path(text)):
        return parse_spec(text)
    return None


def _npm_agent(
    source: Source,
    loaded: LoadedRecipe | None,
    wish: Wish,
    npm: NpmClient | None,
    cache: Path | None,
    progress: Progress,
) -> Agent:
    found = loaded or (for_package(source.name) if source.tarball is None else None)
    client = npm or user_npm()
    if found is None and source.tarball is None and not wish.command:
        require(source, client)
        raise TargetError(
            f"No recipe knows the npm package {source.name}: give the recipe of a file, or a command. "
            f"Known: {', '.join(shipped())}."
        )

    def hints(name: str) -> NpmHint:
        chosen = found or for_package(name)
        return (chosen.npm if chosen else None) or NpmHint(name)

    target = npm_target(source, hints, client, cache, progress)
    found = found or for_package(target.name)
    if found is None and not wish.command:
        raise TargetError(f"No recipe knows the npm package {target.name}: give the recipe of a file, or a command.")
    base = found.recipe if found else generic(target.name, wish.protocol)
    return Agent(target, adjust(base, wish, own_program=True))


def _command_line(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise TargetError(f"The command {text!r} cannot be split into words: {error}.") from error
    if "/" not in words[0] and shutil.which(words[0]) is None:
        raise TargetError(
            f"Nothing is called {words[0]!r}: no recipe, folder, file or command{nearest(words[0], shipped()) or '.'} "
            f"An npm package is written npm:{words[0]}."
        )
    return words
