"""`wiretell bench fleet`: what an inventory costs, beside `find` on the same home."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from wiretell.cli.bench.machine import as_json, heading
from wiretell.errors import UsageError
from wiretell.report.progress import Progress

FILES: Final = 300_000
PROJECTS: Final = 200
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
    from wiretell.bench.fleet import inventory

    if options.projects < 2 or options.files < _FEWEST * options.projects:
        raise UsageError(f"--projects takes 2 or more, --files at least {_FEWEST} for each project.")
    found = inventory.measure(options.projects, options.files, options.rounds, progress)
    return _plain(asdict(found)), "\n".join(inventory.rows(found))


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    found["page_cache_emptied"] = found.pop("dropped")
    return found


PARTS: Final[Mapping[str, Callable[[argparse.Namespace, Progress], _Part]]] = MappingProxyType(
    {
        "inventory": _inventory,
    }
)
"""Each by the name that `--part` takes."""
