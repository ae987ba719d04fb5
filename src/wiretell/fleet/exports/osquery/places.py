"""Where osquery is told to look: globs, `%` for one part of a path or a piece of it, as the table `file` takes them.

osquery's own tables look in some of these places by themselves, newer releases in more of them
(https://github.com/osquery/osquery, osquery/tables/system/npm_packages.cpp and python_packages.cpp: nvm since 5.20,
uv's tools and pipx since 5.23). Named here, all releases look in all of them.

A `%` does not stand for names that begin with a dot, nor for more than one part of a path.
"""

from __future__ import annotations

from typing import Final

from wiretell.model.fleet import Manager

Place = tuple[str, Manager]
"""Glob and who puts things there."""

MODULES_IN_HOMES: Final[tuple[Place, ...]] = (
    ("/.nvm/versions/node/%/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.local/share/fnm/node-versions/%/installation/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.fnm/node-versions/%/installation/lib/node_modules", Manager.NPM_GLOBAL),
    ("/Library/Application Support/fnm/node-versions/%/installation/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.volta/tools/image/node/%/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.volta/tools/image/packages/%/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.volta/tools/image/packages/%/%/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.asdf/installs/nodejs/%/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.local/share/mise/installs/node/%/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.nodenv/versions/%/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.nvs/node/%/%/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.proto/tools/node/%/lib/node_modules", Manager.NPM_GLOBAL),
    ("/n/lib/node_modules", Manager.NPM_GLOBAL),
    ("/.local/share/mise/installs/npm-%/%/lib/node_modules", Manager.NPM_USER),
    ("/.npm-global/lib/node_modules", Manager.NPM_USER),
    ("/.npm-packages/lib/node_modules", Manager.NPM_USER),
    ("/.local/lib/node_modules", Manager.NPM_USER),
    ("/.npm/_npx/%/node_modules", Manager.NPX),
    ("/.cache/pnpm/dlx/%/%/node_modules", Manager.NPX),
    ("/.local/share/pnpm/global/%/node_modules", Manager.PNPM_GLOBAL),
    ("/.local/share/pnpm/global/%/%/node_modules", Manager.PNPM_GLOBAL),
    ("/Library/pnpm/global/%/node_modules", Manager.PNPM_GLOBAL),
    ("/.config/yarn/global/node_modules", Manager.YARN_GLOBAL),
    ("/.bun/install/global/node_modules", Manager.BUN_GLOBAL),
)
"""Below a home folder."""

HIDDEN_PROJECTS: Final[tuple[Place, ...]] = (("/.claude/local/node_modules", Manager.NPM_PROJECT),)
"""Below a home folder: projects that `%` does not reach."""

MODULES: Final[tuple[Place, ...]] = (
    ("/usr/lib/node_modules", Manager.NPM_GLOBAL),
    ("/usr/local/lib/node_modules", Manager.NPM_GLOBAL),
    ("/opt/homebrew/lib/node_modules", Manager.NPM_GLOBAL),
    ("/opt/%/lib/node_modules", Manager.NPM_GLOBAL),
)

SITES_IN_HOMES: Final[tuple[Place, ...]] = (
    ("/.local/share/uv/tools/%/lib/python%/site-packages", Manager.UV_TOOL),
    ("/.local/share/pipx/venvs/%/lib/python%/site-packages", Manager.PIPX),
    ("/.local/pipx/venvs/%/lib/python%/site-packages", Manager.PIPX),
    ("/.local/lib/python%/site-packages", Manager.PIP_USER),
    ("/Library/Python/%/lib/python/site-packages", Manager.PIP_USER),
    ("/.pyenv/versions/%/lib/python%/site-packages", Manager.PIP_USER),
    ("/.asdf/installs/python/%/lib/python%/site-packages", Manager.PIP_USER),
    ("/.local/share/mise/installs/python/%/lib/python%/site-packages", Manager.PIP_USER),
    ("/.local/share/uv/python/%/lib/python%/site-packages", Manager.PIP_USER),
    ("/.virtualenvs/%/lib/python%/site-packages", Manager.VENV),
    ("/.local/share/virtualenvs/%/lib/python%/site-packages", Manager.VENV),
    ("/.cache/pypoetry/virtualenvs/%/lib/python%/site-packages", Manager.VENV),
    ("/miniconda3/lib/python%/site-packages", Manager.VENV),
    ("/miniconda3/envs/%/lib/python%/site-packages", Manager.VENV),
    ("/anaconda3/lib/python%/site-packages", Manager.VENV),
    ("/anaconda3/envs/%/lib/python%/site-packages", Manager.VENV),
    ("/miniforge3/lib/python%/site-packages", Manager.VENV),
    ("/miniforge3/envs/%/lib/python%/site-packages", Manager.VENV),
)

SITES: Final[tuple[Place, ...]] = (
    ("/usr/lib/python%/dist-packages", Manager.PIP_SYSTEM),
    ("/usr/lib/python%/site-packages", Manager.PIP_SYSTEM),
    ("/usr/local/lib/python%/dist-packages", Manager.PIP_SYSTEM),
    ("/usr/local/lib/python%/site-packages", Manager.PIP_SYSTEM),
    ("/opt/homebrew/lib/python%/site-packages", Manager.PIP_SYSTEM),
    ("/Library/Python/%/site-packages", Manager.PIP_SYSTEM),
    ("/Library/Frameworks/Python.framework/Versions/%/lib/python%/site-packages", Manager.PIP_SYSTEM),
    ("/opt/%/lib/python%/site-packages", Manager.VENV),
    ("/opt/pipx/venvs/%/lib/python%/site-packages", Manager.PIPX),
)

_ENVIRONMENTS: Final = ("/.venv", "/venv", "/env")
"""What environments in projects are called; any other name is not looked for."""


PROGRAMS_IN_HOMES: Final[tuple[Place, ...]] = tuple(
    (glob, Manager.BINARY)
    for glob in ("/%", "/bin/%", "/.local/bin/%", "/Downloads/%", "/Desktop/%", "/.cargo/bin/%", "/tools/%", "/opt/%")
)
PROGRAMS: Final[tuple[Place, ...]] = tuple(
    (glob, Manager.BINARY) for glob in ("/usr/local/bin/%", "/opt/%", "/opt/bin/%", "/opt/%/%", "/opt/%/bin/%")
)
"""Where programs may lie that no installer put there. Those of a known size are hashed."""


def projects(depth: int) -> tuple[Place, ...]:
    """Return where projects keep node packages, in homes down to so many folders."""
    return (
        *HIDDEN_PROJECTS,
        *((f"{below}/node_modules", Manager.NPM_PROJECT) for below in _below(depth)),
    )


def environments(depth: int) -> tuple[Place, ...]:
    """Return where projects keep environments of Python, in homes down to so many folders."""
    return tuple(
        (f"{below}{name}/lib/python%/site-packages", Manager.VENV) for below in _below(depth) for name in _ENVIRONMENTS
    )


def _below(depth: int) -> list[str]:
    return ["/%" * count for count in range(depth + 1)]
