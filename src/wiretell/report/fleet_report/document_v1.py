"""The report document `wiretell/fleet-report/1`: what the inventories of many machines come to.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.report.fleet_check.document_v1 import Effect, Upcoming
from wiretell.report.fleet_check.document_v1 import Policy as Policy
from wiretell.report.form import Amount, Count, Form, says
from wiretell.report.shared_v1 import NotExamined


class Version(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One version of a product, or one model, and where it is."""

    product: Annotated[str, says("Name in wiretell's catalogue; of a setting it may be empty.")]
    vendor: Annotated[str, says("Vendor of the program; may be empty.")]
    version: Annotated[str, says("Empty where it is not known.")]
    sha256: Annotated[
        str, says("Of the program, where rules of the policy go by audits and so by bytes. Optional.")
    ] = ""
    model: Annotated[str, says("Model that settings name. Optional.")] = ""
    effect: Annotated[Effect, says("What the policy says of it: `ban`, `warn`, `allow`, or `pass`: no rule matches.")]
    rule: Annotated[str, says("Id of the rule that decided. Optional.")] = ""
    upcoming: Annotated[Upcoming | None, says("What changes within `ahead_days`. Optional.")] = None
    machines: Annotated[Count, says("Machines that have it.")]
    running: Annotated[Count, says("Machines on which it ran when the inventory was taken.")]
    teams: Annotated[dict[str, Count], says("Team -> machines.")]


class Team(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The machines of one team. A machine counts once in each column."""

    name: Annotated[str, says("As a list of teams or the inventories themselves say.")]
    machines: Annotated[Count, says("All of them.")]
    banned: Annotated[Count, says("With something banned.")]
    warned: Annotated[Count, says("With something under a warning.")]
    expiring: Annotated[Count, says("With something that will be banned within `ahead_days`.")]
    unknown: Annotated[Count, says("With something whose version is not known, or of which no rule speaks.")]
    silent: Annotated[Count, says("Whose last inventory is older than `silent_days`.")]


class Banned(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One banned finding on one machine: a line of the list of what is to be done."""

    machine: Annotated[str, says("Host name.")]
    id: Annotated[str, says("The machine's id: tells machines of one name apart. Optional.")] = ""
    team: Annotated[str, says("Whose machine it is.")]
    user: Annotated[str, says("Whose home it lies in, or who runs it. Optional.")] = ""
    product: Annotated[str, says("Name in wiretell's catalogue; of a setting it may be empty.")]
    version: Annotated[str, says("Empty where it is not known.")]
    model: Annotated[str, says("Model that a setting names. Optional.")] = ""
    how: Annotated[str, says("The install's manager; `running`; where a setting stands.")]
    where: Annotated[str, says("Its path.")]
    rule: Annotated[str, says("Id of the rule.")]
    taken: Annotated[str, says("When it was seen: ISO 8601, UTC.")]


class Day(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One day."""

    day: Annotated[str, says("ISO 8601, in the policy's time zone.")]
    machines: Annotated[Count, says("Heard of on that day, or within `silent_days` before.")]
    banned: Annotated[Count, says("Of these, with something that was banned on that day.")]
    products: Annotated[dict[str, Count], says("Product -> machines that had it, installed or running, banned or not.")]


class Partly(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that inventories did not look at, or do not tell."""

    why: Annotated[str, says("Why not.")]
    machines: Annotated[Count, says("On how many machines.")]


class FleetReportDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Many machines on one page."""

    schema: Annotated[Literal["wiretell/fleet-report/1"], says("Name and version of this form.")]
    policy: Annotated[Policy | None, says("What was decided by; null: without a policy nothing is decided.")]
    on: Annotated[str, says("The moment: ISO 8601 with its offset from UTC in the policy's time zone.")]
    ahead_days: Annotated[Count, says("How far ahead `expiring` looks.")]
    silent_days: Annotated[Count, says("How old a machine's last inventory may be.")]
    machines: Annotated[Count, says("Machines that any inventory tells of.")]
    inventories: Annotated[Count, says("Inventories that were read and are no later than `on`.")]
    versions: Annotated[tuple[Version, ...], says("By product, newest first; models behind versions.")]
    teams: Annotated[tuple[Team, ...], says("Those with the most banned machines first.")]
    banned: Annotated[tuple[Banned, ...], says("All of them, by team and machine.")]
    days: Annotated[tuple[Day, ...], says("The days up to `on`, from the first that is told of.")]
    partly: Annotated[tuple[Partly, ...], says("What inventories did not look at or do not tell, by reason.")]
    unread: Annotated[tuple[NotExamined, ...], says("Files or lines that hold no inventory.")]
    wall_s: Annotated[Amount, says("How long it took, in seconds.")]


def _check(document: FleetReportDocument) -> None:
    told = sum(team.machines for team in document.teams)
    if told != document.machines:
        raise FormatError(f"This report counts {document.machines:,} machines, and its teams {told:,}.")


FORM: Final = Form("fleet-report", FleetReportDocument, _check)
