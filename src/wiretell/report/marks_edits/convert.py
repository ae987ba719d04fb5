"""From the edits of a text to the document that is published."""

from __future__ import annotations

from wiretell.model import marks as model
from wiretell.report import shared_v1
from wiretell.report.marks_edits import document_v1 as v1


def to_document(result: model.EditResult) -> v1.EditsDocument:
    """Return the public form of edits. Pure; InternalError for what no document can hold."""
    document = v1.EditsDocument(
        schema="wiretell/marks-edits/1",
        verb=result.command,  # type: ignore[arg-type]  # a str in the model; `checked` refuses any other word
        source=result.source,
        schemes=result.schemes,
        state=result.state,
        edits=tuple(_edit(edit) for edit in result.edits),
        left=tuple(_left(mark) for mark in result.left),
        bytes_before=result.bytes_before,
        bytes_after=result.bytes_after,
        not_examined=shared_v1.not_examined(result.not_examined),
    )
    return v1.FORM.checked(document)


def _edit(edit: model.Edit) -> v1.Edit:
    return v1.Edit(
        scheme=edit.scheme,
        rule=edit.rule,
        line=edit.line,
        path=edit.path,
        within=edit.within,
        offset=edit.offset,
        before=edit.before,
        after=edit.after,
    )


def _left(mark: model.Mark) -> v1.Left:
    return v1.Left(
        scheme=mark.scheme,
        state=mark.state,
        meaning=mark.meaning,
        certainty=mark.certainty,
        codepoints=mark.codepoints,
        excerpt=mark.excerpt,
        line=mark.line,
        path=mark.path,
        within=mark.within,
        offset=mark.offset,
        length=mark.length,
    )
