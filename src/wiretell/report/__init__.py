"""6: the public documents, and their renderings for people and programs.

Every rendering is made from a document, so a saved one is rendered again without a new analysis. Each document has a
folder of its own (`audit`, `scan`, `diff`, `marks` ...): `document_v1` is its form (`FORM`), `convert` makes it from a
result (`to_document`), and each format but JSON is a module with `render`. They are imported when they are needed:
all of them together take a quarter of a second.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, Union, overload

from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.report.form import Form, encode, header_schema, reproducible

if TYPE_CHECKING:
    from wiretell.model.accounts import Evidence, PolicyReplay, Statement
    from wiretell.model.findings import AuditResult
    from wiretell.model.fleet import Checked, Inventory, Removal
    from wiretell.model.fleet_report import FleetReport
    from wiretell.model.history import DiffResult, HistoryResult, VerifyResult
    from wiretell.model.hunt import Hunted
    from wiretell.model.marks import EditResult, Explained, MarksResult
    from wiretell.model.scan import ScanResult
    from wiretell.model.schemes import SchemesResult
    from wiretell.report.audit.document_v1 import Document
    from wiretell.report.bisect.document_v1 import BisectDocument
    from wiretell.report.diff.document_v1 import DiffDocument
    from wiretell.report.evidence.document_v1 import EvidenceDocument
    from wiretell.report.fleet_check.document_v1 import CheckDocument
    from wiretell.report.fleet_inventory.document_v1 import InventoryDocument
    from wiretell.report.fleet_removal.document_v1 import RemovalDocument
    from wiretell.report.fleet_report.document_v1 import FleetReportDocument
    from wiretell.report.hunt.document_v1 import HuntDocument
    from wiretell.report.hunt_explain.convert import Asked
    from wiretell.report.hunt_explain.document_v1 import HuntExplainDocument
    from wiretell.report.marks.document_v1 import MarksDocument
    from wiretell.report.marks_edits.document_v1 import EditsDocument
    from wiretell.report.marks_explain.document_v1 import ExplainDocument
    from wiretell.report.marks_schemes.document_v1 import SchemesDocument
    from wiretell.report.progress import Progress
    from wiretell.report.replay.document_v1 import ReplayDocument
    from wiretell.report.scan.document_v1 import ScanDocument
    from wiretell.report.statement.document_v1 import StatementDocument
    from wiretell.report.verify.document_v1 import VerifyDocument

    FORMS: tuple[Form[Any], ...]
    """Every form of document. A form that is not here is found missing by a test."""

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
        | InventoryDocument
        | CheckDocument
        | RemovalDocument
        | FleetReportDocument
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
        | Inventory
        | Checked
        | Removal
        | FleetReport
    )

__all__ = [
    "FORMATS",
    "FORMATS_OF",
    "FORMS",
    "SCHEMA",
    "AnyDocument",
    "BisectDocument",
    "CheckDocument",
    "DiffDocument",
    "Document",
    "EditsDocument",
    "EvidenceDocument",
    "ExplainDocument",
    "FleetReportDocument",
    "Format",
    "HuntDocument",
    "HuntExplainDocument",
    "InventoryDocument",
    "MarksDocument",
    "Progress",
    "RemovalDocument",
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

_EVERY: Final[Mapping[str, tuple[str, str, tuple[Format, ...]]]] = {
    "audit": ("Document", "AuditResult", FORMATS),
    "scan": ("ScanDocument", "ScanResult", FORMATS),
    "diff": ("DiffDocument", "DiffResult", ("text", "json")),
    "bisect": ("BisectDocument", "HistoryResult", ("text", "json")),
    "verify": ("VerifyDocument", "VerifyResult", ("text", "json")),
    "marks": ("MarksDocument", "MarksResult", ("text", "json", "html")),
    "marks-explain": ("ExplainDocument", "Explained", ("text", "json")),
    "marks-edits": ("EditsDocument", "EditResult", ("text", "json")),
    "marks-schemes": ("SchemesDocument", "SchemesResult", ("text", "json")),
    "statement": ("StatementDocument", "Statement", ("text", "json")),
    "evidence": ("EvidenceDocument", "Evidence", ("text", "json")),
    "replay": ("ReplayDocument", "PolicyReplay", ("text", "json")),
    "hunt": ("HuntDocument", "Hunted", ("text", "json", "html")),
    "hunt-explain": ("HuntExplainDocument", "Asked", ("text", "json")),
    "fleet-inventory": ("InventoryDocument", "Inventory", ("text", "json")),
    "fleet-check": ("CheckDocument", "Checked", ("text", "json")),
    "fleet-report": ("FleetReportDocument", "FleetReport", ("text", "json", "html")),
    "fleet-removal": ("RemovalDocument", "Removal", ("text", "json")),
}
"""Name of the form -> type of the document, type of the result it is made from, formats in which it is rendered."""

FORMATS_OF: Mapping[str, tuple[Format, ...]] = {name: formats for name, (_, _, formats) in _EVERY.items()}
_DOCUMENTS: Final = {document: name for name, (document, _, _) in _EVERY.items()}
_RESULTS: Final = {result: name for name, (_, result, _) in _EVERY.items()}

SCHEMA: Final = "wiretell/audit/1"

_WHOLE: Final = frozenset({"marks-schemes", "statement", "evidence"})
"""Forms whose text leaves nothing out, so that there is no more to show."""


def __getattr__(name: str) -> Any:
    """Import what is named (PEP 562). Where a name is a type of document, from that document's folder."""
    if name in _DOCUMENTS:
        return getattr(_part(_DOCUMENTS[name], "document_v1"), name)
    if name == "FORMS":
        return tuple(map(_form, FORMATS_OF))
    if name == "AnyDocument":
        return Union[tuple(_form(each).type for each in FORMATS_OF)]  # noqa: UP007 - as many as there are
    if name == "Progress":
        return importlib.import_module("wiretell.report.progress").Progress
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _part(form: str, module: str) -> Any:
    """Import one module of a document's folder."""
    return importlib.import_module(f"wiretell.report.{form.replace('-', '_')}.{module}")


