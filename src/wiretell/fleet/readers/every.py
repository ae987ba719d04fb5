"""All readers, in the order in which they are asked. A reader that is not here is found missing by a test."""

from __future__ import annotations

from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.readers.bun import Bun
from wiretell.fleet.readers.debian import Debian
from wiretell.fleet.readers.extensions import Extensions
from wiretell.fleet.readers.interface import Reader
from wiretell.fleet.readers.native import Native
from wiretell.fleet.readers.npm import Npm
from wiretell.fleet.readers.pip import Pip
from wiretell.fleet.readers.pipx import Pipx
from wiretell.fleet.readers.pnpm import Pnpm
from wiretell.fleet.readers.settings import SettingsFiles
from wiretell.fleet.readers.shell import ShellFiles
from wiretell.fleet.readers.uv_tool import UvTool
from wiretell.fleet.readers.yarn import Yarn


def readers(digests: Digests) -> tuple[Reader, ...]:
    """Return every reader that needs nothing but what the walk saw. Programs without an installer and processes are
    asked for afterwards: they must know what these found.
    """
    return (
        *(Npm(), Pnpm(), Yarn(), Bun(), Extensions()),
        *(Pipx(), UvTool(), Pip(), Debian()),
        Native(digests),
        *(SettingsFiles(), ShellFiles()),
    )
