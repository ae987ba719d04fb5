# paths are texts here, as the system gives them
"""Agents that run, from what the kernel says of processes (proc(5)). Of a command line no more is looked at than the
program and its script, and nothing of it is kept.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from wiretell.fleet import catalogue, files, rooted
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.programs.identifying import Identified, identify
from wiretell.fleet.readers._proc import Running, System, running
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.model.fleet import Examined, Install, NotExamined, Process, Recognised
from wiretell.policy import Product

_INTERPRETERS: Final = re.compile(r"node|nodejs|bun|deno|(?:python|pypy)(?:\d+(?:\.\d+)*)?t?")
_WITH_VALUE: Final = frozenset(
    {"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file", "-X", "-W"}
)
"""Options of Node and Python whose value is a word of its own."""
_NO_SCRIPT: Final = frozenset({"-e", "-p", "--eval", "--print", "-c", "-"})
_WHY_CLOSED: Final = {
    False: "Other users': only root can see which program they run.",
    True: "The system does not let root see which program they run.",
}
_NODE_PACKAGE: Final = re.compile(r"/node_modules/((?:@[^/]+/)?[^/]+)/")


@dataclass(frozen=True, slots=True)
class _Match:
    """What a process was recognised as."""

    product: str
    vendor: str
    version: str
    program: str
    install: str
    recognised: Recognised
    note: str = ""


class Processes:
    """Asked after all others, with all installs."""

    name = "what runs"

    def read(
        self,
        walked: Walked,  # asked like all readers  # noqa: ARG002 - asked like all readers
        around: Surroundings,
        installs: Sequence[Install],
        digests: Digests,
    ) -> Iterator[Seen]:
        """Yield processes of known products, how many were looked at, and how many could not be.

        Nothing is yielded where processes are not to be looked at.
        """
        if not around.proc:
            return
        where, closed, count = _Installs(installs), 0, 0
        try:
            pids = sorted(int(name) for name in os.listdir(around.proc) if name.isascii() and name.isdigit())
        except OSError as error:
            yield NotExamined("running processes", f"{around.proc} cannot be read: {error.strerror or error}.")
            return
        if 1 not in pids:
            yield NotExamined("processes of other users", "The system hides them (hidepid of /proc).")
        system = System.of(around)
        for pid in pids:
            try:
                process = running(system, pid)
            except PermissionError:
                closed += 1
                continue
            if process is None:
                continue
            count += 1
            match = where.match(process)
            if match is None or process.deleted:
                match = _still(match, _by_program(process, digests)) or _by_package(process, digests)
            if match:
                yield _process(process, match)
        yield Examined("running processes", count)
        if closed:
            yield NotExamined(f"{closed:,} running process{'es' * (closed > 1)}", _WHY_CLOSED[around.is_root])


class _Installs:
    """Installs by the paths that belong to them."""

    def __init__(self, installs: Sequence[Install]) -> None:
        self._by_path: dict[str, Install] = {}
        self._by_name: dict[str, list[Install]] = {}
        own = {install.id: _own(install) for install in installs}
        several = _shared_by_products(installs, own)
        for install in installs:
            for path in own[install.id]:
                if path not in several:
                    self._by_path.setdefault(path, install)
            for path in install.also:
                self._by_name.setdefault(os.path.basename(path), []).append(install)
            self._by_name.setdefault(f"product {install.product}", []).append(install)

    def match(self, process: Running) -> _Match | None:
        """Return which install a process runs from: its program's, its script's, its module's, or by its title."""
        if not process.inside:
            return None
        install, program = self.holding(process.exe), process.exe
        if install is None and _is_interpreter(process):
            script = _script(process)
            install, program = (self.holding(script), script) if script else self._named(process)
        return _of_install(install, program) if install else None

    def holding(self, path: str) -> Install | None:
        """Return the install that a path lies in, or that one of its links leads to."""
        for each in dict.fromkeys((path, rooted.real(path))):
            while each not in self._by_path and each != os.path.dirname(each):  # `/`, `//` or nothing
                each = os.path.dirname(each)
            if each in self._by_path:
                return self._by_path[each]
        return None

    def _named(self, process: Running) -> tuple[Install | None, str]:
        module = _module(process.words)
        if module:
            environment = os.path.dirname(os.path.dirname(_absolute(process, process.words[0])))
            found = [each for each in self._by_name.get(module, ()) if each.path.startswith(environment + os.sep)]
            return (found[0] if found else None), process.exe
        product = _title(process)
        if product is None:
            return None, ""
        found = self._by_name.get(f"product {product.name}", [])
        prefix = os.path.dirname(os.path.dirname(process.exe)) + os.sep
        below = [each for each in found if each.path.startswith(prefix)] or found
        return (below[0] if len(below) == 1 else None), process.exe


def _own(install: Install) -> dict[str, None]:
    """Return the paths that are an install's own, as they are named and where they really lie.

    A link at a path's end leads to what may be anybody's: `ln -s /usr/bin ~/node_modules/opencode-ai` must not make
    every program of the system that agent's. It is its own only if it is a package that calls itself so, the program
    that was recognised, or a file in such a place.
    """
    paths = [path for path in (install.path, install.hashed, *install.also, *install.commands) if path]
    outside = [path for path in paths if not path.startswith(install.path + os.sep)]
    found = dict.fromkeys(map(_without_links_above, outside))
    real = rooted.real(install.path)
    if real in found or _is_itself(real, install):
        found[real] = None
        beside = [rooted.real(path) for path in (install.hashed, *install.commands) if path]
        found.update(dict.fromkeys(path for path in beside if path.startswith(real + os.sep)))
    if install.recognised is not Recognised.NAME and install.hashed:
        found[rooted.real(install.hashed)] = None
    return {**dict.fromkeys(paths), **found}


