"""What osquery's tables know of agents: one query for each kind of install, the same columns in all (`COLUMNS`).

Each is written as parts of a `WITH`, the last of which is `found`. What they share: `homes` (from the table `users`,
and folders in /home and /Users that belong to nobody the machine knows), `known` (names of the catalogue).

osquery's tables are functions in disguise: `file` and `hash` need a path, `npm_packages` and `python_packages` look
in a folder that they are told, and they are told by an equation or a LIKE in a CROSS JOIN, which fixes the order. So
nothing here uses OR on such columns, and the left side of a join is always what is known already. A folder that LIKE
finds ends with a slash. Versions are compared without the collation of their column (`|| ''`), which takes `1-0` for
`1.0`. The schema is published at https://osquery.io/schema (specs/ in the repository); what the tables return was read
from their code, as of 2026-08.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from wiretell.fleet.catalogue import pypi_folder
from wiretell.fleet.exports.osquery import places
from wiretell.fleet.exports.osquery.literals import rows
from wiretell.fleet.programs.identifying import known as known_programs
from wiretell.fleet.readers.native import SHARED
from wiretell.model.fleet import Manager
from wiretell.policy import Product

COLUMNS: Final = ("product", "vendor", "version", "manager", "path", "user", "sha256")
"""Of `found`, and of the queries of an inventory."""

PROCESS: Final = "process"
"""In the column `manager`: no install, but what runs from one."""

Products = Mapping[str, Product]

_FOUND: Final = f"found({', '.join(COLUMNS)})"
_METADATA: Final = len("/METADATA")


def _homes() -> str:
    unknown = " UNION ALL ".join(
        f"SELECT substr(rtrim(path, '/'), {len(base) + 1}), rtrim(path, '/') FROM file WHERE path LIKE '{base}%'"
        f" AND type = 'directory' AND length(rtrim(path, '/')) > {len(base)}"
        " AND rtrim(path, '/') NOT IN (SELECT rtrim(directory, '/') FROM users)"
        for base in ("/home/", "/Users/")
    )
    return (
        "homes(user, home) AS (SELECT min(username), rtrim(directory, '/') FROM users"
        " WHERE (uid = 0 OR uid >= 500) AND length(rtrim(directory, '/')) > 1 GROUP BY rtrim(directory, '/')"
        f" UNION ALL {unknown})"
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """How far queries go, for what it costs."""

    depth: int = 3
    """Folders below a home down to which projects are looked for; each costs a look at all folders of that depth."""
    hashes: bool = True
    """Whether programs are hashed: seconds of a core for each new one. osquery keeps hashes of files that it knows."""


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of install."""

    name: str
    """`npm`: the query of an inventory is called `wiretell_inventory_npm`."""
    platform: str
    """As packs have it: `posix` or `linux`."""
    least: str
    """Version of osquery from which on it finds all that it should."""
    told: str
    """What it finds, as a sentence."""
    found: Callable[[Products, Reach], str | None]
    """Parts of the WITH; None where the catalogue has no such names."""


def _known(names: Iterable[tuple[str, Product]]) -> str | None:
    found = sorted({(name, product.name, product.vendor) for name, product in names})
    return f"known(name, product, vendor) AS ({rows(found)})" if found else None


def _folders(inside: Iterable[places.Place], outside: Iterable[places.Place]) -> str:
    """Return parts that end in `folders`: those that are there, of places in homes and of others."""
    return f"""inside(place, manager) AS ({rows(inside)}), outside(place, manager) AS ({rows(outside)}),
folders(user, manager, folder) AS (
  SELECT h.user, p.manager, rtrim(f.path, '/')
  FROM homes h CROSS JOIN inside p CROSS JOIN file f ON f.path LIKE h.home || p.place || '%'
  WHERE rtrim(f.path, '/') LIKE h.home || p.place
  UNION
  SELECT '', p.manager, rtrim(f.path, '/') FROM outside p CROSS JOIN file f ON f.path LIKE p.place || '%'
  WHERE rtrim(f.path, '/') LIKE p.place
)"""


def npm(products: Products, reach: Reach) -> str | None:
    """Node packages. Folders `node_modules` are found by their place, in them what has a known name, and only there
    `npm_packages` reads: it would go through all packages of all projects.

    Newer releases list what lies in packages too: what has more `node_modules` in its path than the folder is left out.
    Paths may come back with links resolved, so that only their ends are compared.
    """
    known = _known((name, product) for product in products.values() for name in product.npm)
    if known is None:
        return None
    inside = (*places.MODULES_IN_HOMES, *places.projects(reach.depth))
    return f"""{_homes()}, {known}, {_folders(inside, places.MODULES)},
sites(user, manager, directory, folder, name, product, vendor) AS (
  SELECT m.user, m.manager, substr(m.folder, 1, length(m.folder) - {len("/node_modules")}), m.folder,
    k.name, k.product, k.vendor
  FROM folders m CROSS JOIN known k CROSS JOIN file f ON f.path = m.folder || '/' || k.name || '/package.json'
), {_FOUND} AS (
  SELECT DISTINCT s.product, s.vendor, coalesce(n.version, '') || '', s.manager, s.folder || '/' || s.name, s.user, ''
  FROM sites s CROSS JOIN npm_packages n ON n.directory = s.directory
  WHERE substr(n.path, -length('/node_modules/' || s.name || '/package.json'))
      = '/node_modules/' || s.name || '/package.json'
    AND length(n.path) - length(replace(n.path, '/node_modules/', ''))
      = length(s.folder || '/') - length(replace(s.folder || '/', '/node_modules/', ''))
)"""


