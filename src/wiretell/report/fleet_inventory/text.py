"""An inventory for people: what is installed, what runs, what settings point at, and what could not be seen.

What is laid out is a drawn document (`drawn.py`): nothing in it steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from wiretell.report.console import GREY, LEAST_WIDTH, banner, indented, more, printed, tabled, title
from wiretell.report.drawn import drawn
from wiretell.report.fleet_inventory.document_v1 import Install, InventoryDocument, Machine, Process, Setting
from wiretell.report.shared_v1 import NotExamined
from wiretell.report.words import plural, seconds

SETTINGS_SHOWN = 12
NOT_EXAMINED_SHOWN = 8
_INSTALLS = (("product", 0), ("version", 0), ("how", 0), ("where", 1))
_PROCESSES = (("product", 0), ("version", 0), ("pid", 0), ("since (UTC)", 0), ("user", 0), ("program", 1))
_SETTINGS = (("product", 0), ("key", 1), ("value", 2), ("where", 2))
_KNOWN_BY = {"hash": "known by its hash", "content": "known by what it says of itself"}


def render(document: InventoryDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    wide = max(width, LEAST_WIDTH)
    return printed(_blocks(drawn(document), wide, verbose), color=color, width=width)


def _blocks(document: InventoryDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    yield banner("INVENTORY", GREY, machine_line(document.machine))
    yield indented(Text(_short(document)), 1)
    if document.installs:
        yield Text()
        yield title("Installed", "", width)
        yield from tabled(_INSTALLS, map(_install, document.installs), width)
        yield from _remarks(document.installs, verbose)
    if document.processes:
        yield Text()
        yield title("Running", "", width)
        yield from tabled(_PROCESSES, map(_process, document.processes), width)
    yield from _settings(document.settings, width, verbose)
    yield from not_examined(document.not_examined, width, verbose)


def machine_line(machine: Machine) -> str:
    """Return a machine in one line; also for other documents."""
    return ", ".join(filter(None, (machine.hostname, machine.os, machine.team)))


def _short(document: InventoryDocument) -> str:
    found = ", ".join(
        (
            plural(len(document.installs), "install"),
            f"{len(document.processes):,} running",
            plural(len(document.settings), "setting"),
        )
    )
    whose = f"{document.machine.user}{' (root)' if document.machine.root else ''}"
    return f"{found}; {document.files:,} files and folders in {seconds(document.wall_s)}, as {whose}, {document.taken}."


def _install(item: Install) -> Sequence[str]:
    how = f"{item.manager.value} ({item.around})" if item.around and "/" not in item.around else item.manager.value
    return item.product, item.version or "?", how, item.path


def _remarks(installs: Iterable[Install], verbose: bool) -> Iterable[RenderableType]:
    """What else is known of an install: only where it says something, or where all was asked for."""
    for item in installs:
        told = [_KNOWN_BY[item.recognised.value]] if item.recognised.value in _KNOWN_BY else []
        told += [item.note.rstrip(".")] if item.note else []
        if verbose:
            told += [f"as {item.name}"] if item.name != item.product else []
            told += [f"sha256 {item.sha256} of {item.hashed}"] if item.sha256 else []
            told += [f"started by {', '.join(item.commands)}"] if item.commands else []
            told += [f"asked for by {', '.join(item.wanted_by)}"] if item.wanted_by else []
        if told:
            yield indented(Text(f"{item.path}: {'; '.join(told)}."), 2, "-")


def _process(item: Process) -> Sequence[str]:
    started = item.started[:16].replace("T", " ")
    return item.product, item.version or "?", str(item.pid), started, item.user, item.program


def _settings(settings: Sequence[Setting], width: int, verbose: bool) -> Iterable[RenderableType]:
    if not settings:
        return
    shown = settings if verbose else settings[:SETTINGS_SHOWN]
    yield Text()
    yield title("Settings", "that point at a host, a model or a tool server; keys are never read out", width)
    yield from tabled(_SETTINGS, map(_setting, shown), width)
    yield from more(len(settings) - len(shown), "setting")


def _setting(item: Setting) -> Sequence[str]:
    where = f"{item.path}:{item.line}" if item.line else item.path
    return item.product or "(several)", item.key, item.value, where


def not_examined(items: Sequence[NotExamined], width: int, verbose: bool) -> Iterable[RenderableType]:
    """Yield what was not looked at; also for other documents."""
    if not items:
        return
    shown = items if verbose else items[:NOT_EXAMINED_SHOWN]
    yield Text()
    yield title("Not looked at", "", width)
    for item in shown:
        yield indented(Text(f"{item.what}: {item.why.rstrip('.')}."), 2, "-")
    yield from more(len(items) - len(shown), "place")
