"""`wiretell hunt appeal`: what a claim against a finding changes, and the reviewer's decision, written down."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from wiretell import report
from wiretell.cli.hunt.explain import add_from
from wiretell.cli.output import (
    Commands,
    add_output_options,
    check_output,
    is_same_file,
    terminal_width,
    wants_color,
    write_output,
)
from wiretell.errors import UsageError
from wiretell.hunt import claim, rule
from wiretell.hunt.appeal import Heard, hear
from wiretell.hunt.rescoring import Score
from wiretell.report.console import BLUE, banner, indented, more, printed, tabled, title
from wiretell.report.glyphs import visible
from wiretell.report.hunt import reading
from wiretell.report.hunt.document_v1 import Appeal, Campaign
from wiretell.report.words import plural

_EXAMPLES: Final = """examples:
  wiretell hunt appeal --from hunt.json claim.toml                       what would change; nothing is written
  wiretell hunt appeal --from hunt.json claim.toml --output heard.json   the document with the appeal in it
  wiretell hunt appeal --from heard.json second.toml --output heard.json

  schema = 1                      # claim.toml (docs/formats/hunt-claim.md)
  account = "a17"
  decision = "overturned"         # or open, upheld, pending-evidence
  reviewer = "R. Example"
  date = 2026-07-10
  note = "Contract 2026-14 names the card."
  [card]                          # or [organisation], [licence], [network], [other]
  payment = ["pay_81f0"]

A claim by itself overturns nothing: the decision does. What the hunt found stays in the document as it was found.

exit codes: 0 done, 2 wrong use or bad input, 4 own fault
"""
_DETAILED: Final = 3
"""Accounts that are told kind by kind."""
_LISTED: Final = 20
"""Accounts that are told in a line each."""


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "appeal",
        help="what a claim against a finding changes; records the decision",
        description="Takes counter-evidence (a declared organisation, a licence, an office network, a card), scores "
        "the accounts that claim it anew without what it explains, from the document alone, and records the claim, "
        "its effect and the reviewer's decision.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("claim", metavar="CLAIM.toml", help="the claim (docs/formats/hunt-claim.md)")
    add_from(parser)
    parser.add_argument("--verbose", action="store_true", help="list every account that claims it")
    add_output_options(parser, ("text", "json"))
    _explain_output(parser)
    parser.set_defaults(call=call)


def _explain_output(parser: argparse.ArgumentParser) -> None:
    """Say what `--format` and `--output` are here: the report is on the screen, the document in the file."""
    told = {
        "--format": "text: before and after; json: the new hunt document (default: text)",
        "--output": "write the new hunt document there, the appeal in it (default: -, it is not kept with text)",
    }
    for option, words in told.items():
        parser._option_string_actions[option].help = words


def call(options: argparse.Namespace) -> int:
    """Hear the claim, print before and after, and write the document where that is asked for."""
    check_output(options.output)
    if options.output != "-" and is_same_file(options.output, options.claim):
        raise UsageError(f"--output {options.output} would take the place of the claim; name another file.")
    document = reading.load(Path(options.source))
    heard = hear(document, claim.load(Path(options.claim)), rule.shipped(), rule.rule_id())
    if options.format == "json" or options.output != "-":
        write_output(report.render(heard.document, "json"), options.output)
    if options.format == "text":
        write_output(render(heard, options), "-")
    return 0


def render(heard: Heard, options: argparse.Namespace) -> str:
    """Return before and after as lines for the terminal."""
    width = terminal_width()
    shown = len(heard.appeals) if options.verbose else _LISTED
    return printed(_blocks(heard, options.output, shown, width), color=wants_color("-"), width=width)


def _blocks(heard: Heard, output: str, shown: int, width: int) -> Iterator[RenderableType]:
    first = heard.appeals[0]
    yield banner(first.decision.upper(), BLUE, visible(f"{first.claim}: {first.told}"))
    for appeal in heard.appeals[:_DETAILED]:
        yield Text()
        yield from _account(heard, appeal, width)
    rest = heard.appeals[_DETAILED:]
    if rest:
        yield Text()
        yield title("Others that claim it", plural(len(rest), "account"), width)
        yield from tabled(_HEADERS, (_line(each) for each in rest[:shown]), width)
        yield from more(len(rest) - shown, "account")
    yield Text()
    yield title("Campaigns", "", width)
    yield from _campaigns(heard)
    yield Text()
    yield from (indented(Text(visible(note)), 1) for note in (*heard.notes, _kept(first, output)))


_HEADERS: Final = (("account", 1), ("bits before", 0), ("after", 0), ("tier before", 0), ("after", 0))


def _account(heard: Heard, appeal: Appeal, width: int) -> Iterator[RenderableType]:
    before, after = heard.before.accounts[appeal.account], heard.after.accounts[appeal.account]
    yield title(visible(appeal.account), "", width)
    headers = (("evidence", 0), ("before", 0), ("after", 0), ("", 1))
    yield from tabled(headers, _rows(before, after), width)


def _rows(before: Score, after: Score) -> Iterator[Sequence[str]]:
    kept = {each.kind for each in after.evidence}
    for each in before.evidence:
        is_kept = each.kind in kept
        yield (
            each.kind.value,
            f"{each.bits:+.1f}",
            f"{each.bits:+.1f}" if is_kept else "-",
            "" if is_kept else "explained",
        )
    yield "score", f"{before.bits:.1f}", f"{after.bits:.1f}", "bits"
    yield "tier", before.tier, after.tier, ""


def _line(appeal: Appeal) -> Sequence[str]:
    bits = f"{appeal.before_bits:.1f}", f"{appeal.after_bits:.1f}"
    return visible(appeal.account), *bits, appeal.before_tier, appeal.after_tier


def _campaigns(heard: Heard) -> Iterator[RenderableType]:
    claiming = {appeal.account for appeal in heard.appeals}
    ids = {found.campaign for found in heard.document.accounts if found.account in claiming}
    for campaign in heard.document.campaigns:
        if campaign.id in ids:
            yield indented(Text(_campaign(campaign, heard)), 1)


def _campaign(campaign: Campaign, heard: Heard) -> str:
    before, after = heard.before.campaigns[campaign.id], heard.after.campaigns[campaign.id]
    return (
        f"{visible(campaign.id)} ({campaign.kind.value}, {plural(len(campaign.accounts), 'account')}): "
        f"{before.tier} to {after.tier}, {before.bits:.1f} to {after.bits:.1f} bits, "
        f"{before.entities:,} to {after.entities:,} independent members"
    )


def _kept(appeal: Appeal, output: str) -> str:
    if output == "-":
        return "Nothing was written: --output NEW.json keeps the claim and the decision."
    became = {"stands": "stands", "lowered": "is lowered", "fallen": "has fallen"}[appeal.status]
    return f"Written to {output}: the claim, its effect and the decision. The finding {became}."
