# paths are texts here, as the system gives them
"""Zips of yarn 2 and later: a package each, in a project's `.yarn/cache` or in one cache for all projects.

https://yarnpkg.com/features/pnp. A zip runs as it is; what has to lie on the disk (programs for a platform) is unpacked
into `.yarn/unplugged` and found there as a package. `.pnp.cjs` names the zips that a project runs from.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from wiretell.fleet import files, rooted
from wiretell.fleet.catalogue import by_npm
from wiretell.fleet.readers._javascript import package
from wiretell.fleet.readers._javascript.installing import mentions
from wiretell.fleet.readers._javascript.package import Package
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Hit, Mark, Surroundings, Walked
from wiretell.model.fleet import Install, Manager, NotExamined, Scope
from wiretell.policy import Product

_NAME: Final = re.compile(r"(?P<slug>.+)-npm-(?P<version>\d.*?)-[0-9a-f]{10}-[^-]+\.zip", re.DOTALL)
"""`@openai-codex-npm-0.169.0-0123456789-10c0.zip`: name, version, hash of the locator, key of the cache."""
_PNP_MAX: Final = 64 << 20
_DIRECTORY_MAX: Final = 8 << 20
"""Bytes of a zip's table of contents; an agent's with 3,000 files has 0.4 MB."""
_END: Final = struct.Struct("<4s4H2LH")
_LOCKS: Final = ("package.json", "yarn.lock")
_PNP: Final = (".pnp.cjs", ".pnp.js")
_UNPLUGGED: Final = "/.yarn/unplugged/"
_PLATFORM: Final = re.compile(r"linux|darwin|win32|windows")


@dataclass(frozen=True, slots=True)
class _Zip:
    hit: Hit
    product: Product
    folder: str
    """Name in the catalogue."""
    package: Package
    problem: NotExamined | None


def read(walked: Walked, around: Surroundings, unpacked: Sequence[Install]) -> Iterator[Seen]:
    """Yield zips, each with what asks for it, and what was unpacked from them. `unpacked`: yarn's other installs."""
    projects = {os.path.dirname(hit.path): None for hit in walked.of(Mark.PNP)}
    pnp: dict[str, bytes] = {}
    for top in projects:
        content = _pnp(top)
        if isinstance(content, NotExamined):
            yield content
        else:
            pnp[top] = content
    zips = [each for hit in walked.of(Mark.YARN_ZIP) if (each := _zip(hit))]
    yield from (each.problem for each in zips if each.problem)
    found = [_install(each, pnp, around, parts) for each, parts in _joined(zips)]
    yield from _with_unpacked(found, unpacked)


def _pnp(top: str) -> bytes | NotExamined:
    for name in _PNP:
        content = files.read(f"{top}/{name}", _PNP_MAX)
        if isinstance(content, NotExamined):
            return content
        if content is not None:
            data = files.read(f"{top}/.pnp.data.json", _PNP_MAX)  # `pnpEnableInlining: false`
            return content + (data if isinstance(data, bytes) else b"")
    return b""


def _zip(hit: Hit) -> _Zip | None:
    named = _NAME.fullmatch(os.path.basename(hit.path))
    slug = (named["slug"] if named else os.path.basename(hit.path).partition("-npm-")[0]).lower()
    folder = next((name for name in by_npm() if name.replace("/", "-") == slug), "")
    if not folder:
        return None
    told = _manifest(hit.path, folder)
    if isinstance(told, NotExamined):
        told = Package(version=named["version"] if named else "", problem=told)
    return _Zip(hit, by_npm()[folder], folder, told, told.problem)


def _manifest(path: str, folder: str) -> Package | NotExamined:
    """Read the `package.json` within a zip, without unpacking anything else."""
    import zipfile
    import zlib

    opened = files.regular(path)
    if opened is None or isinstance(opened, NotExamined):
        return opened or NotExamined(path, "it is not there any more")
    broken = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, struct.error)
    with opened as file:
        try:
            if _directory(file) > _DIRECTORY_MAX:
                return NotExamined(path, f"its table of contents is larger than {_DIRECTORY_MAX:,} bytes")
            with zipfile.ZipFile(file) as archive:
                wanted = f"node_modules/{folder}/package.json"
                info = next((info for info in archive.infolist() if info.filename.lower() == wanted), None)
                if info is None or info.file_size > files.MANIFEST_MAX:
                    return NotExamined(path, "it holds no package.json of a size that can be")
                with archive.open(info) as inner:
                    return package.parse(inner.read(files.MANIFEST_MAX), f"{path}/{info.filename}")
        except (*broken, OSError):
            return NotExamined(path, "it is no zip that can be read; the version is as its name tells")


