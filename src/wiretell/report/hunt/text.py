"""A hunt for people: in short, then campaign by campaign with the reasons, then what was not looked at.

What is laid out is drawn (`glyphs.visible`, `drawn.py`): nothing in it steers a terminal. The long lists are cut first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from msgspec.structs import replace
from rich.console import RenderableType
from rich.text import Text

from wiretell.model.hunt import Tier
from wiretell.report.console import (
    BLUE,
    GREY,
    LEAST_WIDTH,
    RED,
    YELLOW,
    banner,
    indented,
    limited,
    more,
    printed,
    tabled,
    title,
)
from wiretell.report.drawn import drawn
from wiretell.report.hunt import view, wording
from wiretell.report.hunt.document_v1 import Appeal, Campaign, Evidence, HuntDocument
from wiretell.report.words import plural, seconds

CAMPAIGNS_SHOWN: Final = 10
NAMES_SHOWN: Final = 6
NAMES_VERBOSE: Final = 1_000
NOTES_SHOWN: Final = 20
BAR: Final = 12
"""Cells of the strongest kind's bar."""
_STYLES: Final = {Tier.REVIEW: RED, Tier.VERIFY: YELLOW, Tier.WATCH: BLUE, None: GREY}
_EVIDENCE: Final = (("kind", 0), ("bits", 0), ("", 0), ("accounts", 0), ("without", 0), ("by chance", 0), ("fact", 1))


def render(document: HuntDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    wide = max(width, LEAST_WIDTH)
    shown = len(document.campaigns) if verbose else CAMPAIGNS_SHOWN
    return printed(_blocks(document, shown, wide, verbose), color=color, width=width)


def _blocks(document: HuntDocument, shown: int, width: int, verbose: bool) -> Iterable[RenderableType]:
    highest = view.strongest(document)
    yield banner(view.verdict(document).upper(), _STYLES[highest], _name(document))
    yield indented(Text(view.headline(document)), 1)
    yield indented(Text(view.aside(document)), 1)
    for campaign in islice(document.campaigns, shown):
        yield from _campaign(_cut(campaign, verbose), len(campaign.accounts), width)
    yield from more(len(document.campaigns) - shown, "campaign")
    rest = drawn(replace(document, campaigns=(), accounts=(), pictures={}))
    yield from _appeals(rest.appeals, width)
    yield from _looked_at(rest, width, verbose)
    yield from _not_examined(rest, width)
    yield from _effort(rest, width)


def _name(document: HuntDocument) -> str:
    return view.span(document.first, document.last)


def _cut(campaign: Campaign, verbose: bool) -> Campaign:
    """Draw a campaign with the names that are shown: drawing 25,000 that are not would take the time."""
    return drawn(replace(campaign, accounts=campaign.accounts[: NAMES_VERBOSE if verbose else NAMES_SHOWN]))


def _campaign(campaign: Campaign, accounts: int, width: int) -> Iterable[RenderableType]:
    yield Text()
    standing = "" if campaign.status == "stands" else f", {campaign.status} by appeal"
    yield title(f"{campaign.id}  {campaign.kind.value}", f"{campaign.tier.value}{standing}", width)
    sizes = f"{plural(accounts, 'account')}, {plural(campaign.exchanges, 'exchange')}"
    yield indented(Text(f"{sizes}, {view.span(campaign.first, campaign.last)}: {wording.KINDS[campaign.kind]}"), 2)
    yield indented(Text("; ".join(_score(campaign))), 2)
    yield from tabled(_EVIDENCE, [_row(item, campaign) for item in campaign.evidence], width)
    for alternative in campaign.alternatives:
        label = f"{alternative.name}, {wording.holds(alternative.holds)}: "
        yield indented(Text.assemble((label, "dim"), alternative.told), 4, "-")
    called = view.called(campaign) or view.why_no_day(campaign)
    yield indented(Text.assemble(("earliest day: ", "dim"), called), 2)
    names = limited([*campaign.accounts, *[""] * (accounts - len(campaign.accounts))], len(campaign.accounts))
    yield indented(Text.assemble(("accounts: ", "dim"), ", ".join(names)), 2)


def _score(campaign: Campaign) -> Iterable[str]:
    yield f"{campaign.score_bits:.1f} bits, the mean of its accounts"
    yield from filter(None, (view.weakest_link(campaign), view.chance(campaign)))


def _row(item: Evidence, campaign: Campaign) -> Sequence[str]:
    strongest = max((abs(found.bits) for found in campaign.evidence), default=0.0)
    without = campaign.without.get(item.kind)
    return (
        item.kind.value,
        f"{item.bits:.1f}",
        bar(item.bits, strongest),
        f"{item.accounts:,}",
        "" if without is None else f"{without:.1f}",
        wording.short_chance(item.by_chance),
        item.example,
    )


def bar(bits: float, strongest: float) -> str:
    """Return a bar of at most `BAR` cells; nothing where the evidence speaks against."""
    cells = round(BAR * bits / strongest) if strongest > 0 and bits > 0 else 0
    return "█" * max(cells, int(bits > 0))


def _appeals(appeals: Sequence[Appeal], width: int) -> Iterable[RenderableType]:
    if appeals:
        yield Text()
        yield title("Appeals", plural(len(appeals), "claim"), width)
    for appeal in appeals:
        change = (
            f"{appeal.before_bits:.1f} to {appeal.after_bits:.1f} bits, {appeal.before_tier} to {appeal.after_tier}"
        )
        by = " ".join(filter(None, (appeal.reviewer and f"by {appeal.reviewer}", appeal.date)))
        told = "; ".join(filter(None, (f"{appeal.claim}: {appeal.decision}", by, change, appeal.note)))
        yield indented(Text.assemble((f"{appeal.account} ", "bold"), told), 2, "-")


def _looked_at(document: HuntDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    yield Text()
    yield title("What was looked at", view.looked_at(document), width)
    kinds = wording.joined([kind.value for kind in view.examined(document)])
    yield indented(Text(f"for {kinds}" if kinds else "for nothing: every kind of evidence was lost"), 2, "-")
    notes = document.notes if verbose else limited(document.notes, NOTES_SHOWN)
    for note in notes:
        yield indented(Text(note), 2, "-")
    if verbose:
        for name, count in view.populations(document):
            yield indented(Text(f"{name}: {count:,}"), 2, "-")


def _not_examined(document: HuntDocument, width: int) -> Iterable[RenderableType]:
    if document.not_examined:
        yield Text()
        yield title("Not examined", "nothing above speaks of these", width)
    for item in document.not_examined:
        lost = f" (no evidence of {wording.joined([kind.value for kind in item.lost])})" if item.lost else ""
        yield indented(Text(f"{item.what}: {item.why}{lost}"), 2, "-")


def _effort(document: HuntDocument, width: int) -> Iterable[RenderableType]:
    yield Text()
    took = seconds(document.wall_s) if document.wall_s else ""
    yield title("Hunt", " · ".join(filter(None, (document.engine, f"seed {document.seed}", took))), width)
    yield indented(Text(f"rule {document.rule.version}, SHA-256 {document.rule.sha256[:16]}"), 2)
    if document.campaigns:
        yield indented(Text("reasons for one account: wiretell hunt explain ACCOUNT --from HUNT.json"), 2)
    if document.command:
        yield indented(Text(f"repeat: {document.command}"), 2)
