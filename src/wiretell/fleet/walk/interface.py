"""What the one walk over the machine's files looks for, and what it gives to the readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wiretell.model.fleet import Examined, NotExamined


class Mark(StrEnum):
    """Why a path is worth a reader's look. The walk compares names; it opens no file."""

    NODE_PACKAGE = "node-package"
    """A folder (or link) `node_modules/NAME` or `node_modules/@SCOPE/NAME` of a known npm name; also in pnpm's store,
    `node_modules/.pnpm/*/node_modules/NAME`."""
    NODE_MODULES = "node-modules"
    """`node_modules` itself, whose `.package-lock.json`, `.modules.yaml` and `.yarn-state.yml` say who installed it:
    only where it holds something known, or (`readers.renamed`) is said to hold it under another name."""
    YARN_ZIP = "yarn-zip"
    """A zip of a known npm name in a cache of yarn 2 and later: `@anthropic-ai-claude-code-npm-2.1.91-ab12-....zip`."""
    PNP = "pnp"
    """`.pnp.cjs`, `.pnp.js` or `.pnp.loader.mjs`: a project that has no node_modules."""
    DIST_INFO = "dist-info"
    """`NAME-VERSION.dist-info` or `.egg-info` of a known PyPI name."""
    EDITOR_EXTENSION = "editor-extension"
    """A folder in an `extensions` folder of the VS Code family that begins with a known id."""
    PROGRAM = "program"
    """A regular file that may be executed, or is named like a script for Node, and is large enough to be an agent
    (`walk.parts.LARGE`); or one of any size that may be executed and is named like an agent's command. Also a link of
    such a name, unless it leads to a folder or to what may not be executed: one to nowhere counts. Not inside packages
    and extensions."""
    SETTINGS = "settings"
    """A configuration file of an agent, in a home or a project: its path ends as `Wanted.settings` says."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One path."""

    mark: Mark
    path: str
    """Absolute, not resolved."""
    home: str
    """Home folder it lies in, or empty."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names the walk looks for. Made from the catalogue by `fleet.catalogue.wanted`."""

    npm: frozenset[str]
    """`@anthropic-ai/claude-code`, in lower case."""
    pypi: frozenset[str]
    """Normalised (PEP 503), with `_` for `-`: `aider_chat`."""
    extensions: tuple[str, ...]
    """Ids in lower case: `anthropic.claude-code`."""
    commands: frozenset[str]
    """`claude`, `codex`."""
    settings: frozenset[str]
    """Ends of paths in POSIX form, one or more parts: `.claude/settings.json`, `.mcp.json`, `opencode.json`."""


@dataclass(frozen=True, slots=True)
class Home:
    """One user's home folder."""

    user: str
    path: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What readers may know of the machine. Tests make one of a folder; nothing else decides where readers look."""

    homes: tuple[Home, ...]
    root: str = "/"
    """Where system paths begin: `/`, or a mounted image. Every system path a reader opens is joined to it, and every
    file is looked at by `fleet.rooted`, which follows an image's links within the image."""
    proc: str = "/proc"
    """Empty: running processes are not looked at."""
    named: bool = False
    """Whether the homes were asked for by name: then what other users run is no part of the inventory."""
    is_root: bool = False
    path: tuple[str, ...] = ()
    """Folders of PATH."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that move folders (NVM_DIR, PNPM_HOME, UV_TOOL_DIR, PIPX_HOME, npm_config_prefix ...); only of the
    user who takes the inventory."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk saw."""

    hits: tuple[Hit, ...]
    """In the order of paths."""
    entries: int
    """Files and folders that were listed, in this walk or, unchanged, in an earlier one."""
    examined: tuple[Examined, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()
    modules: tuple[Hit, ...] = ()
    """Every outermost `node_modules`, whatever it holds: names of folders do not tell all (`readers.renamed`)."""

    def of(self, mark: Mark) -> tuple[Hit, ...]:
        """Return the hits of one kind."""
        return tuple(hit for hit in self.hits if hit.mark is mark)
