"""Reports as one page that stands alone: no network, no script, no font but the reader's own.

A page is made by a template with autoescape on. On top of that every string that the template prints passes
`glyphs.visible` (by jinja's `finalize`, so none can be forgotten): no control, bidi or invisible character of what was
audited reaches a browser as itself. The Content-Security-Policy forbids everything but the page's own style.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wiretell.report import words
from wiretell.report.glyphs import clip, visible

CHIPS = 8
"""Levels or entries shown before the rest folds away."""


def render(template: str, **values: Any) -> str:
    """Return the page, complete, with a final newline. Pure."""
    return _environment().get_template(template).render(words=words, chips=CHIPS, **values).lstrip()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("wiretell.report"),
        autoescape=True,
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"clip": clip, "link": _link}
    return environment


def _printable(value: Any) -> Any:
    """Draw every string the template prints; what the template itself marked up passes."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _link(url: str) -> str | None:
    """Return a URL if a click on it leads to a web page and nothing else (no `javascript:`), else None."""
    if visible(url) != url:  # parsers drop line ends and tabs, and would then see another URL than the reader
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None
