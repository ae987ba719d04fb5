"""A check for people: what is banned first, each rule with its sentence, then where; then what changes next.

What is laid out is a drawn document (`drawn.py`): nothing in it steers a terminal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from wiretell.report.console import GREEN, LEAST_WIDTH, RED, YELLOW, banner, indented, more, printed, tabled, title
from wiretell.report.drawn import drawn
from wiretell.report.fleet_check.document_v1 import CheckDocument, Decision, Effect
from wiretell.report.fleet_inventory.text import machine_line, not_examined
from wiretell.report.words import plural

PASSED_SHOWN = 10
REMARKS_SHOWN = 3
_HEADERS = (("product", 0), ("version", 0), ("how", 0), ("where", 1))
_DOES = {"ban": "banned", "warn": "under a warning", "allow": "allowed", "pass": "no rule matches"}


def render(document: CheckDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    wide = max(width, LEAST_WIDTH)
    return printed(_blocks(drawn(document), wide, verbose), color=color, width=width)


def _blocks(document: CheckDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    yield _banner(document)
    yield indented(Text(_short(document)), 1)
    for effect in ("ban", "warn", "allow", "pass"):
        yield from _part(document, effect, width, verbose)
    yield from _upcoming(document, width)
    if document.remarks:
        yield Text()
        yield title("Of the policy itself", "", width)
        shown = document.remarks if verbose else document.remarks[:REMARKS_SHOWN]
        yield from (indented(Text(remark), 2, "-") for remark in shown)
        yield from more(len(document.remarks) - len(shown), "remark")
    yield from not_examined(document.not_examined, width, verbose)


def _banner(document: CheckDocument) -> Text:
    name = machine_line(document.machine)
    if document.banned:
        return banner("BANNED", RED, name)
    if any(item.effect == "warn" for item in document.decisions):
        return banner("WARNING", YELLOW, name)
    return banner("NOTHING BANNED", GREEN, f"{name}, of what was looked at")


def _short(document: CheckDocument) -> str:
    of = f"{document.banned:,} of {plural(len(document.decisions), 'finding')} banned"
    not_judged = f"; {plural(document.not_judged, 'setting')} without a model not judged" if document.not_judged else ""
    return f"{of} on {document.on} by {document.policy.source}{not_judged}; inventory of {document.taken}."


def _part(document: CheckDocument, effect: Effect, width: int, verbose: bool) -> Iterable[RenderableType]:
    rules: defaultdict[str, list[Decision]] = defaultdict(list)
    for item in document.decisions:
        if item.effect == effect:
            rules[item.rule].append(item)
    for rule, items in rules.items():
        yield Text()
        since = f" since {items[0].since}" if items[0].since else ""
        yield title(f"rule {rule}" if rule else "No rule", f"{_DOES[effect]}{since}" if rule else "matches", width)
        for reason in filter(None, (_sentence("Why", items[0].reason), _sentence("Instead", items[0].instead))):
            yield indented(Text(reason), 2)
        shown = items if verbose or effect in {"ban", "warn"} else items[:PASSED_SHOWN]
        yield from tabled(_HEADERS, map(_row, shown), width)
        yield from more(len(items) - len(shown), "finding")


def _sentence(label: str, text: str) -> str:
    return f"{label}: {text.strip().rstrip('.')}." if text else ""


def _row(item: Decision) -> Sequence[str]:
    what = item.product or "(several)"
    return (f"{what} with {item.model}" if item.model else what), item.version or "?", item.how, item.where


def _upcoming(document: CheckDocument, width: int) -> Iterable[RenderableType]:
    changes: defaultdict[tuple[str, str, str, str], int] = defaultdict(int)
    for item in document.decisions:
        if item.upcoming:
            next_ = item.upcoming
            changes[next_.day, item.product, next_.effect, next_.rule] += 1
    if not changes:
        return
    yield Text()
    yield title("What changes next", "", width)
    for (day, product, effect, rule), count in sorted(changes.items()):
        by = f" by rule {rule}" if rule else ""
        yield indented(Text(f"{day}: {product or 'several'}, {plural(count, 'finding')}: {_DOES[effect]}{by}."), 2, "-")
