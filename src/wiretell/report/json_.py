"""The report for programs: the document itself."""

from __future__ import annotations

from wiretell.report.document_v1 import Document, encode


def render(document: Document) -> str:
    """Return the document as indented JSON; what `decode` reads back as an equal document."""
    return encode(document).decode("utf-8")
