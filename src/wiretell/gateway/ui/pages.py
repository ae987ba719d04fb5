"""Pages as HTML, by templates with autoescape on. What of them comes from traffic was drawn before, or is drawn here.

As in `report.page`, every string that a template prints passes `glyphs.visible`, but for texts of several lines, which
`detail` has drawn line by line and marks as `Drawn`.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from wiretell.gateway.ui.detail import Detail
from wiretell.gateway.ui.interface import Viewer
from wiretell.gateway.ui.view import cache_share, is_running
from wiretell.report.glyphs import clip, visible

if TYPE_CHECKING:
    from jinja2 import Environment

FOREIGN_HOST: Final = (
    "The request named a host that is not this gateway. If you reach it by another name on purpose, add that name to "
    '`hosts` in wiretell-gateway.toml: hosts = ["gateway.example.internal"].'
)
FOREIGN_FORM: Final = "Another page sent it. Open the page by its own address, and sign in there."
NO_PAGE: Final = "The pages are /ui and /ui/exchange/ID."
NO_EXCHANGE: Final = (
    "No exchange of yours has this id. One that has just ended is here within seconds; one that was kept longer than "
    "`retention_days`, or erased, is gone."
)
UNKNOWN_KEY: Final = "The gateway knows no such key. It is the one that your agent sends to this gateway."
TOO_MANY_TRIES: Final = "Too many wrong keys. Try again in a minute."


class Drawn(str):
    """A text of several lines that has been drawn already. It is still escaped."""

    __slots__ = ()


def front(viewer: Viewer, about: tuple[tuple[str, str], ...], *, signs_out: bool) -> str:
    """Return the page itself; its data comes by `/ui/data.json`."""
    return _render("front.html.j2", viewer=viewer, about=about, signs_out=signs_out)


def sign_in(complaint: str = "") -> str:
    """Return the form that asks for a key."""
    return _render("sign-in.html.j2", complaint=complaint)


def told(title: str, sentence: str) -> str:
    """Return a page that says one thing."""
    return _render("told.html.j2", title=title, sentence=sentence)


def exchange(found: Detail, viewer: Viewer) -> str:
    """Return the page of one exchange."""
    return _render(
        "exchange.html.j2",
        found=found,
        row=found.row,
        viewer=viewer,
        share=cache_share(found.row),
        running=is_running(found.row),
    )


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values).lstrip()


@cache
def _environment() -> Environment:
    # slow to import, and a gateway whose page nobody opens needs none of it
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("wiretell.gateway.ui"),
        autoescape=True,
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"clip": clip, "drawn": Drawn, "at": _time}
    return environment


def _printable(value: Any) -> Any:
    # what has `__html__` is markup of a template's own: markupsafe's protocol
    is_text = isinstance(value, str) and not isinstance(value, Drawn) and not hasattr(value, "__html__")
    return visible(value) if is_text else value


def _time(ts_us: int) -> str:
    """Return a time as one reads it, UTC."""
    return f"{dt.datetime.fromtimestamp(ts_us / 1e6, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
