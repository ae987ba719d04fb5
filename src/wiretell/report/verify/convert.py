"""From a checked removal to the document that is published."""

from __future__ import annotations

from wiretell.model import history as model
from wiretell.report.audit import convert
from wiretell.report.verify import document_v1 as v1


def to_document(result: model.VerifyResult) -> v1.VerifyDocument:
    """Return the public form of a check. Pure; InternalError for what no document can hold."""
    document = v1.VerifyDocument(
        schema="wiretell/verify/1",
        verdict=result.verdict,  # type: ignore[arg-type]  # a str in the model; `checked` refuses any other word
        reasons=result.reasons,
        against=convert.target(result.against),
        channels=tuple(_checked(item) for item in result.channels),
        new=tuple(convert.channel(found) for found in result.new),
        audit=convert.to_document(result.audit),
        command=result.command,
    )
    return v1.FORM.checked(document)


def _checked(item: model.CheckedChannel) -> v1.CheckedChannel:
    return v1.CheckedChannel(
        earlier=convert.channel(item.earlier),
        fate=item.fate,
        now=convert.channel(item.now) if item.now else None,
        runs=item.runs,
        note=item.note,
    )
