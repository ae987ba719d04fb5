"""What is inside a piece: one function for each format, from an `Item` to its parts and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from wiretell.model.findings import NotExamined
from wiretell.model.scan import Embedded, Place
from wiretell.scan.unpack import bun, elf, tar, zips
from wiretell.scan.unpack.limits import Account, BrokenError, RefusedError
from wiretell.scan.unpack.names import join
from wiretell.scan.unpack.sniff import container
from wiretell.scan.unpack.streams import Unpacked, unpack
from wiretell.scan.unpack.views import rfind


@dataclass(frozen=True, slots=True)
class Item:
    """Bytes with a name, not yet looked into."""

    path: str
    data: memoryview
    inside: Place | None
    depth: int
    """How many containers are around it."""
    loader: int | None = None
    """What Bun says it is."""


Part = Item | Embedded | NotExamined
Opener = Callable[[Item, Account], Iterator[Part]]


def open_item(item: Item, account: Account) -> Iterator[Part]:
    """Give what is inside `item`: nothing for a plain file."""
    form = container(item.data)
    opener = _OPENERS.get(form)
    if opener is None:
        return
    if item.depth >= account.limits.depth and opener is not _raw:
        account.refuse(f"deeper than {account.limits.depth} containers in each other", item.path)
        return
    yield from opener(item, account)


def _embedded(item: Item, form: str, read_as: str, note: str = "") -> Embedded:
    return Embedded(Place(item.path, 0, len(item.data)), form, read_as, note)


def _slice(item: Item, name: str, start: int, end: int, loader: int | None = None) -> Item:
    """Return a part that stands in `item` as it is."""
    place = Place(item.path, start, end - start)
    return Item(join(item.path, name), item.data[start:end], place, item.depth + 1, loader)


def _stem(path: str) -> str:
    """Return the name of what is in a compressed file: `a.js` of `a.js.gz`."""
    name = PurePosixPath(path.removesuffix("!")).name
    return re.sub(r"(?i)\.(gz|zst|zstd|bz2)$", "", name) or name


# Compressed streams.


def _stream(form: str) -> Opener:
    def opened(item: Item, account: Account) -> Iterator[Part]:
        try:
            out = unpack(form, item.data, account)
        except BrokenError as error:
            yield _embedded(item, form, "raw bytes", str(error))
            yield NotExamined(item.path, f"it begins like {form} and {error}")
        except RefusedError as error:
            yield _embedded(item, form, "not read")
            account.refuse(str(error), item.path)
        else:
            yield _embedded(item, form, "unpacked", f"{len(out.data)} bytes")
            yield from _unpacked(item, join(item.path, _stem(item.path)), out)

    return opened


def _unpacked(item: Item, path: str, out: Unpacked) -> Iterator[Part]:
    if out.cut:
        yield NotExamined(path, out.cut)
    # Of a packed tar the members alone are of interest: `x.tar.gz!/member`, not `x.tar.gz!/x.tar!/member`.
    path = f"{item.path}!" if container(out.data) == "tar" and not item.path.endswith("!") else path
    yield Item(path, out.data, None, item.depth + 1)


# Archives.


def _tar(item: Item, account: Account) -> Iterator[Part]:
    yield _embedded(item, "tar", "unpacked")
    try:
        for member in tar.members(item.data):
            account.enter()
            if member.readable:
                yield _slice(item, member.name, member.offset, member.offset + member.size)
            else:
                yield NotExamined(join(item.path, member.name), "a sparse file; its bytes were searched raw")
    except BrokenError as error:
        yield NotExamined(item.path, f"the rest of the tar archive was searched raw, not by members: {error}")
    except RefusedError as error:
        account.refuse(str(error), item.path)


def _zip(item: Item, account: Account) -> Iterator[Part]:
    form = "wheel" if item.path.endswith(".whl") else "zip"
    left = account.limits.members - account.members
    try:
        found = zips.members(item.data, left + 1)
    except BrokenError as error:
        yield _embedded(item, form, "raw bytes", str(error))
        yield NotExamined(item.path, f"it begins like a zip archive and {error}")
        return
    yield _embedded(item, form, "unpacked", f"{len(found)} members")
    free_from = 0
    try:
        for member in found:
            account.enter()
            yield from _member(item, member, free_from, account)
            free_from = max(free_from, member.header + 30 + member.packed)
    except RefusedError as error:
        account.refuse(str(error), item.path)


def _member(item: Item, member: zips.ZipMember, free_from: int, account: Account) -> Iterator[Part]:
    path = join(item.path, member.name)
    if member.encrypted:
        yield NotExamined(path, "it is encrypted")
        return
    if member.method.startswith("method"):
        yield NotExamined(path, f"it is packed by {member.method} of zip, which is not unpacked here")
        return
    try:
        start, end = zips.content(item.data, member, free_from)
        if member.method == "stored":
            yield _slice(item, member.name, start, end)
            return
        out = unpack(member.method, item.data[start:end], account)
    except BrokenError as error:
        account.refuse(f"broken members: {error}", path)
    except RefusedError as error:
        account.refuse(str(error), path)
    else:
        if out.cut:
            yield NotExamined(path, out.cut)
        yield Item(path, out.data, None, item.depth + 1)


# Executables.


def _elf(item: Item, account: Account) -> Iterator[Part]:
    try:
        found = elf.sections(item.data)
    except BrokenError as error:
        yield _embedded(item, "elf", "raw bytes", str(error))
        yield NotExamined(item.path, f"the ELF file was read as raw bytes: {error}")
        yield from _bun(item, account, None)
        return
    packed = [section.name for section in found if section.compressed]
    yield _embedded(item, "elf", "sections", f"{len(found)} sections")
    if packed:
        yield NotExamined(f"{item.path}: {', '.join(packed)}", "compressed sections were not unpacked")
    own = next((section for section in found if section.name == ".bun"), None)
    yield from _bun(item, account, own)


def _executable(form: str) -> Opener:
    def opened(item: Item, account: Account) -> Iterator[Part]:
        yield _embedded(item, form, "raw bytes", "this format is not taken apart")
        yield from _bun(item, account, None)

    return opened


def _bun(item: Item, account: Account, section: elf.Section | None) -> Iterator[Part]:
    trailer = rfind(item.data, bun.TRAILER)
    if trailer < 0 and section is None:
        return
    left = account.limits.members - account.members
    payload = bun.read_payload(item.data, trailer, left + 1) if trailer >= 0 else None
    if payload is None:
        yield from _carved_only(item, account, section)
        return
    yield Embedded(Place(item.path, payload.start, payload.end - payload.start), "bun", "modules", _note(payload))
    if payload.lying:
        yield NotExamined(
            f"{payload.lying} of {payload.records} records of the module table in {item.path}",
            "they do not lead to modules of their own; all bytes were searched raw, and JavaScript by its first line",
        )
    try:
        for module in payload.modules:
            account.enter()
            yield _slice(item, module.name, module.offset, module.offset + module.length, module.loader)
        if payload.lying:
            yield from _carve(item, account, payload.start, payload.end, payload.modules)
    except RefusedError as error:
        account.refuse(str(error), item.path)


def _carved_only(item: Item, account: Account, section: elf.Section | None) -> Iterator[Part]:
    """Where no module table can be read: JavaScript by the mark in its first line."""
    start, end = (section.offset, section.offset + section.size) if section else (0, len(item.data))
    carved = list(_carve(item, account, start, end, ()))
    yield Embedded(Place(item.path, start, end - start), "bun", "raw bytes", f"{len(carved)} programs by first line")
    yield NotExamined(
        f"the module table of Bun in {item.path}",
        f"there is none that can be read (cut off, or of an unknown layout); {len(carved)} programs were found by "
        f"their first line, and all bytes were searched raw",
    )
    yield from carved


def _carve(item: Item, account: Account, start: int, end: int, known: tuple[bun.Module, ...]) -> Iterator[Item]:
    for low, high in bun.carve(item.data, start, end, known):
        account.enter()
        yield replace(_slice(item, f"carved-{low:#x}.js", low, high), loader=1)


def _note(payload: bun.Payload) -> str:
    programs = [module for module in payload.modules if module.loader in {0, 1}]
    size = sum(module.length for module in programs)
    maps = f"{payload.source_maps} source maps of {payload.source_map_bytes} bytes"
    codes = f"bytecode of {payload.bytecodes} modules, {payload.bytecode_bytes} bytes"
    return f"{len(payload.modules)} modules, {len(programs)} of them JavaScript of {size} bytes; {maps}, {codes}: raw"


# Formats that are named and left as they are.


def _raw(item: Item, _account: Account) -> Iterator[Part]:
    yield _embedded(item, container(item.data), "raw bytes")


def _unread(item: Item, _account: Account) -> Iterator[Part]:
    form = container(item.data)
    yield _embedded(item, form, "not read")
    yield NotExamined(item.path, f"{form} is not unpacked here")


_OPENERS: Final[dict[str, Opener]] = {
    "elf": _elf,
    "mach-o": _executable("mach-o"),
    "pe": _executable("pe"),
    "wasm": _raw,
    **{form: _stream(form) for form in ("gzip", "zstd", "bzip2")},
    "tar": _tar,
    "zip": _zip,
    **dict.fromkeys(("xz", "7z", "rar"), _unread),
}
