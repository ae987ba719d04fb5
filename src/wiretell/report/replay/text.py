"""What a policy would have done, for people: in short, then rule by rule and budget by budget.

What is laid out is a drawn document (`drawn.py`): nothing in it steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from wiretell.policy import amount, usd
from wiretell.report.console import GREY, LEAST_WIDTH, banner, indented, more, printed, tabled, title
from wiretell.report.drawn import drawn
from wiretell.report.replay.document_v1 import Hit, ReplayDocument, ReplayedBudget, ReplayedRule
from wiretell.report.words import plural

HITS_SHOWN = 10
_HEADERS = (("who", 2), ("requests", 0), ("cost", 0), ("first", 0), ("last", 0))


def render(document: ReplayDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    wide = max(width, LEAST_WIDTH)
    return printed(_blocks(drawn(document), wide, verbose), color=color, width=width)


def _blocks(document: ReplayDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    yield banner("REPLAY", GREY, document.policy)
    yield indented(Text(_short(document)), 1)
    for rule in document.rules:
        since = f"from {rule.since}" if rule.since else "always"
        yield from _part(f"rule {rule.id}", f"{rule.effect}, {since}", rule, width, verbose)
    for budget in document.budgets:
        ran_out = f"run out in {plural(budget.periods, 'period')}" if budget.periods else "never run out"
        limit = f"{amount(budget.unit, budget.limit)} a {budget.per}"
        yield from _part(f"budget {budget.id}", f"{limit}, {ran_out}", budget, width, verbose)
    yield Text()
    yield title("How this was counted", "", width)
    for sentence in _notes(document):
        yield indented(Text(sentence), 2, "-")


def _short(document: ReplayDocument) -> str:
    if not document.requests:
        return "The log has no exchange in this time."
    read = f"{plural(document.requests, 'exchange')} from {document.first} to {document.last}"
    return f"Of {read}, {document.banned:,} banned and {document.over_budget:,} over a budget."


def _part(
    name: str, words: str, part: ReplayedRule | ReplayedBudget, width: int, verbose: bool
) -> Iterable[RenderableType]:
    yield Text()
    yield title(name, words, width)
    if not part.hits:
        yield indented(Text("nobody"), 2)
        return
    hits = sorted(part.hits, key=lambda hit: (-hit.requests, hit.who))
    shown = hits if verbose else hits[:HITS_SHOWN]
    yield from tabled(_HEADERS, [_row(hit) for hit in shown], width)
    yield from more(len(hits) - len(shown), "user")


def _row(hit: Hit) -> Sequence[str]:
    return hit.who, f"{hit.requests:,}", usd(hit.micro_usd), _day(hit.first), _day(hit.last)


def _day(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _notes(document: ReplayDocument) -> Iterable[str]:
    yield f"Prices: {document.price_table}. Days and periods begin in {document.timezone}; times here are UTC."
    yield "Near, not exact: requests in parallel hold nothing of a budget here, and an agent that is refused may stop."
    if document.not_sent:
        yield f"{plural(document.not_sent, 'exchange')} had not been sent upstream: their cost is not known."
    if document.unknown_models:
        yield f"Priced as their vendor's dearest model: {plural(document.unknown_models, 'request')}."
