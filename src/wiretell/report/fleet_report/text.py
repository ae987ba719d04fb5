"""A report of many machines for people: what is banned, what will be, versions by team, what is not known.

What is laid out is a drawn document (`drawn.py`): nothing in it steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from wiretell.report.console import GREEN, GREY, LEAST_WIDTH, RED, banner, indented, more, printed, tabled, title
from wiretell.report.drawn import drawn
from wiretell.report.fleet_inventory.text import not_examined
from wiretell.report.fleet_report import view
from wiretell.report.fleet_report.document_v1 import Banned, Day, FleetReportDocument, Team, Version
from wiretell.report.words import plural, seconds

SHOWN = 20
_TEAMS = (("team", 1), *((name, 0) for name in ("machines", "banned", "warned", "expiring", "unknown", "silent")))
_VERSIONS = (("version", 0), ("machines", 0), ("running", 0), ("policy", 0), ("teams", 1))
_BANNED = (("machine", 0), ("team", 0), ("what", 0), ("where", 1))
_DAYS = (("day", 0), ("machines", 0), ("banned", 0))


def render(document: FleetReportDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    wide = max(width, LEAST_WIDTH)
    return printed(_blocks(drawn(document), wide, verbose), color=color, width=width)


def _blocks(document: FleetReportDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    style = GREY if document.policy is None else RED if document.banned else GREEN
    yield banner(view.verdict(document), style, view.headline(document))
    yield indented(Text(_short(document)), 1)
    yield from _teams(document, width)
    yield from _rules(document, width, verbose)
    for product, items in view.products(document).items():
        yield Text()
        yield title(product or "Settings of several products", "", width)
        shown = items if verbose else items[:SHOWN]
        yield from tabled(_VERSIONS, map(_version, shown), width)
        yield from more(len(items) - len(shown), "version")
    yield from _days(document, width, verbose)
    yield from _partly(document, width, verbose)
    yield from not_examined(document.unread, width, verbose)


def _short(document: FleetReportDocument) -> str:
    aside = view.aside(document)
    by = f" by {document.policy.source}" if document.policy else ", without a policy"
    read = f"{plural(document.inventories, 'inventory')} read in {seconds(document.wall_s)}"
    return f"{f'{aside[0].upper()}{aside[1:]}. ' if aside else ''}On {document.on}{by}; {read}."


def _teams(document: FleetReportDocument, width: int) -> Iterable[RenderableType]:
    yield Text()
    yield title("Teams", "machines", width)
    yield from tabled(_TEAMS, map(_team, document.teams), width)


def _team(item: Team) -> Sequence[str]:
    counts = (item.machines, item.banned, item.warned, item.expiring, item.unknown, item.silent)
    return (item.name, *(f"{count:,}" for count in counts))


def _rules(document: FleetReportDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    for rule, items in view.by_rule(document).items():
        yield Text()
        yield title(f"Banned by {rule}", plural(len({item.id or item.machine for item in items}), "machine"), width)
        shown = items if verbose else items[:SHOWN]
        yield from tabled(_BANNED, map(_banned, shown), width)
        yield from more(len(items) - len(shown), "finding")


def _banned(item: Banned) -> Sequence[str]:
    return item.machine, item.team, view.name(item), f"{item.where} ({item.how})"


def _version(item: Version) -> Sequence[str]:
    says = view.EFFECTS[item.effect] + (f" ({item.rule})" if item.rule else "")
    if item.upcoming:
        says += f"; {item.upcoming.day}: {view.EFFECTS[item.upcoming.effect]}"
    teams = ", ".join(f"{team} {count:,}" for team, count in item.teams.items())
    return item.model or item.version or "?", f"{item.machines:,}", f"{item.running:,}", says, teams


def _days(document: FleetReportDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    if len(document.days) < 2:
        return
    yield Text()
    yield title("Over time", "", width)
    shown = document.days if verbose else document.days[-7:]
    yield from tabled(_DAYS, map(_day, shown), width)
    yield from more(len(document.days) - len(shown), "day")


def _day(item: Day) -> Sequence[str]:
    return item.day, f"{item.machines:,}", f"{item.banned:,}"


def _partly(document: FleetReportDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    if not document.partly:
        return
    shown = document.partly if verbose else document.partly[:5]
    yield Text()
    yield title("What inventories do not tell", "", width)
    for item in shown:
        yield indented(Text(f"{plural(item.machines, 'machine')}: {_sentence(item.why)}"), 2, "-")
    yield from more(len(document.partly) - len(shown), "reason")


def _sentence(why: str) -> str:
    return why if why.endswith(("?", "!")) else f"{why.rstrip('.')}."
