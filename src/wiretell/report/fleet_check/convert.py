"""From a check to its document."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from wiretell.model import fleet as model
from wiretell.report.fleet_check import document_v1 as v1
from wiretell.report.fleet_inventory import document_v1 as inventory_v1
from wiretell.report.shared_v1 import NotExamined


def to_document(result: model.Checked) -> v1.CheckDocument:
    """Return the public form of a check. Pure; InternalError for what no document can hold."""
    return v1.FORM.checked(document_of(result))


def document_of(result: model.Checked) -> v1.CheckDocument:
    """Return the same, not yet held to its schema: for documents that hold this one."""
    inventory = result.inventory
    return v1.CheckDocument(
        schema="wiretell/fleet-check/1",
        policy=v1.Policy(source=result.policy_source, sha256=result.policy_sha256, timezone=result.timezone),
        on=result.on.astimezone(ZoneInfo(result.timezone)).isoformat(timespec="seconds"),
        machine=inventory_v1.Machine(
            id=inventory.machine.id,
            hostname=inventory.machine.hostname,
            os=inventory.machine.os,
            user=inventory.machine.user,
            root=inventory.machine.root,
            team=inventory.machine.team,
        ),
        taken=inventory.taken,
        banned=len(result.banned),
        decisions=tuple(map(_decision, result.judged)),
        not_judged=len(inventory.installs) + len(inventory.processes) + len(inventory.settings) - len(result.judged),
        remarks=result.remarks,
        not_examined=tuple(NotExamined(what=item.what, why=item.why) for item in inventory.not_examined),
    )


def _decision(judged: model.Judged) -> v1.Decision:
    finding, rule = judged.finding, judged.decision.rule
    return v1.Decision(
        finding=finding.id,
        kind=kind(finding),
        product=finding.product,
        version="" if isinstance(finding, model.Setting) else finding.version,
        model=finding.model if isinstance(finding, model.Setting) else "",
        where=finding.program if isinstance(finding, model.Process) else finding.path,
        how=_how(finding),
        user=finding.user,
        effect=judged.decision.effect,
        rule=rule.id if rule else "",
        since=rule.since.isoformat() if rule and rule.since else "",
        reason=rule.reason if rule else "",
        instead=rule.instead if rule else "",
        sentence=judged.decision.sentence,
        upcoming=upcoming(judged.upcoming),
    )


def kind(finding: model.Finding) -> model.FindingKind:
    """Return what a finding is, in a word."""
    match finding:
        case model.Install():
            return model.FindingKind.INSTALL
        case model.Process():
            return model.FindingKind.PROCESS
        case model.Setting():
            return model.FindingKind.SETTING


def _how(finding: model.Finding) -> str:
    match finding:
        case model.Install():
            return finding.manager.value
        case model.Process():
            return "running"
        case model.Setting():
            return finding.kind.value


def upcoming(change: model.Upcoming | None) -> v1.Upcoming | None:
    """Return the next change of an answer, where there is one; also for other documents."""
    if change is None:
        return None
    rule = change.decision.rule
    return v1.Upcoming(day=change.day.isoformat(), effect=change.decision.effect, rule=rule.id if rule else "")