def python(products: Products, reach: Reach) -> str | None:
    """Python packages, in the same way: folders of packages, folders of metadata in them, `python_packages` there."""
    known = _known((pypi_folder(name), product) for product in products.values() for name in product.pypi)
    if known is None:
        return None
    inside = (*places.SITES_IN_HOMES, *places.environments(reach.depth))
    return f"""{_homes()}, {known}, {_folders(inside, places.SITES)},
sites(user, manager, folder, directory, product, vendor) AS (
  SELECT d.user, d.manager, substr(f.path, 1, length(f.path) - {_METADATA}), d.folder, k.product, k.vendor
  FROM folders d CROSS JOIN known k
  CROSS JOIN file f ON f.path LIKE d.folder || '/' || k.name || '-%.dist-info/METADATA'
), {_FOUND} AS (
  SELECT DISTINCT s.product, s.vendor, coalesce(n.version, '') || '', s.manager,
    CASE WHEN s.manager IN ('{Manager.UV_TOOL}', '{Manager.PIPX}')
      THEN substr(s.directory, 1, instr(s.directory, '/lib/python') - 1) ELSE s.folder END, s.user, ''
  FROM sites s CROSS JOIN python_packages n ON n.directory = s.directory
  WHERE substr(n.path, -length(substr(s.folder, length(s.directory) - 13))) = substr(s.folder, length(s.directory) - 13)
)"""


def debian(products: Products, _: Reach) -> str | None:
    """Debian packages, those half installed too; the version without epoch and revision, which are Debian's own."""
    known = _known((name, product) for product in products.values() for name in product.debian)
    if known is None:
        return None
    return f"""{known}, versions(name, version) AS (
  SELECT name || '', substr(version || '', instr(version, ':') + 1) FROM deb_packages
  WHERE status NOT LIKE '% not-installed' AND status NOT LIKE '% config-files'
), {_FOUND} AS (
  SELECT DISTINCT k.product, k.vendor, CASE WHEN instr(d.version, '-')
      THEN substr(d.version, 1, length(rtrim(d.version, replace(d.version, '-', ''))) - 1)
      ELSE coalesce(d.version, '') END, '{Manager.DEBIAN}',
    '/var/lib/dpkg/info/' || d.name || '.list', '', ''
  FROM versions d CROSS JOIN known k ON k.name = d.name
)"""


def extensions(products: Products, _: Reach) -> str | None:
    """Extensions of the editors of the VS Code family that osquery knows, as their `extensions.json` lists them."""
    known = _known((name, product) for product in products.values() for name in product.extensions)
    if known is None:
        return None
    return f"""{known}, {_FOUND} AS (
  SELECT DISTINCT k.product, k.vendor, coalesce(e.version, '') || '', '{Manager.EXTENSION}',
    rtrim(coalesce(e.path, ''), '/'), u.username, ''
  FROM users u CROSS JOIN vscode_extensions e ON e.uid = u.uid CROSS JOIN known k ON k.name = lower(e.name)
)"""


def native(products: Products, reach: Reach) -> str | None:
    """Programs where a vendor's own installer puts them; the version is the part of the path that tells it.

    Folders that everybody uses (`~/.local/bin`) say nothing of whose a program is, and are left out.
    """
    globs = sorted(
        (glob, product.name, product.vendor)
        for product in products.values()
        for glob in product.native
        if glob.rpartition("/")[0] not in SHARED
    )
    if not globs:
        return None
    known = rows((_like(glob), *_around(glob), product, vendor) for glob, product, vendor in globs)
    return f"""{_homes()}, known(place, parts, lead, trail, product, vendor) AS ({known}),
parted(user, path, rest, parts, lead, trail, product, vendor) AS (
  SELECT h.user, f.path, substr(f.path, length(h.home) + 2) || '/', k.parts, k.lead, k.trail, k.product, k.vendor
  FROM homes h CROSS JOIN known k CROSS JOIN file f ON f.path LIKE h.home || '/' || k.place
  WHERE f.type = 'regular' AND (k.parts < 0 OR f.symlink = 0)
  UNION ALL
  SELECT user, path, substr(rest, instr(rest, '/') + 1), parts - 1, lead, trail, product, vendor
  FROM parted WHERE parts > 0
), versions(user, program, path, version, product, vendor) AS (
  SELECT user, path, path, '', product, vendor FROM parted WHERE parts < 0
  UNION ALL
  SELECT user, path, substr(path, 1, length(path) - length(rest) + instr(rest, '/')),
    substr(rest, lead + 1, instr(rest, '/') - 1 - lead - trail), product, vendor
  FROM parted WHERE parts = 0
), {_FOUND} AS (
  SELECT v.product, v.vendor, v.version, '{Manager.NATIVE}', v.path, v.user,
    {"coalesce(h.sha256, '') || ''" if reach.hashes else "''"}
  FROM versions v {"LEFT JOIN hash h ON h.path = v.program" if reach.hashes else ""}
  WHERE v.version = '' OR (v.version GLOB '[0-9]*' AND {_WHOLE})
)"""


