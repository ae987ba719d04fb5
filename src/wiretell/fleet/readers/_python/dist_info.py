"""Reading what a Python package's installer wrote down of it: `NAME-VERSION.dist-info`, or the older `.egg-info`.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/ (METADATA, RECORD, INSTALLER),
https://packaging.python.org/en/latest/specifications/direct-url/ (direct_url.json),
https://packaging.python.org/en/latest/specifications/entry-points/ (entry_points.txt).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from wiretell.fleet import catalogue, rooted
from wiretell.fleet.files import MANIFEST_MAX, read
from wiretell.model.fleet import NotExamined
from wiretell.policy import Product

METADATA: Final = (".dist-info", ".egg-info")
"""Ends of the names under which it lies."""
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.!+_-]{0,99}")
_HEADER: Final = re.compile(r"^(Name|Version):([^\n]*)", re.IGNORECASE | re.MULTILINE)
_BODY: Final = re.compile(r"\n\r?\n")
_EGG_PYTHON: Final = re.compile(r"-py\d+(?:\.\d+)?(?:-.*)?$")
_MODULE: Final = re.compile(r"[\w.]{1,200}")
_NAME_MAX: Final = 200
_LIST: Final = "RECORD"
_EGG_LIST: Final = "installed-files.txt"
_RECORD_MAX: Final = 4 << 20
"""Bytes; the largest packages of all have two million."""
_MAX_LINES: Final = 200_000
"""Of RECORD: the largest packages have some tens of thousands of files."""


@dataclass(frozen=True, slots=True)
class Dist:
    """One package as its metadata tells of it. All texts are of unknown origin."""

    path: str
    """The metadata's folder (of distutils: file)."""
    product: Product
    name: str
    version: str
    installer: str = ""
    """`pip`, `uv`, `conda`, `debian` ...; empty where it is not told."""
    files: tuple[str, ...] | None = None
    """What it brought, as it stands in RECORD: relative to the folder of packages, and not to be trusted; None where
    there is no list."""
    scripts: tuple[tuple[str, str], ...] = ()
    """Name of a program, and the module it starts."""
    hashed: str = ""
    editable: str = ""
    """Folder of the source that it runs from; empty unless it does."""
    notes: tuple[str, ...] = ()
    failed: tuple[NotExamined, ...] = ()


def known(path: str) -> tuple[Product, str] | None:
    """Return product and version that the name of a metadata folder tells; None for a name that is not known."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    pieces = stem.split("-")
    for count in range(len(pieces), 0, -1):  # the longest name first: old installers leave `-` in names
        product = catalogue.by_pypi().get(catalogue.pypi_folder("-".join(pieces[:count])))
        if product:
            rest = "-".join(pieces[count:])
            return product, _EGG_PYTHON.sub("", f"-{rest}")[1:]
    return None


def load(path: str, product: Product, told: str) -> Dist:
    """Read a package's metadata. `told`: the version that the folder's name tells. Never raises for what lies there."""
    return _Loading(path, product, told).whole()


def files_of(metadata: str) -> tuple[str, ...]:
    """Return what the list beside any package names, as `Dist.files`; nothing where there is none that can be read."""
    is_egg = metadata.endswith(".egg-info")
    found = read(f"{metadata}/{_EGG_LIST if is_egg else _LIST}", _RECORD_MAX)
    if not isinstance(found, bytes) or found.count(b"\n") > _MAX_LINES:
        return ()
    text = os.fsdecode(found)
    return tuple(_from(metadata, text) if is_egg else record(text))


class _Loading:
    """One package while it is read; what fails is kept with its path."""

    def __init__(self, path: str, product: Product, told: str) -> None:
        self._path = path
        self._product = product
        self._told = told
        self._is_egg = path.endswith(".egg-info")
        self._is_file = self._is_egg and rooted.is_file(path)
        """As distutils wrote it: one file for all."""
        self._notes: list[str] = []
        self._failed: list[NotExamined] = []

    def whole(self) -> Dist:
        name, version = self._identity()
        editable = self._origin()
        files, hashed = self._files()
        return Dist(
            path=self._path,
            product=self._product,
            name=name,
            version=version,
            installer=self._text("INSTALLER").strip()[:40],
            files=files,
            scripts=tuple(scripts(self._text("entry_points.txt"))),
            hashed=hashed,
            editable=editable,
            notes=tuple(self._notes),
            failed=tuple(self._failed),
        )

    def _text(self, name: str, limit: int = MANIFEST_MAX) -> str:
        """Return a file of the metadata; empty where it is not there or cannot be read."""
        found = read(f"{self._path}/{name}" if name else self._path, limit)
        if isinstance(found, NotExamined):
            self._failed.append(found)
        return os.fsdecode(found) if isinstance(found, bytes) else ""

    def _identity(self) -> tuple[str, str]:
        """Return name and version, the folder's own where METADATA does not tell them."""
        file = "PKG-INFO" if self._is_egg else "METADATA"
        text = self._text(file) or (self._text("") if self._is_file else "")
        name, version = headers(text)
        if catalogue.by_pypi().get(catalogue.pypi_folder(name)) is not self._product:
            if name:
                self._notes.append("Its metadata names another package than its folder does.")
            name = self._named()
        if not _VERSION.fullmatch(version):
            version = self._told if _VERSION.fullmatch(self._told) else ""
            self._notes.append(f"{file} is missing or broken: the version is that of the folder's name.")
        return name, version

    def _named(self) -> str:
        """Return the catalogue's name for the package whose folder this is."""
        begin = catalogue.pypi_folder(self._path.rpartition("/")[2])
        names = (name for name in self._product.pypi if begin.startswith(catalogue.pypi_folder(name)))
        return max(names, key=len, default=self._product.name)

    def _files(self) -> tuple[tuple[str, ...] | None, str]:
        """Return what it brought, and the file that says so."""
        name = _EGG_LIST if self._is_egg else _LIST
        text, path = self._text(name, _RECORD_MAX), f"{self._path}/{name}"
        if text.count("\n") > _MAX_LINES:
            self._failed.append(NotExamined(path, f"it lists more than {_MAX_LINES:,} files"))
            return None, path
        if text:
            return (tuple(_from(self._path, text)) if self._is_egg else tuple(record(text))), path
        self._notes.append(f"It has no {name}: which files are its own is not known.")
        return None, self._stated()

    def _stated(self) -> str:
        """Return the file that tells most of what it is, for a package without a list of files."""
        if self._is_file:
            return self._path
        found = (f"{self._path}/{name}" for name in ("METADATA", "PKG-INFO"))
        hashed = next((path for path in found if rooted.is_file(path)), "")
        if not hashed:
            self._failed.append(NotExamined(self._path, "neither metadata nor a list of files is there to be hashed"))
        return hashed

    def _origin(self) -> str:
        """Note where it came from, if not from an index; return the source of an editable install."""
        text = self._text("direct_url.json")
        if not text:
            return ""
        try:
            told = msgspec.json.decode(os.fsencode(text))
            source, note = origin(told)
        except (msgspec.MsgspecError, RecursionError, ValueError, TypeError, LookupError, AttributeError):
            self._notes.append("Its direct_url.json is broken: where it came from is not known.")
            return ""
        self._notes.extend(filter(None, (note,)))
        return source


