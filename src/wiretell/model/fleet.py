"""What an inventory finds on a machine, what a policy says of it, and how what is banned is removed.

Texts that come from the machine (paths, names, versions) are as `os.fsdecode` gives them: lone surrogates stand for
bytes that are no UTF-8, and line breaks may be in them. Reports draw them; nothing else may print them.
Times are UTC, ISO 8601 to the second. Hashes are lower-case hex.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from wiretell.model.policy import Decision


class Manager(StrEnum):
    """How an install came to be where it is. Each has one reader."""

    NPM_GLOBAL = "npm-global"
    """In the prefix of a Node (the system's, nvm's, fnm's, volta's ...); `around` says which."""
    NPM_USER = "npm-user"
    """In a prefix of the user's own (`~/.npm-global`, `~/.local`)."""
    NPM_PROJECT = "npm-project"
    NPX = "npx"
    """In the cache of npx, pnpm dlx or bunx: what was run once without being installed."""
    PNPM_GLOBAL = "pnpm-global"
    PNPM_PROJECT = "pnpm-project"
    YARN_GLOBAL = "yarn-global"
    YARN_PROJECT = "yarn-project"
    """Also Plug'n'Play: a zip in a cache, named by the project's lock file."""
    BUN_GLOBAL = "bun-global"
    BUN_PROJECT = "bun-project"
    PIP_SYSTEM = "pip-system"
    PIP_USER = "pip-user"
    VENV = "venv"
    """A virtual environment (or conda's)."""
    PIPX = "pipx"
    UV_TOOL = "uv-tool"
    NATIVE = "native"
    """What a vendor's own installer puts into a home folder."""
    DEBIAN = "debian"
    EXTENSION = "extension"
    """Of an editor of the VS Code family; `around` says which editor."""
    BINARY = "binary"
    """A program that no known installer put there, recognised by its hash or by what it says of itself."""


class Scope(StrEnum):
    """Whom an install serves."""

    SYSTEM = "system"
    USER = "user"
    PROJECT = "project"


class Recognised(StrEnum):
    """Why something is taken for a product. Nothing is ever run to find out."""

    NAME = "name"
    """Its package, extension or folder has the product's name."""
    HASH = "hash"
    """Its bytes are those of a known release."""
    CONTENT = "content"
    """It says so itself: texts in it that only this product holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """One agent in one place."""

    product: str
    """Name in the catalogue: `claude-code`."""
    vendor: str
    name: str
    """As its installer calls it: `@anthropic-ai/claude-code`, `aider-chat`, `anthropic.claude-code`; of a binary, its
    file's name."""
    version: str
    """Empty where it is not told or cannot be read."""
    manager: Manager
    around: str = ""
    """What it belongs to: `nvm v22.11.0`, `cursor`, a project's folder, an environment's folder; may be empty."""
    scope: Scope
    user: str
    """Whose home it lies in, or who alone has links that lead to it; empty where it serves everybody."""
    path: str
    """The folder of the package, the environment, the extension, or the program itself. Absolute; as it is named, not
    where links lead."""
    hashed: str = ""
    """The file whose hash `sha256` is: the program that starts, or what states the package's files (RECORD)."""
    sha256: str = ""
    """Empty where it could not be read; then an entry in `not_examined` says why."""
    integrity: str = ""
    """What the package manager noted of the archive it installed: `sha512-...` (Subresource Integrity)."""
    commands: tuple[str, ...] = ()
    """Links and wrappers outside `path` that start it: absolute paths."""
    also: tuple[str, ...] = ()
    """Other paths that belong to it alone and would be left behind: a store's folder, metadata, a receipt."""
    wanted_by: tuple[str, ...] = ()
    """Files of the user's that ask for it, and would bring it back: a project's `package.json`, a requirements file."""
    recognised: Recognised = Recognised.NAME
    note: str = ""
    """Anything a reader should know, one sentence; empty as a rule."""

    @property
    def id(self) -> str:
        """Stable name within an inventory: the same place gives the same id on every day."""
        return f"{self.manager.value}:{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """An agent that runs."""

    product: str
    vendor: str
    version: str
    """Of the install it runs from; empty where none is known."""
    pid: int
    started: str
    """Times of a start tell one process from a later one of the same number."""
    user: str
    program: str
    """The program's file (of an interpreter: the script's); `(deleted)` is not part of it."""
    install: str = ""
    """Id of the install it runs from; empty where it is none of those found."""
    recognised: Recognised = Recognised.NAME
    note: str = ""

    @property
    def id(self) -> str:
        """Stable while it runs."""
        return f"process:{self.pid}@{self.started}"


class SettingKind(StrEnum):
    """Where a setting stands."""

    CONFIG = "config"
    """An agent's own configuration file, a user's or a project's."""
    MANAGED = "managed"
    """Configuration that an administrator put there."""
    SHELL = "shell"
    """A start file of a shell, or `environment.d`."""
    ENVIRONMENT = "environment"
    """The environment of a process that runs; of this user's only, without root."""
    MCP = "mcp"
    """An entry for a server of the Model Context Protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Something that points an agent at a host, a model or a tool server. Keys and tokens are never read out."""

    kind: SettingKind
    product: str
    """Whose setting it is; empty for what several read (`OPENAI_BASE_URL`)."""
    vendor: str
    path: str
    line: int = 0
    """From 1; 0 where the form has no lines worth naming."""
    key: str
    """`ANTHROPIC_BASE_URL`, `model`, `mcpServers.github` ..."""
    value: str
    """As it stands there, without credentials: of a URL scheme, host and port; of a tool server its program or host."""
    host: str = ""
    """Host name that `value` leads to; empty where it leads to none."""
    model: str = ""
    """Model that `value` names, in the spelling policies are held against (`opus` of claude-code is `claude-opus`)."""
    user: str = ""
    note: str = ""

    @property
    def id(self) -> str:
        """Stable name within an inventory."""
        return f"setting:{self.path}:{self.line}:{self.key}"


