"""From a removal to the document that is published."""

from __future__ import annotations

from wiretell.model import fleet as model
from wiretell.report.fleet_check.convert import document_of as check_document
from wiretell.report.fleet_removal import document_v1 as v1


def to_document(result: model.Removal) -> v1.RemovalDocument:
    """Return the public form of a removal. Pure; InternalError for what no document can hold."""
    left = len(result.left)
    document = v1.RemovalDocument(
        schema="wiretell/fleet-removal/1",
        verdict=v1.verdict(result.applied, len(result.checked.banned), left),
        applied=result.applied,
        resumed=result.resumed,
        steps=tuple(map(_step, result.steps)),
        archive=result.archive,
        archived=result.archived,
        left=left,
        notes=result.notes,
        before=check_document(result.checked),
        after=check_document(result.after) if result.after else None,
    )
    return v1.FORM.checked(document)


def _step(result: model.StepResult) -> v1.Step:
    step = result.step
    return v1.Step(
        action=step.action,
        target=step.target,
        finding=step.finding,
        told=step.told,
        state=result.state,
        why=result.why,
    )
