"""6: the public document of an audit, and its renderings for people and programs.

Every rendering is made from a `Document`, so a saved one is rendered again without a new analysis.
"""

from __future__ import annotations

from typing import Literal

from wiretell.errors import UsageError
from wiretell.report import json_, sarif, text
from wiretell.report.convert import to_document
from wiretell.report.document_v1 import SCHEMA, Document, decode, encode, reproducible
from wiretell.report.progress import Progress

__all__ = [
    "FORMATS",
    "SCHEMA",
    "Document",
    "Format",
    "Progress",
    "decode",
    "encode",
    "render",
    "reproducible",
    "to_document",
]

Format = Literal["text", "json", "sarif", "html"]
FORMATS: tuple[Format, ...] = ("text", "json", "sarif", "html")


def render(
    document: Document,
    format: Format,  # noqa: A002 - the name of the command line's option
    *,
    color: bool = False,
    width: int = 100,
    verbose: bool = False,
) -> str:
    """Return a document in one of `FORMATS`, with a final newline; UsageError for any other.

    `color`, `width` (in terminal cells) and `verbose` concern `text` alone. Pure: equal arguments give equal text.
    """
    match format:
        case "text":
            return text.render(document, color=color, width=width, verbose=verbose)
        case "json":
            return json_.render(document)
        case "sarif":
            return sarif.render(document)
        case "html":
            from wiretell.report import html  # jinja2 is slow to import, and the other forms do not need it

            return html.render(document)
    raise UsageError(f"There is no format {format!r}; there are {', '.join(FORMATS)}.")
