# paths are texts here, as the system gives them
"""Whose a package in a `node_modules` is: told by its path, and by what package managers leave beside it.

Checked against npm 11, pnpm 10 and 12, yarn 1.22 and 4, bun 1.4 (layouts of 2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wiretell.fleet import rooted
from wiretell.fleet.walk.interface import Hit
from wiretell.model.fleet import Manager, Scope

MODULES: Final = "/node_modules/"
LOCKS: Final = (
    ("bun.lock", Manager.BUN_PROJECT),
    ("bun.lockb", Manager.BUN_PROJECT),
    ("pnpm-lock.yaml", Manager.PNPM_PROJECT),
    ("yarn.lock", Manager.YARN_PROJECT),
    ("package-lock.json", Manager.NPM_PROJECT),
    ("npm-shrinkwrap.json", Manager.NPM_PROJECT),
)
_LEFT_BEHIND: Final = (
    (".modules.yaml", Manager.PNPM_PROJECT),
    (".yarn-state.yml", Manager.YARN_PROJECT),
    (".yarn-integrity", Manager.YARN_PROJECT),
    (".package-lock.json", Manager.NPM_PROJECT),
)
_ABOVE: Final = 8
"""Folders above a project in which a workspace's lock file is looked for."""

_ONE_TIME: Final = re.compile(r"(.*?/(?:_npx/[^/]+|pnpm/dlx/[^/]+/[^/]+|bunx-\d+-.+?))/node_modules/", re.DOTALL)
_BUN_GLOBAL: Final = re.compile(r"(.*?/install/global)/node_modules/", re.DOTALL)
_YARN_GLOBAL: Final = re.compile(r"(.*?/yarn/global)/node_modules/", re.DOTALL)
_PNPM_GLOBAL: Final = re.compile(r"(.*?/global/(?:\d+|v\d+/[^/]+))/(?:node_modules|\.pnpm)/", re.DOTALL)
_PNPM_LINKS: Final = re.compile(r"(.*?/store/v\d+/links/(?:@[^/]*/)?[^/]+/[^/]+/[^/]+)/node_modules/", re.DOTALL)
"""pnpm 11 and later keep packages that were installed globally in one store for all."""
_UNPLUGGED: Final = re.compile(r"(.*?)/\.yarn/unplugged/[^/]+/node_modules/", re.DOTALL)
_STORE: Final = re.compile(r"(.*?)/(?:node_modules/)?\.(pnpm|bun|store)/[^/]+/node_modules/", re.DOTALL)
"""Stores within a project: `node_modules/.pnpm/NAME@VERSION/node_modules/NAME`; bun has `.bun`, npm's linked strategy
and yarn's pnpm linker `.store`."""

