"""Many machines as one page that stands alone (`page.py`): no script; long lists fold away."""

from __future__ import annotations

from typing import Final

from wiretell.report import page
from wiretell.report.fleet_report import pictures, view
from wiretell.report.fleet_report.document_v1 import FleetReportDocument

BANNED_SHOWN: Final = 100
"""Lines of the list of one rule; the rest is in the JSON document."""
VERSIONS_SHOWN: Final = 15
"""Of a product, before the rest folds away."""
VERSIONS_MOST: Final = 500
"""Of a product; the rest is in the JSON document."""
TEAMS_SHOWN: Final = 12
"""Columns of teams, those with the most machines; the others are one column."""


def render(document: FleetReportDocument) -> str:
    """Return the page, complete, with a final newline. Pure."""
    teams = sorted(document.teams, key=lambda team: (-team.machines, team.name))
    return page.render(
        "fleet.html.j2",
        document=document,
        view=view,
        over_time=pictures.over_time(document.days),
        products=pictures.products(document.days),
        pictures=pictures,
        columns=[team.name for team in teams[:TEAMS_SHOWN]],
        sizes={team.name: team.machines for team in teams},
        others=[team.name for team in teams[TEAMS_SHOWN:]],
        banned_shown=BANNED_SHOWN,
        versions_shown=VERSIONS_SHOWN,
        versions_most=VERSIONS_MOST,
    )
