"""From what is known of schemes to the document that is published."""

from __future__ import annotations

from wiretell.model import schemes as model
from wiretell.report.marks_explain.convert import state, version_range
from wiretell.report.marks_schemes import document_v1 as v1


def to_document(result: model.SchemesResult) -> v1.SchemesDocument:
    """Return the public form of what is known. Pure; InternalError for what no document can hold."""
    schemes = tuple(_scheme(found) for found in result.schemes)
    return v1.FORM.checked(v1.SchemesDocument(schema="wiretell/marks-schemes/1", schemes=schemes))


def _scheme(found: model.SchemeDescription) -> v1.Scheme:
    return v1.Scheme(
        name=found.name,
        title=found.title,
        place=found.place,
        verbs=found.verbs,  # type: ignore[arg-type]  # str in the model; `checked` refuses any other word
        states=tuple(map(state, found.states)),
        versions=tuple(map(version_range, found.versions)),
        sources=found.sources,
        lists=tuple(map(_list, found.lists)),
    )


def _list(found: model.VendorList) -> v1.VendorList:
    return v1.VendorList(
        signal=found.signal,
        rule=found.rule,
        count=found.count,
        sha256=found.sha256,
        package=found.package,
        package_sha256=found.package_sha256,
        entries=found.entries,
    )