def binaries(products: Products, _: Reach) -> str | None:
    """Programs of known releases under whatever name, by their hash; only files of a known size are hashed."""
    listed = sorted(
        (each.sha256, each.size, each.product, products[each.product].vendor, each.version)
        for each in known_programs()
        if each.product in products
    )
    if not listed:
        return None
    return f"""{_homes()}, known(sha256, size, product, vendor, version) AS ({rows(listed)}),
inside(place, manager) AS ({rows(places.PROGRAMS_IN_HOMES)}), outside(place, manager) AS ({rows(places.PROGRAMS)}),
programs(user, path, size) AS (
  SELECT h.user, f.path, f.size FROM homes h CROSS JOIN inside p CROSS JOIN file f ON f.path LIKE h.home || p.place
  WHERE f.type = 'regular' AND f.symlink = 0 AND f.size IN (SELECT size FROM known)
  UNION
  SELECT '', f.path, f.size FROM outside p CROSS JOIN file f ON f.path LIKE p.place
  WHERE f.type = 'regular' AND f.symlink = 0 AND f.size IN (SELECT size FROM known)
), {_FOUND} AS (
  SELECT k.product, k.vendor, k.version, '{Manager.BINARY}', p.path, p.user, k.sha256
  FROM programs p CROSS JOIN hash h ON h.path = p.path CROSS JOIN known k ON k.size = p.size AND h.sha256 = k.sha256
)"""


def processes(products: Products, reach: Reach) -> str | None:
    """Processes that run from an install: their program is it or lies in it, or the first file they name does.

    An agent that gives itself another title (many do), or is started through a link, names no such file.
    """
    sources = (npm, python, extensions, native, binaries)
    made = [found for source in sources if (found := source(products, replace(reach, hashes=False))) is not None]
    if not made:
        return None
    installs = "\nUNION ALL ".join(f"SELECT * FROM (WITH RECURSIVE {found} SELECT * FROM found)" for found in made)
    return f"""installs({", ".join(COLUMNS)}) AS ({installs}
), {_FOUND} AS (
  SELECT DISTINCT i.product, i.vendor, i.version, '{PROCESS}', p.path || '', coalesce(u.username, ''), ''
  FROM processes p CROSS JOIN installs i LEFT JOIN users u ON u.uid = p.uid
  WHERE p.path = i.path OR substr(p.path, 1, length(i.path) + 1) = i.path || '/'
    OR instr(' ' || p.cmdline, ' ' || i.path || '/')
)"""


_WHOLE: Final = " AND ".join(
    f"v.version NOT LIKE '%{end}'" for end in (".lock", ".tmp", ".part", ".partial", ".download")
)
"""Ends of names that installers use while they work are no versions."""


def _like(glob: str) -> str:
    """Return a glob of the catalogue as LIKE has it."""
    return glob.replace("{version}", "%").replace("*", "%")


def _around(glob: str) -> tuple[int, int, int]:
    """Return how many parts of the path come before the one that tells the version, and how many characters of that
    part stand before and behind the version; -1 parts where none tells it."""
    for number, part in enumerate(glob.split("/")):
        before, found, after = part.partition("{version}")
        if found:
            return number, len(before), len(after)
    return -1, 0, 0


_SCOPED: Final = "5.20.0"
"""The first whose `npm_packages` lists packages with a scope (`@x/y`)."""
_EXTENSIONS: Final = "5.11.0"
"""The first with `vscode_extensions`."""
_ANY: Final = "5.0.0"

SOURCES: Final = (
    Source("npm", "posix", _SCOPED, "Agents among the node packages of Node versions, projects and the system.", npm),
    Source("python", "posix", _ANY, "Agents among the Python packages of tools, environments and the system.", python),
    Source("debian", "linux", _ANY, "Agents among Debian's packages.", debian),
    Source("extensions", "posix", _EXTENSIONS, "Agents among the extensions of the VS Code family.", extensions),
    Source("native", "posix", _ANY, "Agents that their vendor's installer put into a home folder.", native),
    Source("binaries", "posix", _ANY, "Programs of known releases in usual places, told by their hash.", binaries),
    Source("processes", "posix", _SCOPED, "Agents that run, told by the install they run from.", processes),
)
"""In the order in which they are written."""
