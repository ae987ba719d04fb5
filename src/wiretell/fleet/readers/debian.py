"""Packages of Debian and its kin, out of what dpkg keeps of them.

`/var/lib/dpkg/status` is text in the form of control files, https://www.debian.org/doc/debian-policy/ch-controlfields.html
§5.1 (deb822(5)); the third word of `Status` is the state, dpkg(1) "Package states". `info/NAME.list` names the files
that a package owns, one a line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from wiretell.fleet import catalogue, rooted
from wiretell.fleet.files import LOCK_MAX, read
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Mark, Surroundings, Walked
from wiretell.model.fleet import Examined, Install, Manager, NotExamined, Scope
from wiretell.policy import Product

_PARAGRAPHS: Final = re.compile(rb"\n(?:[ \t]*\n)+")
_PACKAGE: Final = re.compile(rb"^package:[ \t]*([a-z0-9][a-z0-9+.-]*)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_GONE: Final = frozenset({"not-installed", "config-files"})
"""States in which a package has no program on the machine."""
_WHOLE: Final = frozenset({"installed", "triggers-awaited", "triggers-pending"})
_PLACES: Final = ("/usr/bin/", "/bin/", "/usr/local/bin/", "/usr/sbin/")
_LIST_MAX: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Package:
    """One package, as dpkg knows it."""

    name: str
    version: str
    """As Debian counts: `1:2.1.91-1`."""
    state: str
    architecture: str

    @property
    def upstream(self) -> str:
        """The version without epoch and Debian's own revision, which policies' ranges do not know (§5.6.12).

        >>> Package("claude-code", "1:2.1.91-1~bookworm", "installed", "amd64").upstream
        '2.1.91'
        """
        whole = self.version.partition(":")[2] if ":" in self.version else self.version
        return whole.rpartition("-")[0] or whole


class Debian:
    """One install for each package whose name is known; `adopt` finds those of other names."""

    name = "Debian's packages"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield installs, and how many packages were looked at."""
        base = f"{around.root.rstrip('/')}/var/lib/dpkg"
        status = read(f"{base}/status", LOCK_MAX)
        if isinstance(status, NotExamined):
            yield status
        if not isinstance(status, bytes):
            return
        known, programs = catalogue.by_debian(), {hit.path for hit in walked.of(Mark.PROGRAM)}
        count = 0
        for block in paragraphs(status):
            name = _PACKAGE.search(block)
            count += name is not None
            if name and (product := known.get(name[1].decode("ascii"))):
                package = _package(block)
                if package.state not in _GONE:
                    yield from _seen(package, product, around.root, programs)
        yield Examined(self.name, count)

    def adopt(self, installs: Iterable[Install], around: Surroundings) -> Iterator[Install]:
        """Yield installs as they are, but programs and Python packages that a package of whatever name owns as that
        package's.

        To be asked after all other readers. What was recognised by its content keeps the version that it tells.
        """
        waiting = list(installs)
        top = around.root.rstrip("/")
        asked = {each.id: each.hashed or each.path for each in waiting if _may_be_owned(each, top)}
        owners = owners_of(asked.values(), around.root) if asked else {}
        for install in waiting:
            package = owners.get(asked.get(install.id, ""))
            yield _adopted(install, package) if package else install


def _may_be_owned(install: Install, top: str) -> bool:
    """Whether to ask dpkg for the owner, which means to read all its lists. pip leaves Debian's own folder alone."""
    if install.manager is Manager.BINARY:
        return not install.user
    return install.manager is Manager.PIP_SYSTEM and install.path.startswith(f"{top}/usr/lib/python3/")


def paragraphs(text: bytes) -> Iterator[bytes]:
    """Yield the paragraphs of a control file: what stands between empty lines."""
    return (block for block in _PARAGRAPHS.split(text.replace(b"\r\n", b"\n")) if block.strip())


def fields(paragraph: bytes) -> Mapping[str, str]:
    """Return the fields of a paragraph by their names in lower case; of a name that comes twice, the first.

    Lines that begin with a space or a tab continue a value, with a line break between; lines that are neither that nor
    a field are passed over, and so are comments.

    >>> dict(fields(b"Package: a\\nDescription: b\\n c"))
    {'package': 'a', 'description': 'b\\n c'}
    """
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in os.fsdecode(paragraph).split("\n"):
        if line[:1] in (" ", "\t"):
            lines.append(line.rstrip())
        elif not line.startswith("#"):
            name, colon, value = line.partition(":")
            lines = [value.strip()]
            if colon and name.strip():
                found.setdefault(name.strip().lower(), lines)
    return {name: "\n".join(lines) for name, lines in found.items()}


