"""A removal for people at a terminal: what goes and why, the steps, the archive, the proof, what is left to do.

What is laid out is a drawn document (`drawn.py`): nothing in it steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from wiretell.model.fleet import Action, StepState
from wiretell.report.console import (
    GREEN,
    LEAST_WIDTH,
    RED,
    YELLOW,
    banner,
    indented,
    more,
    printed,
    tabled,
    title,
)
from wiretell.report.drawn import drawn
from wiretell.report.fleet_check.document_v1 import CheckDocument, Decision
from wiretell.report.fleet_inventory.text import machine_line, not_examined
from wiretell.report.fleet_removal.document_v1 import RemovalDocument, Step

_SHOWN: Final = 40
"""Lines of a list, unless all are asked for."""
_COLOURS: Final = {"nothing": GREEN, "planned": YELLOW, "removed": GREEN, "left": RED}
_LABELS: Final = {
    "nothing": "NOTHING BANNED",
    "planned": "TO BE REMOVED",
    "removed": "REMOVED",
    "left": "SOMETHING IS LEFT",
}
_STATES: Final = {
    StepState.PLANNED: "",
    StepState.DONE: "done",
    StepState.UNDONE: "put back",
    StepState.FAILED: "FAILED",
    StepState.LEFT: "stays",
}
_HEADERS: Final = (("", 0), ("", 0), ("command", 1), ("", 0))
_WORDS: Final = {
    Action.END: "end",
    Action.ARCHIVE: "keep",
    Action.TAKE: "take",
    Action.TIDY: "tidy",
    Action.PACKAGE: "package",
    Action.LEFT: "",
}


def render(document: RemovalDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    return printed(_blocks(drawn(document), max(width, LEAST_WIDTH), verbose), color=color, width=width)


def _text(text: str) -> Text:
    """Return a text whose long words, such as paths, go on in the next line: none of them is cut."""
    return Text(text, overflow="fold")


def _blocks(document: RemovalDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    shown = 1_000_000 if verbose else _SHOWN
    of = "" if document.left else ", of what was looked at"
    name = f"{machine_line(document.before.machine)}{of}"
    yield banner(_LABELS[document.verdict], _COLOURS[document.verdict], name)
    yield indented(_text(_headline(document)), 1)
    yield from (indented(_text(note), 3, "-") for note in document.notes)
    yield from _banned(document.before, width, shown)
    yield from _steps(document, width, shown)
    yield from _left_to_user(document, width, shown)
    yield from _archive(document, width, shown)
    yield from _proof(document, width, shown)
    last = document.after or document.before
    yield from not_examined(last.not_examined, width, verbose)
    yield from _how_to_go_on(document)


def _headline(document: RemovalDocument) -> str:
    before, after = document.before, document.after
    policy = f"By {before.policy.source} on {before.on}: {before.banned:,} banned of {len(before.decisions):,} found"
    if document.verdict == "nothing":
        return f"{policy}. There is nothing to remove."
    if not document.applied:
        return f"{policy}. Nothing was done: this is a plan."
    now = after or before
    taken_up = " It took up a removal that had been broken off." if document.resumed else ""
    return f"{policy}; afterwards {now.banned:,} banned of {len(now.decisions):,}.{taken_up}"


def _banned(check: CheckDocument, width: int, shown: int) -> Iterable[RenderableType]:
    banned = [decision for decision in check.decisions if decision.effect == "ban"]
    if not banned:
        return
    yield Text()
    yield title("Banned", "by the policy's rules", width)
    for decision in banned[:shown]:
        yield indented(_text(_named(decision)), 2, "-")
    yield from more(len(banned) - shown, "finding")
    for sentence in dict.fromkeys(map(_rule, banned)):
        yield indented(_text(sentence), 2)


def _rule(decision: Decision) -> str:
    """Return what the rule says of itself: why, and what instead."""
    since = f" since {decision.since}" if decision.since else ""
    reason = f": {decision.reason.strip().rstrip('.')}" if decision.reason else ""
    instead = f" Instead: {decision.instead.strip().rstrip('.')}." if decision.instead else ""
    return f"rule {decision.rule}{since}{reason}.{instead}"


def _named(decision: Decision) -> str:
    return f"{_what(decision)}: {decision.where}"


def _what(decision: Decision) -> str:
    name = " ".join(filter(None, (decision.product, decision.version, decision.model)))
    return f"{name} ({decision.how})"


def _steps(document: RemovalDocument, width: int, shown: int) -> Iterable[RenderableType]:
    steps = [step for step in document.steps if step.action is not Action.LEFT]
    if not steps:
        return
    yield Text()
    words = "as carried out; each as the command that does the same" if document.applied else "as commands"
    yield title("Steps", words, width)
    yield from tabled(_HEADERS, (_step(number, step) for number, step in enumerate(steps[:shown], 1)), width)
    yield from more(len(steps) - shown, "step")
    for number, step in enumerate(steps, 1):
        if step.why and step.state is not StepState.UNDONE:
            yield indented(_text(f"step {number}: {step.why}"), 2, "-")


def _step(number: int, step: Step) -> Sequence[str]:
    return f"{number}.", _WORDS[step.action], step.told, _STATES[step.state]


def _left_to_user(document: RemovalDocument, width: int, shown: int) -> Iterable[RenderableType]:
    steps = [step for step in document.steps if step.action is Action.LEFT]
    if not steps:
        return
    yield Text()
    yield title("Left to you", "wiretell does not do this", width)
    for step in steps[:shown]:
        yield indented(_text(f"{step.target}: {step.told}" if step.target not in step.told else step.told), 2, "-")
    yield from more(len(steps) - shown, "thing")


def _archive(document: RemovalDocument, width: int, shown: int) -> Iterable[RenderableType]:
    if not document.archive:
        return
    yield Text()
    yield title("Archive", "the user's own files", width)
    yield indented(_text(document.archive), 2)
    yield from (indented(_text(path), 4, "-") for path in document.archived[:shown])
    yield from more(len(document.archived) - shown, "path")
    yield indented(_text(f"put back: wiretell fleet remove --restore {document.archive}"), 2)


def _proof(document: RemovalDocument, width: int, shown: int) -> Iterable[RenderableType]:
    after = document.after
    if after is None:
        return
    yield Text()
    yield title("Proof", "a new inventory, the same policy, the same moment", width)
    total = len(after.decisions) + after.not_judged
    yield indented(_text(f"inventory after: {after.banned:,} banned of {total:,}; taken {after.taken}"), 2)
    yield from _still(document, [each for each in after.decisions if each.effect == "ban"], shown)


def _still(document: RemovalDocument, banned: Sequence[Decision], shown: int) -> Iterable[RenderableType]:
    for decision in banned[:shown]:
        reason = _reason(document, decision)
        what = _what(decision) if decision.where in reason else _named(decision)
        yield indented(_text(f"{what}: {reason}"), 2, "-")
    yield from more(len(banned) - shown, "finding")


def _reason(document: RemovalDocument, decision: Decision) -> str:
    """Say why something banned is still there."""
    steps = [step for step in document.steps if step.finding == decision.finding]
    for state in (StepState.FAILED, StepState.UNDONE, StepState.LEFT):
        for step in steps:
            if step.state is state:
                return step.why or step.told
    if any(step.state is StepState.UNDONE for step in document.steps):
        return "another step failed, and all was put back"
    if decision.finding in {each.finding for each in document.before.decisions}:
        return "it came back" if steps else "no step takes it away"
    return "it has come since"


def _how_to_go_on(document: RemovalDocument) -> Iterable[RenderableType]:
    if document.verdict == "planned":
        yield Text()
        yield indented(_text("To do this: the same command with --apply."), 1)