def _directory(file: BinaryIO) -> int:
    """Return the bytes of a zip's table of contents (APPNOTE 4.3.16); it is read whole when a zip is opened."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise ValueError
    return int(_END.unpack_from(tail, at)[5])


def _joined(zips: Sequence[_Zip]) -> Iterator[tuple[_Zip, tuple[str, ...]]]:
    """Yield zips with the paths of their platform packages' zips, which are no installs of their own."""
    parts: dict[str, list[str]] = {}
    taken = set()
    for whole in zips:
        for each in zips:
            if each is not whole and _is_part(_key(each), _key(whole)):
                taken.add(each.hit.path)
                parts.setdefault(whole.hit.path, []).append(each.hit.path)
    yield from ((each, tuple(parts.get(each.hit.path, ()))) for each in zips if each.hit.path not in taken)


_Key = tuple[str, str, str, str]
"""Where, product, name, version."""


def _key(each: _Zip) -> _Key:
    return os.path.dirname(each.hit.path), each.product.name, each.folder, each.package.version


def _is_part(part: _Key, whole: _Key) -> bool:
    """Whether one is the other's program for a platform: in name (`cline`, `@cline/cli-linux-x64`) or in version."""
    if part[:2] != whole[:2] or _PLATFORM.search(whole[2] + whole[3]) or not whole[3]:
        return False
    if _PLATFORM.search(part[2]):
        return part[3] == whole[3]
    return part[2] == whole[2] and part[3].startswith(whole[3] + "-") and bool(_PLATFORM.search(part[3]))


def _install(each: _Zip, pnp: Mapping[str, bytes], around: Surroundings, parts: tuple[str, ...]) -> Install:
    path = each.hit.path
    own, in_project, _ = path.partition("/.yarn/cache/")
    asking = sorted(top for top, content in pnp.items() if _runs(top, content, path, own if in_project else ""))
    project = own if in_project else asking[0] if len(asking) == 1 else ""
    tops = sorted({*asking, project} - {""})
    return Install(
        product=each.product.name,
        vendor=each.product.vendor,
        name=each.package.name or each.folder,
        version=each.package.version,
        manager=Manager.YARN_PROJECT,
        around=project or os.path.dirname(path),
        scope=Scope.PROJECT if project else Scope.USER if each.hit.home else Scope.SYSTEM,
        user=next((home.user for home in around.homes if home.path == each.hit.home), "") if each.hit.home else "",
        path=path,
        hashed=path,
        also=parts,
        wanted_by=tuple(sorted(_asking(tops, each.folder, asking))),
        note="" if tops else "In yarn's cache for all projects; none of those seen runs it.",
    )


def _runs(top: str, content: bytes, path: str, own: str) -> bool:
    """Whether a project's `.pnp.cjs` names a zip, or what was unpacked from it. `own`: the project it lies in, if any.

    A project with a cache of its own runs from that one, though the one for all may hold a zip of the same name.
    """
    if own and top != own:
        return False
    if os.fsencode(f".yarn/unplugged/{_slug(path)}/") in content:
        return True
    name = os.path.basename(path)
    return os.fsencode(f"/{name}/") in content and (bool(own) or not rooted.exists(f"{top}/.yarn/cache/{name}"))


def _asking(tops: Iterable[str], name: str, with_pnp: Sequence[str]) -> Iterator[str]:
    for top in tops:
        yield from (path for lock in _LOCKS if mentions(path := f"{top}/{lock}", (name,)))
        if top in with_pnp:
            yield next(path for pnp in _PNP if rooted.is_file(path := f"{top}/{pnp}") or pnp == _PNP[-1])


def _slug(path: str) -> str:
    """Return a zip's name without the key of its cache: as `.pnp.cjs` and `.yarn/unplugged` have it."""
    return os.path.basename(path).removesuffix(".zip").rpartition("-")[0]


def _with_unpacked(zips: Sequence[Install], unpacked: Sequence[Install]) -> Iterator[Install]:
    """Yield unpacked packages, with their zips where a project has its own cache, then the zips that are left."""
    of_project = [each for each in unpacked if _UNPLUGGED in each.path]
    yield from (each for each in unpacked if _UNPLUGGED not in each.path)
    wholes = [each for each in of_project if not any(_is_part(_told(each), _told(other)) for other in of_project)]
    merged: set[str] = set()
    for whole in wholes:
        parts = [each for each in of_project if _is_part(_told(each), _told(whole))]
        folders = [_unplugged(each) for each in (whole, *parts)]
        own = [each for each in zips if each.path.startswith(whole.around + "/.yarn/cache/") and _of(each, folders)]
        merged.update(each.path for each in own)
        yield replace(
            whole,
            hashed=parts[0].hashed if parts else whole.hashed,
            also=tuple(sorted({*folders, *whole.also, *(path for each in own for path in (each.path, *each.also))})),
            wanted_by=tuple(sorted({*whole.wanted_by, *(path for each in own for path in each.wanted_by)})),
        )
    yield from (each for each in zips if each.path not in merged)


def _told(install: Install) -> _Key:
    return install.around, install.product, install.name, install.version


def _unplugged(install: Install) -> str:
    """Return the folder in `.yarn/unplugged` that holds one package."""
    top, mark, rest = install.path.partition(_UNPLUGGED)
    return top + mark + rest.partition("/")[0]


def _of(archive: Install, folders: Iterable[str]) -> bool:
    return _slug(archive.path) in {os.path.basename(folder) for folder in folders}