def owners_of(paths: Iterable[str], root: str = "/") -> Mapping[str, Package]:
    """Return which package owns a file, as far as one does. `paths`: absolute, below `root`; links of folders (`/bin`
    for `/usr/bin`) are seen through."""
    top = root.rstrip("/")
    wanted: dict[bytes, set[str]] = {}
    for path in paths:
        for name in {path, rooted.real(path), path.removeprefix(f"{top}/usr") if "/usr/" in path else path}:
            wanted.setdefault(os.fsencode(name.removeprefix(top)), set()).add(path)
    owned = dict(_owned(f"{top}/var/lib/dpkg/info", wanted))
    packages = _installed(f"{top}/var/lib/dpkg/status", {name for name, _ in owned.values()}) if owned else {}
    return {path: packages[key] for path, key in owned.items() if key in packages}


_Key = tuple[str, str]
"""Name and architecture; the latter empty where the file's name does not tell it."""


def _owned(info: str, wanted: Mapping[bytes, set[str]]) -> Iterator[tuple[str, _Key]]:
    try:
        with rooted.scan(info) as entries:
            lists = sorted(entry.name for entry in entries if entry.name.endswith(".list"))
    except OSError:
        return
    for name in lists:
        text = read(f"{info}/{name}", _LIST_MAX)
        if isinstance(text, bytes) and any(path in text for path in wanted):
            package, _, architecture = name.removesuffix(".list").partition(":")
            for line in text.split(b"\n"):
                yield from ((path, (package, architecture)) for path in wanted.get(line, ()))


def _installed(status: str, names: set[str]) -> Mapping[_Key, Package]:
    text = read(status, LOCK_MAX)
    found: dict[_Key, Package] = {}
    for block in paragraphs(text) if isinstance(text, bytes) else ():
        name = _PACKAGE.search(block)
        if name and name[1].decode("ascii") in names:
            package = _package(block)
            if package.state not in _GONE:
                found[package.name, package.architecture] = found[package.name, ""] = package
    return found


def _package(paragraph: bytes) -> Package:
    told = fields(paragraph)
    state = (told.get("status", "").split() or [""])[-1]
    version = told.get("version", "")
    is_version = re.fullmatch(r"[0-9A-Za-z.+~:-]{1,100}", version) is not None
    return Package(told.get("package", ""), version if is_version else "", state, told.get("architecture", ""))


def _adopted(install: Install, package: Package) -> Install:
    return replace(
        install,
        manager=Manager.DEBIAN,
        name=package.name,
        version=install.version or package.upstream,
        scope=Scope.SYSTEM,
        note=" ".join(filter(None, (_note(package), install.note))),
    )


def _seen(package: Package, product: Product, root: str, programs: set[str]) -> Iterator[Seen]:
    top = root.rstrip("/")
    files, told = _files(f"{top}/var/lib/dpkg/info", package)
    own = {f"{top}{path}" for path in files}
    commands = _commands(files, product, top, own)
    started = commands[0] if commands else _program(own, product)
    others = sorted({*commands, *(own & programs)} - {started})
    yield Install(
        product=product.name,
        vendor=product.vendor,
        name=package.name,
        version=package.upstream,
        manager=Manager.DEBIAN,
        scope=Scope.SYSTEM,
        user="",
        path=started or told,
        hashed=started if rooted.is_file(started) else told,
        commands=tuple(path for path in others if path in commands),
        also=tuple(path for path in others if path not in commands),
        note=_note(package),
    )
    if not files:
        yield NotExamined(told, f"dpkg has no list of the files of {package.name}")


def _files(info: str, package: Package) -> tuple[list[str], str]:
    """Return the files that a package owns, and the file that says so."""
    for name in (package.name, f"{package.name}:{package.architecture}"):
        text = read(f"{info}/{name}.list", _LIST_MAX)
        if isinstance(text, bytes):
            listed = os.fsdecode(text).split("\n")
            return [path for path in listed if path.startswith("/") and path != "/."], f"{info}/{name}.list"
    return [], f"{info}/{package.name}.list"


def _commands(files: Iterable[str], product: Product, top: str, own: set[str]) -> list[str]:
    """Return its programs on PATH, those first that the product's commands are named after; also links that the
    package's own script made when it was installed, which no list names."""
    listed = {f"{top}{path}" for path in files if path.startswith(_PLACES) and path not in _PLACES}
    made = {f"{top}/usr/bin/{command}" for command in product.commands} - listed
    links = {path for path in made if rooted.is_link(path) and _leads_into(path, own)}
    named = {path for path in listed | links if path.rpartition("/")[2] in product.commands}
    return [*sorted(named), *sorted(listed - named)]


def _leads_into(link: str, own: set[str]) -> bool:
    return rooted.real(link) in own


def _program(own: set[str], product: Product) -> str:
    """Return a program that lies on no PATH, by its name; the one highest up."""
    named = [path for path in own if path.rpartition("/")[2] in product.commands and rooted.is_file(path)]
    return min(named, key=lambda path: (path.count("/"), path), default="")


def _note(package: Package) -> str:
    counted = "" if package.version == package.upstream else f"Debian's version of it is {package.version}."
    half = "" if package.state in _WHOLE else f"It is not wholly installed: dpkg has it as {package.state!r}."
    return " ".join(filter(None, (counted, half)))