def _form(name: str) -> Form[Any]:
    form: Form[Any] = _part(name, "document_v1").FORM
    return form


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
@overload
def to_document(result: Inventory) -> InventoryDocument: ...
@overload
def to_document(result: Checked) -> CheckDocument: ...
@overload
def to_document(result: FleetReport) -> FleetReportDocument: ...
@overload
def to_document(result: Removal) -> RemovalDocument: ...
def to_document(result: AnyResult) -> AnyDocument:
    """Return the public form of a result. Pure; InternalError for what no document can hold (NaN, a negative count)."""
    document: AnyDocument = _part(_RESULTS[type(result).__name__], "convert").to_document(result)
    return document


def decode(data: bytes) -> Document:
    """Read an audit document; FormatError in one sentence for anything that is not a whole and consistent one."""
    document: Document = _form("audit").decode(data)
    return document


def decode_any(data: bytes) -> AnyDocument:
    """Read a document of any form; FormatError in one sentence for what is not a whole and consistent one."""
    schema = header_schema(data)
    for name in FORMATS_OF:
        if schema == f"wiretell/{name}/1":
            document: AnyDocument = _form(name).decode(data)
            return document
    from wiretell.report.glyphs import shorten

    known = ", ".join(FORMATS_OF)
    raise FormatError(
        f"This document is of the form {shorten(schema, 60)!r}; what can be read is wiretell/NAME/1, of {known}."
    )


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
    name = _DOCUMENTS.get(type(document).__name__)
    if name is None:
        raise InternalError(f"A {type(document).__name__} has no form.")
    formats = FORMATS_OF[name]
    if format not in formats:
        raise UsageError(f"There is no format {format!r}; there are {', '.join(formats)}.")
    if format == "json":
        return encode(document).decode()
    for_text = {"color": color, "width": width} | ({} if name in _WHOLE else {"verbose": verbose})
    told: str = _part(name, format).render(document, **(for_text if format == "text" else {}))
    return told