def _without_links_above(path: str) -> str:
    """Return a path whose last part stays as it is named."""
    return os.path.join(rooted.real(os.path.dirname(path)), os.path.basename(path))


def _is_itself(real: str, install: Install) -> bool:
    """Whether a folder that a link leads to is the package that it is named for, by its own `package.json`."""
    content = files.read(f"{real}/package.json", files.MANIFEST_MAX)
    try:
        told = msgspec.json.decode(content) if isinstance(content, bytes) else None
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False
    return isinstance(told, dict) and told.get("name") == install.name


def _shared_by_products(installs: Sequence[Install], own: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Return the paths that installs of several products have in common: what runs from there is none of them."""
    products: dict[str, set[str]] = {}
    for install in installs:
        for path in own[install.id]:
            products.setdefault(path, set()).add(install.product)
    return frozenset(path for path, names in products.items() if len(names) > 1)


def _of_install(install: Install, program: str) -> _Match:
    return _Match(install.product, install.vendor, install.version, program, install.id, install.recognised)


def _still(install: _Match | None, program: _Match | None) -> _Match | None:
    """Return what really runs: a program that was replaced is not of the version that stands in its place."""
    if install is None or program is None or install.product != program.product:
        return install or program
    return replace(program, install=install.install)


def _by_program(process: Running, digests: Digests) -> _Match | None:
    """Look into the program itself, which the kernel gives access to even where its file has been taken away."""
    try:
        found = identify(f"{process.folder}/exe", digests)
    except OSError:
        return None
    return _identified(found, process.exe)


def _identified(found: Identified | None, program: str) -> _Match | None:
    if found is None:
        return None
    return _Match(found.product, found.vendor, found.version, program, "", found.recognised, found.note)


def _by_script(script: str, digests: Digests) -> _Match | None:
    """Look into the script of an interpreter: it needs no name and no permission to be executed."""
    try:
        return _identified(identify(script, digests, is_script=True), script)
    except (OSError, ValueError):  # ValueError: no path
        return None


def _by_package(process: Running, digests: Digests) -> _Match | None:
    """Recognise a script by what it says, or by the package that its path names, and a process by its title, where no
    install is known."""
    if not _is_interpreter(process):
        return None
    script = _script(process, leading=process.inside)
    if script and process.inside and (match := _by_script(script, digests)):
        return match
    named = _NODE_PACKAGE.findall(script)
    product = next((catalogue.by_npm()[name.lower()] for name in named if name.lower() in catalogue.by_npm()), None)
    if product:
        return _Match(product.name, product.vendor, "", script, "", Recognised.NAME)
    product = _title(process)
    if product is None:
        return None
    note = "Only its title says so: which install it runs from is not told."
    return _Match(product.name, product.vendor, "", process.exe, "", Recognised.NAME, note)


def _process(process: Running, match: _Match) -> Process:
    apart = "" if process.inside else "It runs in a container: what it runs from was not looked at."
    gone = "Its program's file was replaced or taken away since it started." if process.deleted else ""
    return Process(
        product=match.product,
        vendor=match.vendor,
        version=match.version,
        pid=process.pid,
        started=process.started,
        user=process.user,
        program=match.program,
        install=match.install,
        recognised=match.recognised,
        note=" ".join(filter(None, (match.note, apart, gone))),
    )


def _is_interpreter(process: Running) -> bool:
    return _INTERPRETERS.fullmatch(os.path.basename(process.exe)) is not None


def _script(process: Running, leading: bool = True) -> str:
    """Return the script that an interpreter runs, as an absolute path; empty where it runs none.

    :param leading: whether links may be followed: a container's lead elsewhere.
    """
    words = iter(process.words[1:])
    for word in words:
        if word in _NO_SCRIPT or word == "-m":
            return ""
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-") and word not in ("run", "x"):  # `bun run SCRIPT`, `deno run SCRIPT`
            path = _absolute(process, word)
            return rooted.real(path) if leading and path and "\0" not in path else path
    return ""


def _module(words: Sequence[str]) -> str:
    """Return the package whose module Python runs, of `python -m PACKAGE.MODULE`."""
    at = next((n for n, word in enumerate(words) if n and (word == "-m" or not word.startswith("-"))), 0)
    return words[at + 1].partition(".")[0] if at and words[at] == "-m" and at + 1 < len(words) else ""


def _title(process: Running) -> Product | None:
    """Return the product whose program's name is all that a process shows as its command line.

    Node writes `process.title` over the command line; claude-code's versions for Node do that.
    """
    if len(process.words) != 1 or not _is_interpreter(process):
        return None
    return catalogue.by_command().get(process.words[0].partition(" ")[0])


def _absolute(process: Running, word: str) -> str:
    if os.path.isabs(word):
        return os.path.normpath(word)
    try:
        return os.path.normpath(os.path.join(os.readlink(f"{process.folder}/cwd"), word))
    except OSError:
        return ""
