"""The statement of reasons for one account, made from a hunt document (`report/hunt_explain` has its form)."""

from __future__ import annotations

from wiretell.report.hunt.document_v1 import HuntDocument
from wiretell.report.hunt_explain import convert, text
from wiretell.report.hunt_explain.document_v1 import HuntExplainDocument

LETTER_WIDTH = 80
"""Columns of a letter that is sent as text."""


def explain_document(document: HuntDocument, account: str, internal: bool = False) -> HuntExplainDocument:
    """Return what a hunt says of one account; of one in no campaign, that and what was looked at. Pure.

    Other accounts are counted, not named, unless it is `internal`.
    """
    return convert.to_document(convert.Asked(document, account, internal))


def explain_text(
    document: HuntDocument, account: str, internal: bool = False, *, color: bool = False, width: int = LETTER_WIDTH
) -> str:
    """Return the same as a letter of at most `width` columns, with a final newline. Pure."""
    return text.render(explain_document(document, account, internal), color=color, width=width)
