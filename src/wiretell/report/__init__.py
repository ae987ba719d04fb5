"""6: the public documents, and their renderings for people and programs.

Every rendering is made from a document, so a saved one is rendered again without a new analysis. Each document has a
folder of its own (`audit`, `scan`, `diff`, `marks` ...) with its form, its conversion and its renderings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, overload

from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.model.accounts import Evidence, PolicyReplay, Statement
from wiretell.model.findings import AuditResult
from wiretell.model.history import DiffResult, HistoryResult, VerifyResult
from wiretell.model.hunt import Hunted
from wiretell.model.marks import EditResult, Explained, MarksResult
from wiretell.model.scan import ScanResult
from wiretell.model.schemes import SchemesResult
from wiretell.report import json_
from wiretell.report.audit import convert as audit_convert
from wiretell.report.audit import document_v1 as audit_v1
from wiretell.report.audit import sarif as audit_sarif
from wiretell.report.audit import text as audit_text
from wiretell.report.audit.document_v1 import Document
from wiretell.report.bisect import convert as bisect_convert
from wiretell.report.bisect import document_v1 as bisect_v1
from wiretell.report.bisect import text as bisect_text
from wiretell.report.bisect.document_v1 import BisectDocument
from wiretell.report.diff import convert as diff_convert
from wiretell.report.diff import document_v1 as diff_v1
from wiretell.report.diff import text as diff_text
from wiretell.report.diff.document_v1 import DiffDocument
from wiretell.report.evidence import convert as evidence_convert
from wiretell.report.evidence import document_v1 as evidence_v1
from wiretell.report.evidence import text as evidence_text
from wiretell.report.evidence.document_v1 import EvidenceDocument
from wiretell.report.form import Form, encode, header_schema, reproducible
from wiretell.report.glyphs import shorten
from wiretell.report.hunt import convert as hunt_convert
from wiretell.report.hunt import document_v1 as hunt_v1
from wiretell.report.hunt import text as hunt_text
from wiretell.report.hunt.document_v1 import HuntDocument
from wiretell.report.hunt_explain import convert as hunt_explain_convert
from wiretell.report.hunt_explain import document_v1 as hunt_explain_v1
from wiretell.report.hunt_explain import text as hunt_explain_text
from wiretell.report.hunt_explain.convert import Asked
from wiretell.report.hunt_explain.document_v1 import HuntExplainDocument
from wiretell.report.marks import convert as marks_convert
from wiretell.report.marks import document_v1 as marks_v1
from wiretell.report.marks import text as marks_text
from wiretell.report.marks.document_v1 import MarksDocument
from wiretell.report.marks_edits import convert as marks_edits_convert
from wiretell.report.marks_edits import document_v1 as marks_edits_v1
from wiretell.report.marks_edits import text as marks_edits_text
from wiretell.report.marks_edits.document_v1 import EditsDocument
from wiretell.report.marks_explain import convert as marks_explain_convert
from wiretell.report.marks_explain import document_v1 as marks_explain_v1
from wiretell.report.marks_explain import text as marks_explain_text
from wiretell.report.marks_explain.document_v1 import ExplainDocument
from wiretell.report.marks_schemes import convert as marks_schemes_convert
from wiretell.report.marks_schemes import document_v1 as marks_schemes_v1
from wiretell.report.marks_schemes import text as marks_schemes_text
from wiretell.report.marks_schemes.document_v1 import SchemesDocument
from wiretell.report.progress import Progress
from wiretell.report.replay import convert as replay_convert
from wiretell.report.replay import document_v1 as replay_v1
from wiretell.report.replay import text as replay_text
from wiretell.report.replay.document_v1 import ReplayDocument
from wiretell.report.scan import convert as scan_convert
from wiretell.report.scan import document_v1 as scan_v1
from wiretell.report.scan import sarif as scan_sarif
from wiretell.report.scan import text as scan_text
from wiretell.report.scan.document_v1 import ScanDocument
from wiretell.report.statement import convert as statement_convert
from wiretell.report.statement import document_v1 as statement_v1
from wiretell.report.statement import text as statement_text
from wiretell.report.statement.document_v1 import StatementDocument
from wiretell.report.verify import convert as verify_convert
from wiretell.report.verify import document_v1 as verify_v1
from wiretell.report.verify import text as verify_text
from wiretell.report.verify.document_v1 import VerifyDocument

__all__ = [
    "FORMATS",
    "FORMATS_OF",
    "FORMS",
    "SCHEMA",
    "AnyDocument",
    "BisectDocument",
    "DiffDocument",
    "Document",
    "EditsDocument",
    "EvidenceDocument",
    "ExplainDocument",
    "Format",
    "HuntDocument",
    "HuntExplainDocument",
    "MarksDocument",
    "Progress",
    "ReplayDocument",
    "ScanDocument",
    "SchemesDocument",
    "StatementDocument",
    "VerifyDocument",
    "decode",
    "decode_any",
    "encode",
    "render",
    "reproducible",
    "to_document",
]

Format = Literal["text", "json", "sarif", "html"]
FORMATS: tuple[Format, ...] = ("text", "json", "sarif", "html")
"""Of an audit and a scan."""

AnyDocument: TypeAlias = (
    Document
    | ScanDocument
    | DiffDocument
    | BisectDocument
    | VerifyDocument
    | MarksDocument
    | ExplainDocument
    | EditsDocument
    | SchemesDocument
    | StatementDocument
    | EvidenceDocument
    | ReplayDocument
    | HuntDocument
    | HuntExplainDocument
)

AnyResult: TypeAlias = (
    AuditResult
    | ScanResult
    | DiffResult
    | HistoryResult
    | VerifyResult
    | MarksResult
    | Explained
    | EditResult
    | SchemesResult
    | Statement
    | Evidence
    | PolicyReplay
    | Hunted
    | Asked
)

FORMS: tuple[Form[Any], ...] = (
    audit_v1.FORM,
    scan_v1.FORM,
    diff_v1.FORM,
    bisect_v1.FORM,
    verify_v1.FORM,
    marks_v1.FORM,
    marks_explain_v1.FORM,
    marks_edits_v1.FORM,
    marks_schemes_v1.FORM,
    statement_v1.FORM,
    evidence_v1.FORM,
    replay_v1.FORM,
    hunt_v1.FORM,
    hunt_explain_v1.FORM,
)
"""Every form of document. A form that is not here is found missing by a test."""

FORMATS_OF: Mapping[str, tuple[Format, ...]] = {
    "audit": FORMATS,
    "scan": FORMATS,
    "diff": ("text", "json"),
    "bisect": ("text", "json"),
    "verify": ("text", "json"),
    "marks": ("text", "json", "html"),
    "marks-explain": ("text", "json"),
    "marks-edits": ("text", "json"),
    "marks-schemes": ("text", "json"),
    "statement": ("text", "json"),
    "evidence": ("text", "json"),
    "replay": ("text", "json"),
    "hunt": ("text", "json", "html"),
    "hunt-explain": ("text", "json"),
}
"""Name of the form -> formats in which it is rendered."""

SCHEMA = audit_v1.FORM.schema


@overload
def to_document(result: AuditResult) -> Document: ...
@overload
def to_document(result: ScanResult) -> ScanDocument: ...
@overload
def to_document(result: DiffResult) -> DiffDocument: ...
@overload
def to_document(result: HistoryResult) -> BisectDocument: ...
@overload
def to_document(result: VerifyResult) -> VerifyDocument: ...
@overload
def to_document(result: MarksResult) -> MarksDocument: ...
@overload
def to_document(result: Explained) -> ExplainDocument: ...
@overload
def to_document(result: EditResult) -> EditsDocument: ...
@overload
def to_document(result: SchemesResult) -> SchemesDocument: ...
@overload
def to_document(result: Statement) -> StatementDocument: ...
@overload
def to_document(result: Evidence) -> EvidenceDocument: ...
@overload
def to_document(result: PolicyReplay) -> ReplayDocument: ...
@overload
def to_document(result: Hunted) -> HuntDocument: ...
@overload
def to_document(result: Asked) -> HuntExplainDocument: ...
def to_document(result: AnyResult) -> AnyDocument:
    """Return the public form of a result. Pure; InternalError for what no document can hold (NaN, a negative count)."""
    match result:
        case AuditResult():
            return audit_convert.to_document(result)
        case ScanResult():
            return scan_convert.to_document(result)
        case DiffResult():
            return diff_convert.to_document(result)
        case HistoryResult():
            return bisect_convert.to_document(result)
        case VerifyResult():
            return verify_convert.to_document(result)
        case MarksResult():
            return marks_convert.to_document(result)
        case Explained():
            return marks_explain_convert.to_document(result)
        case EditResult():
            return marks_edits_convert.to_document(result)
        case SchemesResult():
            return marks_schemes_convert.to_document(result)
        case Statement():
            return statement_convert.to_document(result)
        case Evidence():
            return evidence_convert.to_document(result)
        case PolicyReplay():
            return replay_convert.to_document(result)
        case Hunted():
            return hunt_convert.to_document(result)
        case Asked():
            return hunt_explain_convert.to_document(result)


def decode(data: bytes) -> Document:
    """Read an audit document; FormatError in one sentence for anything that is not a whole and consistent one."""
    return audit_v1.FORM.decode(data)


def decode_any(data: bytes) -> AnyDocument:
    """Read a document of any form; FormatError in one sentence for what is not a whole and consistent one."""
    schema = header_schema(data)
    for form in FORMS:
        if form.schema == schema:
            document: AnyDocument = form.decode(data)
            return document
    known = ", ".join(form.schema for form in FORMS)
    raise FormatError(f"This document is of the form {shorten(schema, 60)!r}; what can be read is {known}.")


def render(
    document: AnyDocument,
    format: Format,  # noqa: A002 - the name of the command line's option
    *,
    color: bool = False,
    width: int = 100,
    verbose: bool = False,
) -> str:
    """Return a document in one of the `FORMATS_OF` its form, with a final newline; UsageError for any other.

    `color`, `width` (in terminal cells) and `verbose` concern `text` alone. Pure: equal arguments give equal text.
    """
    formats = FORMATS_OF[_form(document).name]
    if format not in formats:
        raise UsageError(f"There is no format {format!r}; there are {', '.join(formats)}.")
    match format:
        case "text":
            return _text(document, color=color, width=width, verbose=verbose)
        case "json":
            return json_.render(document)
    return _otherwise(document, format)


def _form(document: AnyDocument) -> Form[Any]:
    return next(form for form in FORMS if isinstance(document, form.type))


def _text(document: AnyDocument, *, color: bool, width: int, verbose: bool) -> str:
    match document:
        case Document():
            return audit_text.render(document, color=color, width=width, verbose=verbose)
        case ScanDocument():
            return scan_text.render(document, color=color, width=width, verbose=verbose)
        case DiffDocument():
            return diff_text.render(document, color=color, width=width, verbose=verbose)
        case BisectDocument():
            return bisect_text.render(document, color=color, width=width, verbose=verbose)
        case VerifyDocument():
            return verify_text.render(document, color=color, width=width, verbose=verbose)
        case MarksDocument():
            return marks_text.render(document, color=color, width=width, verbose=verbose)
        case ExplainDocument():
            return marks_explain_text.render(document, color=color, width=width, verbose=verbose)
        case EditsDocument():
            return marks_edits_text.render(document, color=color, width=width, verbose=verbose)
        case SchemesDocument():
            return marks_schemes_text.render(document, color=color, width=width)
        case StatementDocument():
            return statement_text.render(document, color=color, width=width)
        case EvidenceDocument():
            return evidence_text.render(document, color=color, width=width)
        case ReplayDocument():
            return replay_text.render(document, color=color, width=width, verbose=verbose)
        case HuntDocument():
            return hunt_text.render(document, color=color, width=width, verbose=verbose)
        case HuntExplainDocument():
            return hunt_explain_text.render(document, color=color, width=width, verbose=verbose)


def _otherwise(document: AnyDocument, format: Format) -> str:  # noqa: A002 - as above
    match document, format:
        case Document(), "sarif":
            return audit_sarif.render(document)
        case ScanDocument(), "sarif":
            return scan_sarif.render(document)
        case Document(), _:
            from wiretell.report.audit import html as audit_html  # jinja2 is slow to import, and only pages need it

            return audit_html.render(document)
        case ScanDocument(), _:
            from wiretell.report.scan import html as scan_html

            return scan_html.render(document)
        case MarksDocument(), "html":
            from wiretell.report.marks import html as marks_html

            return marks_html.render(document)
        case HuntDocument(), "html":
            from wiretell.report.hunt import html as hunt_html

            return hunt_html.render(document)
    raise InternalError(f"A {_form(document).name} document has no format {format}.")