@dataclass(frozen=True, slots=True)
class NotExamined:
    """What was not looked at, or could not be, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at."""

    what: str
    """`home of dev`, `Debian's packages` ..."""
    entries: int
    """Files and folders, packages or processes, as `what` says."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where an inventory was taken."""

    id: str
    """HMAC-SHA256 of the machine's id, keyed `wiretell-fleet` (machine-id(5): an id of its own for each application),
    first 32 hex digits; empty where the machine has none."""
    hostname: str
    os: str
    """`Debian GNU/Linux 12 (bookworm)`."""
    user: str
    """Who took the inventory."""
    root: bool
    team: str = ""
    """As the caller said it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All that was found on one machine."""

    machine: Machine
    taken: str
    installs: tuple[Install, ...]
    """In the order of product, then path; `processes` and `settings` alike."""
    processes: tuple[Process, ...] = ()
    settings: tuple[Setting, ...] = ()
    examined: tuple[Examined, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()
    files: int = 0
    """Files and folders that were looked at."""
    wall_s: float = 0.0


Finding = Install | Process | Setting


class FindingKind(StrEnum):
    """What a finding is."""

    INSTALL = "install"
    PROCESS = "process"
    SETTING = "setting"


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next day on which the policy's answer changes."""

    day: dt.date
    """Begins in the policy's time zone."""
    decision: Decision


@dataclass(frozen=True, slots=True)
class Judged:
    """What a policy says of one finding."""

    finding: Finding
    decision: Decision
    upcoming: Upcoming | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """An inventory held against a policy at one moment."""

    inventory: Inventory
    policy_source: str
    policy_sha256: str
    timezone: str
    on: dt.datetime
    """With a time zone."""
    judged: tuple[Judged, ...]
    """Every install and process, and every setting that names a model; banned first, then warned of, then the rest."""
    remarks: tuple[str, ...] = ()
    """What the policy's reader should know of it: rules that overlap, sentences."""

    @property
    def banned(self) -> tuple[Judged, ...]:
        """What may not be there."""
        return tuple(each for each in self.judged if each.decision.effect == "ban")


class Action(StrEnum):
    """What a step of a removal does."""

    END = "end"
    """Ask a process to end, then make it."""
    ARCHIVE = "archive"
    """Put the user's own files into the archive, then take them away."""
    TAKE = "take"
    """Take a file, a link or a folder away."""
    TIDY = "tidy"
    """Take a folder away that the steps before leave empty; not if something is in it by then."""
    PACKAGE = "package"
    """Have the system's package manager remove a package: needs root."""
    LEFT = "left"
    """Nothing wiretell does: what the user has to do, in words."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a removal."""

    action: Action
    target: str
    """Absolute path, `pid 1234`, or a package's name."""
    finding: str
    """Id of the finding it is for."""
    told: str
    """The same as a sentence, or as the command that does it."""


class StepState(StrEnum):
    """How far a step has come."""

    PLANNED = "planned"
    DONE = "done"
    UNDONE = "undone"
    """Rolled back."""
    FAILED = "failed"
    LEFT = "left"
    """To be done by the user."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step and what came of it."""

    step: Step
    state: StepState
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A plan, or what came of it."""

    checked: Checked
    """The inventory before, held against the policy."""
    steps: tuple[StepResult, ...]
    applied: bool
    archive: str = ""
    """Where the user's own files are kept; empty where there were none, or nothing was applied."""
    archived: tuple[str, ...] = ()
    """Paths within it, as they were."""
    after: Checked | None = None
    """A new inventory after the removal, held against the same policy at the same moment: the proof."""
    resumed: bool = False
    """Whether it took up one that had been interrupted."""
    notes: tuple[str, ...] = field(default=())

    @property
    def left(self) -> tuple[Judged, ...]:
        """What is banned and still there."""
        return (self.after or self.checked).banned
