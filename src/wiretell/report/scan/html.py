"""The scan as one page that stands alone (`page.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from wiretell.model.scan import MentionKind
from wiretell.report import listing, page
from wiretell.report.scan import lookalikes, view
from wiretell.report.scan.document_v1 import Mention, ScanDocument

MOST_ROWS = 2_000
"""Rows of one table on the page; what is beyond is counted, and stands in the JSON document."""


@dataclass(frozen=True, slots=True)
class Names:
    """Mentions of one kind, as the page lists them."""

    title: str
    about: str
    mentions: tuple[Mention, ...]

    @property
    def coded(self) -> bool:
        """Whether any of them names characters."""
        return any(mention.codepoints for mention in self.mentions)


def render(document: ScanDocument) -> str:
    """Return the page, complete, with a final newline. Pure."""
    return page.render(
        "scan.html.j2",
        document=document,
        view=view,
        listing=listing,
        hidden=view.lists(document, hidden=True),
        plain=view.lists(document, hidden=False),
        facts=view.by_fact(view.of_kind(document, MentionKind.SURROUNDINGS)),
        compared=tuple(m for m in view.of_kind(document, MentionKind.ENVIRONMENT) if m.values),
        placed=_placed(document),
        names=_names(document),
        formats=view.formats(document.embedded),
        levels=sorted(document.levels.items(), key=lambda item: (-len(item[1]), item[0])),
        most=MOST_ROWS,
    )


def _placed(document: ScanDocument) -> tuple[Names, ...]:
    """Return what is listed with its places."""
    groups = (
        Names("Time zones", "Names of zones as literals.", view.of_kind(document, MentionKind.TIMEZONE)),
        Names(
            "Lookalikes",
            "Literals with a character that passes for one of ASCII, or is not shown.",
            lookalikes.lookalikes(document),
        ),
        Names(
            "Other characters",
            "Literals whose unusual characters pass for no single one of ASCII.",
            lookalikes.others(document),
        ),
    )
    return tuple(group for group in groups if group.mentions)


def _names(document: ScanDocument) -> tuple[Names, ...]:
    """Return what is listed by name alone."""
    variables = view.environment(document)
    groups = (
        Names("Environment", f"{view.read_and_named(variables)}.", variables),
        Names("Hosts", "Host names in literals.", view.of_kind(document, MentionKind.HOST)),
        Names(
            "Compared",
            "Literals that something read is compared with.",
            view.of_kind(document, MentionKind.COMPARED),
        ),
    )
    return tuple(group for group in groups if group.mentions)
