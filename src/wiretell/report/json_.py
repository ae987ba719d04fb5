"""The report for programs: the document itself."""

from __future__ import annotations

from msgspec import Struct

from wiretell.report.form import encode


def render(document: Struct) -> str:
    """Return the document as indented JSON; what its form's `decode` reads back as an equal document."""
    return encode(document).decode("utf-8")
