# paths are texts here, as the system gives them
"""Extensions of editors of the VS Code family: folders `extensions/PUBLISHER.NAME-VERSION`, a `package.json` in each.

https://code.visualstudio.com/docs/configure/extensions/extension-marketplace#_where-are-extensions-installed.
Beside them `extensions.json` lists what is installed, and `.obsolete` names folders that were uninstalled and that the
editor takes away when it next starts. An entry in the list whose folder is gone starts nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from wiretell.fleet import files, rooted
from wiretell.fleet.catalogue import by_extension
from wiretell.fleet.readers._javascript import package
from wiretell.fleet.readers._javascript.package import Package
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Hit, Mark, Surroundings, Walked
from wiretell.model.fleet import Install, Manager, NotExamined, Scope
from wiretell.policy import Product

_EDITORS: Final[Mapping[str, str]] = {
    ".vscode": "vscode",
    ".vscode-insiders": "vscode-insiders",
    ".vscode-server": "vscode-server",
    ".vscode-server-insiders": "vscode-server-insiders",
    ".vscode-remote": "vscode-remote",
    ".vscode-oss": "vscodium",
    ".vscodium-server": "vscodium-server",
    ".cursor": "cursor",
    ".cursor-server": "cursor-server",
    ".windsurf": "windsurf",
    ".windsurf-next": "windsurf-next",
    ".windsurf-server": "windsurf-server",
    ".trae": "trae",
    ".trae-cn": "trae-cn",
    ".trae-server": "trae-server",
    ".qoder": "qoder",
    ".qoder-server": "qoder-server",
    ".kiro": "kiro",
    ".kiro-server": "kiro-server",
    ".antigravity": "antigravity",
    ".antigravity-server": "antigravity-server",
    ".positron": "positron",
    ".positron-server": "positron-server",
    ".void-editor": "void",
    ".theia": "theia",
    "code-server": "code-server",
}
"""By the folder in a home that holds `extensions`."""
_BUILT_IN: Final = re.compile(r"/([^/]+)/(?:bin/)?resources/app/extensions$")
"""`/usr/share/code/resources/app/extensions`: what an editor was delivered with."""
_INSTALLED: Final = ("usr/share", "opt", "snap/code/current/usr/share", "usr/lib")
_LIST_MAX: Final = 16 << 20
_FOLDER: Final = re.compile(r"-(?P<version>\d+\.\d+[^-]*)(?:-(?P<platform>[a-z0-9]+-[a-z0-9]+|universal))?$")
"""`openai.chatgpt-0.5.71-linux-x64`."""
_CARRIED: Final = ("bin/{0}", "bin/*/{0}", "resources/native-binary/{0}", "resources/native-binaries/*/{0}")
"""Where extensions keep the agent's own program, by name of command."""
_MANY: Final = 20


class Extensions:
    """Reader of extensions."""

    name = "editor extensions"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield extensions; those that the editor has only to take away yet, with a note."""
        lists: dict[str, frozenset[str]] = {}
        hits = {hit.path: hit for hit in (*walked.of(Mark.EDITOR_EXTENSION), *_built_in(around.root))}
        for hit in hits.values():
            folder = os.path.dirname(hit.path)
            if folder not in lists:
                obsolete = _obsolete(folder + "/.obsolete")
                if isinstance(obsolete, NotExamined):
                    yield obsolete
                    obsolete = frozenset()
                lists[folder] = obsolete
            yield from _extension(hit, around, os.path.basename(hit.path) in lists[folder])


def _built_in(root: str) -> Iterator[Hit]:
    """Yield what editors were delivered with, where a walk does not go; such folders often have no publisher's name."""
    names = {part for known in by_extension() for part in (known, known.partition(".")[2])}
    for installed in _INSTALLED:
        for editor in files.listed(os.path.join(root, installed)):
            folder = os.path.join(root, installed, editor, "resources/app/extensions")
            yield from (
                Hit(Mark.EDITOR_EXTENSION, f"{folder}/{name}", "") for name in files.listed(folder) if name in names
            )


def _extension(hit: Hit, around: Surroundings, obsolete: bool) -> Iterator[Seen]:
    if not files.real(hit.path):
        yield NotExamined(hit.path, "it is a link that leads nowhere, or in circles")
        return
    told = package.at(hit.path)
    folder = os.path.basename(hit.path)
    own = f"{told.publisher}.{told.name}" if told.publisher and told.name else ""
    known = own.lower() if own else _named(folder)
    product = by_extension().get(known)
    if product is None:  # the folder only begins like a known one: `github.copilot-labs-1.0.0`
        return
    program = _program(hit.path, product)
    yield Install(
        product=product.name,
        vendor=product.vendor,
        name=own or known,
        version=told.version or _version(folder),
        manager=Manager.EXTENSION,
        around=_editor(hit),
        scope=Scope.USER if hit.home else Scope.SYSTEM,
        user=next((home.user for home in around.homes if home.path == hit.home), "") if hit.home else "",
        path=hit.path,
        hashed=program or _main(hit.path, told),
        note=_note(told, program, obsolete),
    )
    if told.problem:
        yield told.problem


def _named(folder: str) -> str:
    """Return the known id that a folder is named for, the longest first."""
    name = _FOLDER.sub("", folder.lower())
    return name if name in by_extension() else ""


def _version(folder: str) -> str:
    found = _FOLDER.search(folder)
    return found["version"] if found else ""


def _editor(hit: Hit) -> str:
    """Return which editor an extension is for."""
    folder = os.path.dirname(hit.path)
    if found := _BUILT_IN.search(folder):
        return found[1]
    holder = os.path.basename(os.path.dirname(folder))
    return _EDITORS.get(holder, holder.removeprefix("."))


def _program(folder: str, product: Product) -> str:
    """Return the agent's program that an extension carries with it; empty where it carries none that is known."""
    for command in product.commands:
        for pattern in _CARRIED:
            begin, star, end = pattern.format(command).partition("*")
            middle = files.listed(f"{folder}/{begin}")[:_MANY] if star else [""]
            for part in middle:
                path = f"{folder}/{begin}{part}{end}"
                if rooted.is_file(path):
                    return path
    return ""


def _main(folder: str, told: Package) -> str:
    """Return the file that the editor loads (`main`, with or without `.js`), else `package.json`."""
    main = files.inside(folder, told.main) if told.main else ""
    candidates = (main, main + ".js", folder + "/package.json") if main else (folder + "/package.json",)
    return next((path for path in candidates if rooted.is_file(path)), "")


def _note(told: Package, program: str, obsolete: bool) -> str:
    if obsolete:
        return "Uninstalled; the editor takes its folder away when it next starts."
    if told.problem and not told.version:
        return "Its package.json is missing or broken; the version is as its folder's name tells."
    if program:
        return "It carries the agent's program, which may have another version than the extension."
    return ""


def _obsolete(path: str) -> frozenset[str] | NotExamined:
    """Return names of folders that were uninstalled: an object of names and `true`."""
    content = files.read(path, _LIST_MAX)
    if not isinstance(content, bytes):
        return content or frozenset()
    try:
        told = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return NotExamined(path, "it is no JSON object; what was uninstalled is not known")
    return frozenset(name for name, gone in told.items() if gone is True)
