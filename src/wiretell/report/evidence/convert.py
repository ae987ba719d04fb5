"""From an export, made or checked, to the document."""

from __future__ import annotations

from wiretell.model import accounts as model
from wiretell.report.evidence import document_v1 as v1
from wiretell.report.statement.convert import iso


def to_document(result: model.Evidence) -> v1.EvidenceDocument:
    """Return the public form of an export. Pure; InternalError for what no document can hold."""
    span = result.span
    return v1.FORM.checked(
        v1.EvidenceDocument(
            schema="wiretell/evidence/1",
            verdict=v1.Verdict.CHANGED if result.problems else v1.Verdict.WHOLE,
            problems=result.problems,
            file=result.file,
            key=result.key,
            key_is_known=result.key_is_known,
            user=result.user,
            period=span.name if span else "",
            timezone=span.timezone if span else "",
            starts=iso(span.starts) if span else "",
            ends=iso(span.ends) if span else "",
            created=result.created,
            exchanges=result.exchanges,
            bodies=result.bodies,
            edits=result.edits,
            head=result.head,
            remarks=result.remarks,
        )
    )
