"""`wiretell bench fleet`: what an inventory costs beside `find`, and a report of many machines beside `cat`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from wiretell.cli.bench.machine import as_json, heading
from wiretell.errors import UsageError
from wiretell.report.progress import Progress

FILES: Final = 300_000
PROJECTS: Final = 200
MACHINES: Final = 50_000
_MOST_MACHINES: Final = 999_999
"""Their numbers have six digits."""
_FEWEST: Final = 500
"""Files a project: below, there is no home worth the name."""


def run(options: argparse.Namespace, progress: Progress) -> str:
    """Measure, and return the report."""
    said = {name: PARTS[name](options, progress) for name in options.part or PARTS}
    if options.format == "json":
        return as_json(fleet={name: plain for name, (plain, _) in said.items()})
    return "\n\n".join([heading(), *(text for _, text in said.values())])


_Part = tuple[Any, str]


def _inventory(options: argparse.Namespace, progress: Progress) -> _Part:
    from wiretell.bench.fleet import commands, inventory

    if options.projects < 2 or options.files < _FEWEST * options.projects:
        raise UsageError(f"--projects takes 2 or more, --files at least {_FEWEST} for each project.")
    if options.drop_caches and not os.access(commands.DROP, os.W_OK):
        raise UsageError("--drop-caches empties the page cache of the whole machine, which only root may.")
    found = inventory.measure(options.projects, options.files, options.rounds, progress, drop=options.drop_caches)
    return _plain(asdict(found)), "\n".join(inventory.rows(found))


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    found["page_cache_emptied"] = found.pop("dropped")
    return found


def _report(options: argparse.Namespace, progress: Progress) -> _Part:
    from wiretell.bench.fleet import report

    if not 1 <= options.machines <= _MOST_MACHINES:
        raise UsageError(f"--machines takes a number from 1 to {_MOST_MACHINES:,}.")
    if not 1 <= options.days <= report.MOST_DAYS:
        raise UsageError(f"--days takes a number from 1 to {report.MOST_DAYS}.")
    found = report.measure(options.machines, options.days, options.rounds, progress)
    return asdict(found), "\n".join(report.rows(found))


PARTS: Final[Mapping[str, Callable[[argparse.Namespace, Progress], _Part]]] = MappingProxyType(
    {
        "inventory": _inventory,
        "report": _report,
    }
)
"""Each by the name that `--part` takes."""
