"""From two compared packages to the document that is published."""

from __future__ import annotations

from itertools import count

from wiretell.model import history as model
from wiretell.report import shared_v1
from wiretell.report.diff import document_v1 as v1


def to_document(result: model.DiffResult) -> v1.DiffDocument:
    """Return the public form of a comparison. Pure; InternalError for what no document can hold."""
    new = [change for change in result.literals if change.change is model.Change.NEW]
    numbers = count(1)
    document = v1.DiffDocument(
        schema="wiretell/diff/1",
        a=shared_v1.package(result.a),
        b=shared_v1.package(result.b),
        hidden=sum(change.kind is model.LiteralKind.LIST for change in new),
        new=len(new),
        gone=len(result.literals) - len(new),
        distinct_a=result.distinct_a,
        distinct_b=result.distinct_b,
        literals=tuple(_change(change, numbers) for change in result.literals),
        not_examined=shared_v1.not_examined(result.not_examined),
        wall_s=result.wall_s,
        started=result.started,
        wiretell=result.version,
        command=result.command,
    )
    return v1.FORM.checked(document)


def _change(change: model.LiteralChange, numbers: count[int]) -> v1.LiteralChange:
    return v1.LiteralChange(
        change=change.change,
        kind=change.kind,
        value=change.value,
        count=change.count,
        places=shared_v1.places(change.places),
        codepoints=change.codepoints,
        decoded=shared_v1.decoded_list(change.decoded, f"l{next(numbers)}") if change.decoded else None,
        near=change.near,
    )