def headers(metadata: str) -> tuple[str, str]:
    """Return `Name` and `Version` of core metadata; empty texts for what is not there.

    Neither may be folded, so the first line of each is all of it; the email package would read the whole description's
    headers for them, at ten times the cost.

    >>> headers("Metadata-Version: 2.4\\nName: aider-chat\\nVersion: 0.86.2\\n\\nName: none\\n")
    ('aider-chat', '0.86.2')
    """
    end = _BODY.search(metadata)
    head = metadata[: end.start()] if end else metadata
    found: dict[str, str] = {}
    for name, value in _HEADER.findall(head):
        found.setdefault(name.lower(), value.strip()[:200])
    return found.get("name", ""), found.get("version", "")


def _from(metadata: str, text: str) -> Iterator[str]:
    """Yield the paths of installed-files.txt, which are relative to the metadata's own folder."""
    return (f"{metadata}/{line}" for line in text.splitlines() if line)


def record(text: str) -> Iterator[str]:
    """Yield the paths of a RECORD: CSV whose last two columns hold no comma.

    >>> list(record('aider/main.py,sha256=abc,12\\n"a,b.py",,\\n'))
    ['aider/main.py', 'a,b.py']
    """
    for line in text.split("\n"):
        path = line.rstrip("\r").rsplit(",", 2)[0]
        if path.startswith('"') and path.endswith('"') and len(path) > 1:
            path = path[1:-1].replace('""', '"')
        if path:
            yield path


def scripts(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and module of the programs in entry_points.txt."""
    for section in re.split(r"^[ \t]*(?=\[)", text, flags=re.MULTILINE):
        kind, _, entries = section.partition("]")
        if kind.strip() in ("[console_scripts", "[gui_scripts"):
            yield from filter(None, map(_script, entries.split("\n")))


def _script(line: str) -> tuple[str, str] | None:
    """Return name and module of `name = module:function`. Without an expression for all of it: that takes long."""
    name, _, value = line.partition("=")
    module = value.partition(":")[0].strip()
    if name[:1].isspace() or not 0 < len(name.strip()) <= _NAME_MAX or not _MODULE.fullmatch(module):
        return None
    return name.strip(), module


def origin(told: Any) -> tuple[str, str]:
    """Return the source's folder of an editable install, and a sentence on where a package came from.

    :raises LookupError, TypeError, AttributeError: for what is no direct_url.json. ValueError: for what is no URL.
    """
    from urllib.parse import unquote, urlsplit  # few packages come from elsewhere than an index

    url = told["url"]
    if not isinstance(url, str):
        raise TypeError
    parts = urlsplit(url)
    if parts.scheme == "file":
        path = rooted.outside(unquote(parts.path))
        is_editable = (told.get("dir_info") or {}).get("editable") is True
        return (path, f"Editable: it runs from {path}.") if is_editable else ("", f"Installed from {path}.")
    place = f"{parts.hostname or ''}{parts.path}".strip("/")  # neither user, password nor query: they may be secrets
    version_control = told.get("vcs_info") or {}
    if version_control:
        return "", f"Installed from {version_control['vcs']} at {place}, commit {version_control['commit_id']}."
    return "", f"Installed from {place}."
