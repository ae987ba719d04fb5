"""From the marks that were read to the document that is published."""

from __future__ import annotations

from wiretell import __version__
from wiretell.model import marks as model
from wiretell.report import shared_v1
from wiretell.report.marks import document_v1 as v1


def to_document(result: model.MarksResult) -> v1.MarksDocument:
    """Return the public form of a reading. Pure; InternalError for what no document can hold."""
    document = v1.MarksDocument(
        schema="wiretell/marks/1",
        schemes=result.schemes,
        total=result.total,
        marked_records=result.marked_records,
        not_listed=result.total - len(result.found),
        marks=tuple(_mark(found) for found in result.found),
        counts=dict(result.counts),
        certainties=dict(result.certainties),
        ordinary=dict(result.ordinary),
        summary=tuple(_row(row) for row in result.summary),
        sources=tuple(_source(read) for read in result.sources),
        not_examined=shared_v1.not_examined(result.not_examined),
        wall_s=result.wall_s,
        started=result.started,
        wiretell=__version__,
        command=result.command,
    )
    return v1.FORM.checked(document)


def _mark(found: model.FoundMark) -> v1.Mark:
    mark, origin = found.mark, found.origin
    return v1.Mark(
        scheme=mark.scheme,
        state=mark.state,
        meaning=mark.meaning,
        certainty=mark.certainty,
        innocent=mark.innocent,
        codepoints=mark.codepoints,
        excerpt=mark.excerpt,
        hidden=mark.hidden,
        where=_where(found),
        account=origin.account,
        client=origin.client,
        version=origin.version,
        day=origin.day,
    )


def _where(found: model.FoundMark) -> v1.Where:
    mark, where = found.mark, found.where
    return v1.Where(
        source=where.source,
        record=where.record,
        line=mark.line,
        request=where.request,
        column=where.column,
        path=mark.path,
        within=mark.within,
        offset=mark.offset,
        length=mark.length,
    )


def _row(row: model.SummaryRow) -> v1.Row:
    return v1.Row(
        account=row.origin.account,
        client=row.origin.client,
        version=row.origin.version,
        day=row.origin.day,
        records=row.records,
        unmarked=dict(row.unmarked),
        marks=dict(row.marks),
    )


def _source(read: model.SourceRead) -> v1.Source:
    return v1.Source(source=read.source, form=read.form, records=read.records, bytes=read.bytes, marks=read.marks)
