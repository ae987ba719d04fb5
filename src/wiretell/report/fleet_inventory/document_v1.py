"""The inventory document `wiretell/fleet-inventory/1`: every agent on a machine, and what was not looked at.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.fleet import Manager, Recognised, Scope, SettingKind
from wiretell.report.form import Amount, Count, Form, says
from wiretell.report.glyphs import shorten
from wiretell.report.shared_v1 import NotExamined

Product = Annotated[str, says("Name in wiretell's catalogue: `claude-code`.")]
Vendor = Annotated[str, says("Vendor of the program.")]
Note = Annotated[str, says("Anything a reader should know about it. Optional.")]
HowKnown = Annotated[Recognised, says("Why it is taken for this product. Nothing was run to find out. Optional.")]


class Machine(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where the inventory was taken."""

    id: Annotated[
        str, says("Keyed hash of the machine's own id: the same on every day, and nobody else's. Empty: it has none.")
    ]
    hostname: Annotated[str, says("Its name.")]
    os: Annotated[str, says("Name and version of the operating system.")]
    user: Annotated[str, says("Who took the inventory.")]
    root: Annotated[bool, says("Whether as root: without, other users' homes and processes cannot be read.")]
    team: Annotated[str, says("Whose machine it is, as the caller said. Optional.")] = ""


class Install(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One agent in one place."""

    id: Annotated[str, says("Manager and path: the same place has the same id on every day.")]
    product: Product
    vendor: Vendor
    name: Annotated[str, says("As its installer calls it: a package, an extension, a program's file.")]
    version: Annotated[str, says("Empty where it is not told or cannot be read.")]
    manager: Annotated[Manager, says("How it came there.")]
    around: Annotated[str, says("What it belongs to: `nvm v22.11.0`, an editor, a project's folder. Optional.")] = ""
    scope: Annotated[Scope, says("Whom it serves: the `system`, a `user`, a `project`.")]
    user: Annotated[str, says("Whose home it lies in. Optional.")] = ""
    path: Annotated[str, says("Its folder, or the program itself.")]
    hashed: Annotated[str, says("The file that `sha256` is of. Optional.")] = ""
    sha256: Annotated[str, says("Of that file; hex. Optional.")] = ""
    integrity: Annotated[
        str, says("What the package manager noted of the archive it installed: `sha512-...`. Optional.")
    ] = ""
    commands: Annotated[tuple[str, ...], says("Links and wrappers elsewhere that start it. Optional.")] = ()
    also: Annotated[tuple[str, ...], says("Other paths that belong to it alone. Optional.")] = ()
    wanted_by: Annotated[tuple[str, ...], says("Files that ask for it and would bring it back. Optional.")] = ()
    recognised: HowKnown = Recognised.NAME
    note: Note = ""


class Process(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An agent that runs."""

    id: Annotated[str, says("Number and start.")]
    product: Product
    vendor: Vendor
    version: Annotated[str, says("Of the install it runs from; empty where none is known.")]
    pid: Annotated[Count, says("Its number.")]
    started: Annotated[str, says("ISO 8601, UTC.")]
    user: Annotated[str, says("Who runs it.")]
    program: Annotated[str, says("The program's file, or the script's. Its arguments are not kept.")]
    install: Annotated[str, says("Id of the install it runs from. Optional.")] = ""
    recognised: HowKnown = Recognised.NAME
    note: Note = ""


class Setting(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something that points an agent at a host, a model or a tool server. Keys and tokens are never read out."""

    id: Annotated[str, says("File, line and key.")]
    kind: Annotated[SettingKind, says("Where it stands.")]
    product: Annotated[str, says("Whose setting it is; empty for what several products read.")]
    vendor: Annotated[str, says("Vendor of that product; may be empty.")]
    path: Annotated[str, says("The file.")]
    line: Annotated[Count, says("From 1. Optional.")] = 0
    key: Annotated[str, says("`ANTHROPIC_BASE_URL`, `model`, `mcpServers.github` ...")]
    value: Annotated[str, says("As it stands there, without credentials.")]
    host: Annotated[str, says("Host that it leads to. Optional.")] = ""
    model: Annotated[str, says("Model that it names, as policies spell it. Optional.")] = ""
    user: Annotated[str, says("Whose home it lies in. Optional.")] = ""
    note: Note = ""


class Examined(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was looked at."""

    what: Annotated[str, says("A home, a system folder, a list of packages.")]
    entries: Annotated[Count, says("Files and folders, packages or processes.")]


class InventoryDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Every agent on a machine."""

    schema: Annotated[Literal["wiretell/fleet-inventory/1"], says("Name and version of this form.")]
    machine: Annotated[Machine, says("Where it was taken.")]
    taken: Annotated[str, says("When: ISO 8601, UTC.")]
    installs: Annotated[tuple[Install, ...], says("By product, then path.")]
    processes: Annotated[tuple[Process, ...], says("By product, then number.")]
    settings: Annotated[tuple[Setting, ...], says("By product, then file.")]
    examined: Annotated[tuple[Examined, ...], says("What was looked at.")]
    not_examined: Annotated[tuple[NotExamined, ...], says("What was not, or could not be, and why.")]
    files: Annotated[Count, says("Files and folders that were looked at.")]
    wall_s: Annotated[Amount, says("How long it took, in seconds.")]


def _check(document: InventoryDocument) -> None:
    try:
        dt.datetime.fromisoformat(document.taken)
    except ValueError:
        raise FormatError(f"This inventory was taken at {shorten(document.taken, 40)!r}, which is no time.") from None
    every = [item.id for item in document.installs]
    every += [item.id for item in document.processes]
    every += [item.id for item in document.settings]
    twice = [name for name, count in Counter(every).items() if count > 1]
    if twice:
        raise FormatError(f"This inventory holds {shorten(twice[0], 80)!r} twice.")
    known = {item.id for item in document.installs}
    lost = [item.id for item in document.processes if item.install and item.install not in known]
    if lost:
        raise FormatError(f"This inventory's {shorten(lost[0], 80)!r} runs from an install that is not in it.")


FORM: Final = Form("fleet-inventory", InventoryDocument, _check)
