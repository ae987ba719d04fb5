"""What the kinds of target share: the places inside the sandbox, progress, and the request a kind answers."""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from wiretell.errors import TargetError

# The sandbox's own places (lab/spec.py AGENT_DIR and NODE_DIR; a stage does not import another, a test compares them).
AGENT_DIR: Final = "/opt/agent"
NODE: Final = "/opt/node/bin/node"

VISIBLE: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib64")
"""Folders of this machine that the sandbox shows at the same path."""

_NOTHING_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
"""Errors that say that nothing is there; others (no permission, a failing disk) say nothing of that."""

Progress = Callable[[str], None]
"""Takes one short line about what is going on; may be called often."""


def quiet(_line: str) -> None:
    """Swallow progress."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked of the agent beyond naming a target. Empty values leave the recipe's own in place."""

    command: tuple[str, ...] = ()
    """Arguments with placeholders. Where no element is `{bin}`, they follow the target's own start command
    (npm packages and plain commands) or are the whole command line (folders)."""
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    protocol: str | None = None


def mode_of(path: Path) -> int:
    """Return the mode of what lies at a path, links followed; 0 where nothing does.

    Raises TargetError where that cannot be told. `Path.exists` and its kin say no there, or fail, by Python's version.
    """
    try:
        return path.stat().st_mode
    except ValueError:  # a NUL
        return 0
    except OSError as error:
        if error.errno in _NOTHING_THERE:
            return 0
        raise TargetError(f"{path} cannot be read: {error.strerror}.") from error


def is_file(path: Path) -> bool:
    """Whether a path is a file's, links followed. Raises TargetError where that cannot be told."""
    return stat.S_ISREG(mode_of(path))


def is_visible(path: Path) -> bool:
    """Whether the sandbox shows this absolute path as it is."""
    return any(path.is_relative_to(folder) for folder in VISIBLE)


def refuse_private(folder: Path) -> None:
    """Raise TargetError for a folder that the sandbox must never show: HOME, what holds HOME, and shared places.

    The target's folder is readable to the agent as a whole, so a program that lies loose in HOME would take every
    key in HOME with it.
    """
    real = folder.resolve()
    private = {Path("/"), Path("/tmp"), Path("/var/tmp"), Path("/etc"), Path("/root"), Path("/home")}  # noqa: S108
    home = Path.home().resolve()
    if real in private or real == home or home.is_relative_to(real):
        raise TargetError(f"{real} would be shown to the agent as a whole: put the program into a folder of its own.")