_NODES: Final = (
    (re.compile(r"/\.?nvm/versions/node/(v[^/]+)$"), "nvm {}"),
    (re.compile(r"/\.?fnm/node-versions/(v[^/]+)/installation$"), "fnm {}"),
    (re.compile(r"/\.volta/tools/image/node/([^/]+)$"), "volta {}"),
    (re.compile(r"/\.volta/tools/image/packages/.+$"), "volta"),
    (re.compile(r"/\.asdf/installs/nodejs/([^/]+)$"), "asdf {}"),
    (re.compile(r"/mise/installs/node/([^/]+)$"), "mise {}"),
    (re.compile(r"/mise/installs/npm-.+$"), "mise"),
    (re.compile(r"/\.nodenv/versions/([^/]+)$"), "nodenv {}"),
    (re.compile(r"/n/versions/node/([^/]+)$"), "n {}"),
    (re.compile(r"/\.nvs/node/([^/]+)/[^/]+$"), "nvs {}"),
    (re.compile(r"/\.proto/tools/node/([^/]+)$"), "proto {}"),
    (re.compile(r"/\.linuxbrew$"), "Homebrew"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose a package is."""

    manager: Manager
    scope: Scope
    around: str
    top: str
    """The project's folder, the prefix's `lib`, or what else holds the outermost `node_modules`."""
    prefix: str = ""
    """Of npm's global packages: the folder whose `bin` starts them."""


def place(hit: Hit, real: str) -> Place:
    """Return whose the package at `hit` is. `real`: where its path leads."""
    for find in (_one_time, _global, _unplugged, _linked):
        if found := find(hit, real):
            return found
    return _npm_global(hit) or _project(hit.path.partition(MODULES)[0])


def is_own_store(path: str) -> bool:
    """Whether a path lies in a manager's store, where packages are kept and linked from."""
    return bool(_STORE.match(path) or _PNPM_LINKS.match(path))


def store_folder(real: str) -> str:
    """Return the folder that a store keeps one package in; empty outside stores."""
    if found := _PNPM_LINKS.match(real):
        return found[1]
    found = _STORE.match(real)
    return real[: found.end() - len(MODULES)] if found else ""


def _one_time(hit: Hit, _real: str) -> Place | None:
    if found := _ONE_TIME.match(hit.path):
        return Place(Manager.NPX, _scope(hit), found[1], found[1])
    return None


def _global(hit: Hit, _real: str) -> Place | None:
    for pattern, manager in (
        (_PNPM_GLOBAL, Manager.PNPM_GLOBAL),
        (_PNPM_LINKS, Manager.PNPM_GLOBAL),
        (_YARN_GLOBAL, Manager.YARN_GLOBAL),
        (_BUN_GLOBAL, Manager.BUN_GLOBAL),
    ):
        if found := pattern.match(hit.path):
            return Place(manager, _scope(hit), found[1], found[1])
    return None


def _unplugged(hit: Hit, _real: str) -> Place | None:
    if found := _UNPLUGGED.match(hit.path):
        return Place(Manager.YARN_PROJECT, Scope.PROJECT, found[1], found[1])
    return None


def _linked(hit: Hit, real: str) -> Place | None:
    """In a store of the project's, or a link into one: of a workspace, its packages' `node_modules` are links."""
    if found := _STORE.match(hit.path):
        return _project(found[1], found[2])
    top = hit.path.partition(MODULES)[0]
    if found := _STORE.match(real):
        return _project(top, found[2])
    return _project(top, "pnpm") if _PNPM_LINKS.match(real) else None


def _npm_global(hit: Hit) -> Place | None:
    """Npm keeps global packages in PREFIX/lib/node_modules; no `package.json` is beside it."""
    top = hit.path.partition(MODULES)[0]
    prefix, _, last = top.rpartition("/")
    if last != "lib" or _is_file(top + "/package.json"):
        return None
    around = next((_named(found, name) for node, name in _NODES if (found := node.search(prefix))), "")
    of_node = _is_file(prefix + "/bin/node") or not hit.home or (around and around != "mise")
    return Place(Manager.NPM_GLOBAL if of_node else Manager.NPM_USER, _scope(hit), around or prefix, top, prefix)


def _project(top: str, store: str = "") -> Place:
    made = {"pnpm": Manager.PNPM_PROJECT, "bun": Manager.BUN_PROJECT}.get(store) or _left_by(top)
    return Place(made, Scope.PROJECT, top, top)


def _left_by(top: str) -> Manager:
    """Return who made a project's `node_modules`: by what lies in it, then by the nearest lock file."""
    for name, manager in _LEFT_BEHIND:
        if _is_file(top + MODULES + name):
            return manager
    folder = top
    for _ in range(_ABOVE):
        for name, manager in LOCKS:
            if _is_file(f"{folder}/{name}"):
                return manager
        folder = folder.rpartition("/")[0]
        if not folder:
            break
    return Manager.NPM_PROJECT


def _named(found: re.Match[str], name: str) -> str:
    return name.format(*found.groups())


def _scope(hit: Hit) -> Scope:
    return Scope.USER if hit.home else Scope.SYSTEM


def _is_file(path: str) -> bool:
    return rooted.is_file(path)
