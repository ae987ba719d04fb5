"""The check document `wiretell/fleet-check/1`: what a policy says of every finding of an inventory.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.fleet import FindingKind
from wiretell.report.fleet_inventory.document_v1 import Machine
from wiretell.report.form import Count, Form, says
from wiretell.report.glyphs import shorten
from wiretell.report.shared_v1 import NotExamined

Effect = Literal["ban", "warn", "allow", "pass"]


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was decided by."""

    source: Annotated[str, says("The file, as it was named.")]
    sha256: Annotated[str, says("Of that file; hex.")]
    timezone: Annotated[str, says("In which its dates begin.")]


class Upcoming(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The next day on which the policy says otherwise."""

    day: Annotated[str, says("ISO 8601; it begins at midnight in the policy's time zone.")]
    effect: Annotated[Effect, says("What it says then.")]
    rule: Annotated[str, says("By which rule; absent where no rule matches. Optional.")] = ""


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the policy says of one finding."""

    finding: Annotated[str, says("Id of the finding in the inventory.")]
    kind: Annotated[FindingKind, says("What it is.")]
    product: Annotated[str, says("Name in wiretell's catalogue; of a setting it may be empty.")]
    version: Annotated[str, says("Empty where it is not known.")]
    model: Annotated[str, says("Model that a setting names. Optional.")] = ""
    where: Annotated[str, says("Path of the install or the setting's file; program of a process.")]
    how: Annotated[str, says("How it came there: the install's manager; `running`; where a setting stands.")]
    user: Annotated[str, says("Whose it is. Optional.")] = ""
    effect: Annotated[Effect, says("`ban`, `warn` and `allow` by a rule, `pass` where none matches.")]
    rule: Annotated[str, says("Id of the rule that decided: the first that matched. Optional.")] = ""
    since: Annotated[str, says("Day from which that rule holds, ISO 8601. Optional.")] = ""
    reason: Annotated[str, says("Why, as the rule says. Optional.")] = ""
    instead: Annotated[str, says("What to use instead, as the rule says. Optional.")] = ""
    sentence: Annotated[str, says("All of this in one sentence. Optional.")] = ""
    upcoming: Annotated[Upcoming | None, says("What changes next. Optional.")] = None


class CheckDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An inventory held against a policy at one moment."""

    schema: Annotated[Literal["wiretell/fleet-check/1"], says("Name and version of this form.")]
    policy: Annotated[Policy, says("What was decided by.")]
    on: Annotated[str, says("The moment: ISO 8601 with its offset from UTC in the policy's time zone.")]
    machine: Annotated[Machine, says("Where the inventory was taken.")]
    taken: Annotated[str, says("When the inventory was taken: ISO 8601, UTC.")]
    banned: Annotated[Count, says("Findings that may not be there.")]
    decisions: Annotated[tuple[Decision, ...], says("Banned first, then warned of, then the rest.")]
    not_judged: Annotated[
        Count, says("Settings that name no model: they are in the inventory, and no rule speaks of them.")
    ]
    remarks: Annotated[tuple[str, ...], says("What the policy's author should know of it. Optional.")] = ()
    not_examined: Annotated[tuple[NotExamined, ...], says("What the inventory did not look at, and why.")]


def _check(document: CheckDocument) -> None:
    banned = sum(item.effect == "ban" for item in document.decisions)
    if banned != document.banned:
        raise FormatError(f"This check counts {document.banned} banned and holds {banned}.")
    without = [item.finding for item in document.decisions if (item.effect == "pass") is bool(item.rule)]
    if without:
        raise FormatError(f"The decision on {shorten(without[0], 80)!r} does not name its rule.")


FORM: Final = Form("fleet-check", CheckDocument, _check)
