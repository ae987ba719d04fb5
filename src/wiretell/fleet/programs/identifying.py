"""Which agent a file is, whatever it is called: by its hash, or by what it says of itself. It is read, never run."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

from wiretell import policy
from wiretell.fleet import rooted
from wiretell.fleet.programs.forms import Form, Made, go_module, made
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.programs.spans import Area, Bytes, find
from wiretell.model.fleet import Recognised

_AROUND: Final = 400
"""Characters before and behind a text among which the version stands."""
_SMALLEST: Final = 64 << 10
"""Bytes. No agent that is one file is smaller; a text file about agents usually is."""


@dataclass(frozen=True, slots=True)
class Identified:
    """What a file is."""

    product: str
    vendor: str
    version: str
    """Empty where it is not told."""
    recognised: Recognised
    note: str = ""


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One program of a release, in `data/known.json`."""

    sha256: str
    size: int
    """Bytes: only a file of a known size is hashed for this."""
    product: str
    version: str
    platform: str
    """`linux-x64`; `any` for scripts."""
    package: str
    """Which package it was taken from, as `npm pack` takes it."""
    file: str
    """Its path in the package."""


class _KnownFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    programs: tuple[Known, ...]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"pattern": "is"}):
    """Where a program's version stands."""

    beside: str
    pattern: str


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of `data/programs.toml`; the fields are explained there."""

    product: str
    form: Form
    seen: tuple[str, ...]
    part: Literal["texts", "arguments"] = "texts"
    texts: tuple[str, ...] = ()
    versions: tuple[Place, ...] = ()
    module: str = ""


class _ProgramsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    program: tuple[Program, ...]


def identify(path: str, digests: Digests, *, is_script: bool = False) -> Identified | None:
    """Return which known product a file is, or None. Links are followed.

    The answer is remembered by `digests` for as long as the file and what is known of programs stay the same.
    :param is_script: whether it is known to be run as a script, such as by `node FILE`, which takes any text. Of
        others, their first line or the end of their name must say so: a text about agents is none.
    :raises OSError: if it cannot be read, or is no regular file; such a file is not opened.
    """

    def look(handle: int, size: int) -> Identified | None:
        file = Bytes(handle, size)
        try:
            return _by_content(file, "x.js" if is_script else path)
        finally:
            digests.spend(file.count)

    rules = _rules() + "/script" * is_script
    return _by_hash(path, digests) or digests.answer(path, rules, Identified, look)


def known() -> Sequence[Known]:
    """Return the releases whose hashes are known."""
    return _known().programs


def programs() -> Sequence[Program]:
    """Return how programs are known by their content."""
    return _programs().program


@lru_cache(maxsize=1)
def _known() -> _KnownFile:
    return msgspec.json.decode(_data("known.json"), type=_KnownFile)


@lru_cache(maxsize=1)
def _programs() -> _ProgramsFile:
    return msgspec.toml.decode(_data("programs.toml"), type=_ProgramsFile)


@lru_cache(maxsize=1)
def _by_size() -> Mapping[int, Mapping[str, Known]]:
    sizes: dict[int, dict[str, Known]] = {}
    for each in known():
        sizes.setdefault(each.size, {})[each.sha256] = each
    return sizes


@lru_cache(maxsize=1)
def _rules() -> str:
    """Return a name for what programs are known by: answers found by other rules are looked for anew."""
    return f"{_REVISION}-{zlib.crc32(_data('programs.toml')):08x}"


_REVISION: Final = 2
"""Goes up when the code here or in `forms` would answer otherwise for the same data."""


def _data(name: str) -> bytes:
    return files("wiretell.fleet.programs").joinpath("data", name).read_bytes()


def _by_hash(path: str, digests: Digests) -> Identified | None:
    """Hash a file only if it is as long as a known release: to look into it costs less."""
    releases = _by_size().get(rooted.stat(path).st_size)
    found = releases.get(digests.sha256(path)) if releases else None
    return _named(found.product, found.version, Recognised.HASH) if found else None


def _by_content(file: Bytes, name: str) -> Identified | None:
    """Look into a file: 1 how it was made, 2 the texts of each product that is made so, 3 the version beside them."""
    if file.size < _SMALLEST:
        return None
    native = [each.texts[0] for each in programs() if each.form is Form.NATIVE]
    form = made(file, name, native)
    if form is None:
        return None
    matches = list(_go(file, form) if form.form is Form.GO else _texts(file, form))
    products = list(dict.fromkeys(each.product for each in matches))
    if not products:
        return None
    others = ", ".join(products[1:])
    note = f"{matches[0].note} It holds texts of {others} too.".strip()
    return replace(matches[0], note=note) if others else matches[0]


def _go(file: Bytes, form: Made) -> Iterator[Identified]:
    package, version = go_module(file, form.texts[0].start)
    for each in programs():
        if each.form is Form.GO and each.module == package:
            yield _named(each.product, version, Recognised.CONTENT)


def _texts(file: Bytes, form: Made) -> Iterator[Identified]:
    """Yield what a file says of itself. The first text of each product is looked for in one go, the others only where
    it is there."""
    for part, areas in (("arguments", form.arguments), ("texts", form.texts)):
        those = [each for each in programs() if each.form is form.form and each.part == part]
        first = form.found or find(file, areas, {each.texts[0] for each in those})
        for each in those:
            others = set(each.texts[1:])
            if each.texts[0] in first and len(find(file, areas, others, places=1)) == len(others):
                yield _named(each.product, _version(file, areas, each.versions), Recognised.CONTENT)


def _version(file: Bytes, areas: Sequence[Area], places: Sequence[Place]) -> str:
    """Return the version that stands at the first place that tells one."""
    for place in places:
        expression = re.compile(place.pattern)
        for at in find(file, areas, [place.beside]).get(place.beside, ()):
            if match := expression.search(_around(file, areas, at, len(place.beside))):
                return match[1]
    return ""


def _around(file: Bytes, areas: Sequence[Area], at: int, length: int) -> str:
    """Return the characters around a text of an area, none of them from beyond it."""
    area = next(area for area in areas if area.start <= at < area.end)
    width = 2 if area.encoding == "utf-16-le" else 1
    before = min(_AROUND, (at - area.start) // width) * width
    end = min(area.end, at + (length + _AROUND) * width)
    return file.at(at - before, end - (at - before)).decode(area.encoding, "replace")


def _named(product: str, version: str, recognised: Recognised) -> Identified:
    entry = policy.products().get(product)
    note = "" if version else "It does not tell its version."
    return Identified(product, entry.vendor if entry else "", version, recognised, note)
