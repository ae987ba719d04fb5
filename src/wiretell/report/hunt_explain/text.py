"""The statement of reasons as a letter: plain sentences, first what was concluded, then why, then how to dispute it.

What is laid out is a drawn document (`drawn.py`): nothing in it steers a terminal or a mail program.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from wiretell.report.console import BLUE, GREY, LEAST_WIDTH, banner, indented, limited, printed, title
from wiretell.report.drawn import drawn
from wiretell.report.hunt import wording
from wiretell.report.hunt.document_v1 import Appeal
from wiretell.report.hunt_explain.document_v1 import Fact, Finding, HuntExplainDocument
from wiretell.report.words import plural

OTHERS_SHOWN = 40


def render(document: HuntExplainDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the statement as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    wide = max(width, LEAST_WIDTH)
    return printed(_blocks(drawn(document), wide, verbose), color=color, width=width)


def _blocks(document: HuntExplainDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    found = document.finding
    yield banner("STATEMENT OF REASONS", BLUE if found else GREY, document.account)
    if document.internal:
        yield indented(Text("Internal: it names other accounts. Do not send it."), 1)
    yield from _sentences("What was concluded", document.concluded, width)
    yield from _sentences("What was not concluded", document.not_concluded, width)
    if found:
        yield from _facts(found, width)
        yield from _against(found, width)
        yield from _alternatives(found, width)
        yield from _others(found, width, verbose)
    yield from _looked_at(document, width)
    yield from _appeals(document.appeals, width)
    yield from _sentences("How to dispute it", document.appeal, width)


def _sentences(name: str, sentences: Iterable[str], width: int, words: str = "") -> Iterable[RenderableType]:
    told = [indented(Text(sentence), 2, "-") for sentence in sentences]
    if told:
        yield Text()
        yield title(name, words, width)
        yield from told


def _facts(found: Finding, width: int) -> Iterable[RenderableType]:
    yield Text()
    yield title("Facts relied on", f"{found.score_bits:.1f} bits in all; strongest first", width)
    for fact in found.facts:
        yield indented(Text.assemble((fact.title, "bold"), f"  {fact.bits:.1f} bits"), 2, "-")
        for line in _lines(fact):
            yield indented(Text(line), 4)


def _lines(fact: Fact) -> Iterable[str]:
    if fact.fact:
        yield f"{fact.fact}."
    yield f"By chance: {fact.chance}. Without it the score is {fact.score_without:.1f} bits."
    yield f"What would clear it: {fact.would_clear}."


def _against(found: Finding, width: int) -> Iterable[RenderableType]:
    told = [f"{item.title}: the account could show this and does not ({item.bits:.1f} bits)." for item in found.against]
    yield from _sentences("What speaks for the account", told, width)


def _alternatives(found: Finding, width: int) -> Iterable[RenderableType]:
    told = [f"{item.name}, {wording.holds(item.holds)}: {item.told}" for item in found.alternatives]
    yield from _sentences("Innocent explanations that were tested", told or ["None was tested."], width)
    if found.q_value is not None:
        yield indented(Text(f"Chance: {wording.q_value(found.q_value)}."), 2, "-")


def _others(found: Finding, width: int, verbose: bool) -> Iterable[RenderableType]:
    if found.accounts:
        shown = limited(found.accounts, len(found.accounts) if verbose else OTHERS_SHOWN)
        yield Text()
        yield title("The other accounts", f"{found.others:,}", width)
        yield indented(Text(", ".join(shown)), 2)


def _looked_at(document: HuntExplainDocument, width: int) -> Iterable[RenderableType]:
    span = f", {document.first[:10]} to {document.last[:10]} (UTC)" if document.first and document.last else ""
    looked = f"{plural(document.rows, 'exchange')} of {plural(document.log_accounts, 'account')}{span}."
    kinds = wording.joined([kind.value for kind in document.examined])
    missed = [_missed(item.what, item.why, [kind.value for kind in item.lost]) for item in document.not_examined]
    rule = f"Rule {document.rule.version}, SHA-256 {document.rule.sha256}; fixed before the log was scored."
    yield from _sentences("What was looked at", (looked, f"For {kinds}." if kinds else "For nothing.", rule), width)
    yield from _sentences("What was not examined", missed, width, "nothing above speaks of these")


def _missed(what: str, why: str, lost: list[str]) -> str:
    return f"{what}: {why}" + (f" (no evidence of {wording.joined(lost)})" if lost else "")


def _appeals(appeals: Iterable[Appeal], width: int) -> Iterable[RenderableType]:
    told = []
    for appeal in appeals:
        when = f" on {appeal.date}" if appeal.date else ""
        by = f" by {appeal.reviewer}" if appeal.reviewer else ""
        why = f" {appeal.note}" if appeal.note else ""
        told.append(
            f"{appeal.claim}: {appeal.decision}{when}{by}; {appeal.before_bits:.1f} to {appeal.after_bits:.1f} bits, "
            f"{appeal.before_tier} to {appeal.after_tier}.{why}"
        )
    yield from _sentences("Claims so far", told, width)
