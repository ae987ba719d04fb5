"""What a form is: the files in which one agent keeps its settings, and which keys of them point somewhere.

A form is data: path ends, a syntax, and rules. A rule is a path of keys with `/` between them (`*` is any key or any
place in a list) and what stands there. Nothing else of a file is ever read out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Syntax(StrEnum):
    """How a file is written."""

    JSON = "json"
    """Also with comments and trailing commas."""
    TOML = "toml"
    YAML = "yaml"
    SHELL = "shell"
    """`NAME=value`, with or without `export`: `.env`, `.envrc`."""
    FRONT_MATTER = "front matter"
    """Lines `key: value` between two lines `---` at the beginning of a Markdown file."""


class Holds(StrEnum):
    """What stands at a path of keys."""

    HOST = "host"
    """A URL, or a host with or without a port."""
    MODEL = "model"
    """The name of a model."""
    NAME = "name"
    """The name of a provider that is described elsewhere."""
    VARIABLES = "variables"
    """A table of environment variables; also a list of `NAME=value`, or of tables with `name` and `value`."""
    SERVERS = "servers"
    """A table (or list) of servers of the Model Context Protocol."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One place in a file."""

    keys: tuple[str, ...]
    holds: Holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The files of one agent that are written alike."""

    product: str
    """Name in the catalogue; empty for what several agents read."""
    syntax: Syntax
    rules: tuple[Rule, ...]
    ends: frozenset[str] = frozenset()
    """Ends of paths in homes and projects, in POSIX form: `.claude/settings.json`."""
    system: tuple[str, ...] = ()
    """Paths below the system's root, without a slash before them, `*` in the last part only: an administrator's."""
    moved: tuple[tuple[str, str], ...] = ()
    """Variable that moves the agent's folder, and the file's path below it: (`CODEX_HOME`, `config.toml`)."""
    globs: tuple[str, ...] = ()
    """Files whose names are not known beforehand, below a home or a project: `.claude/agents/*.md`. In projects they
    are looked for where another settings file was found."""
    source: str
    """Where the keys are documented: an address, or a repository's file."""


def rules(
    *, host: str = "", model: str = "", name: str = "", variables: str = "", servers: str = ""
) -> tuple[Rule, ...]:
    """Return rules from paths with spaces between them.

    >>> rules(model="model profiles/*/model")[1].keys
    ('profiles', '*', 'model')
    """
    given = (
        (Holds.HOST, host),
        (Holds.MODEL, model),
        (Holds.NAME, name),
        (Holds.VARIABLES, variables),
        (Holds.SERVERS, servers),
    )
    return tuple(Rule(tuple(path.split("/")), holds) for holds, paths in given for path in paths.split())
