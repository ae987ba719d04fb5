"""The evidence document `wiretell/evidence/1`: what a signed export holds, and whether it is as it was signed.

`form.py` says what all documents have in common. The export itself is a zip file; its form is on the same page.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.report.form import Count, Form, says


class Verdict(StrEnum):
    """Whether an export is as it was signed."""

    WHOLE = "whole"
    CHANGED = "changed"


class EvidenceDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A signed export, made or checked."""

    schema: Annotated[Literal["wiretell/evidence/1"], says("Name and version of this form.")]
    verdict: Annotated[
        Verdict, says("`whole`: the signature holds, and every file is as it was signed. `changed`: not so.")
    ]
    problems: Annotated[tuple[str, ...], says("What is not as it was signed, one sentence each. Optional.")] = ()
    file: Annotated[str, says("The export, as it was named.")]
    key: Annotated[str, says("SHA-256 of the public key (32 bytes) that signed it; hex; empty: it has none.")]
    key_is_known: Annotated[bool, says("Whether it was compared with a key that the reader named.")]
    user: Annotated[str, says("Whose exchanges; `(nobody)`: those without a user.")]
    period: Annotated[str, says("As asked for: `2026-07`, `2026-W28`, `2026-07-10`, or `all`.")]
    timezone: Annotated[str, says("In which the period begins.")]
    starts: Annotated[str, says("First moment of the period; ISO 8601, UTC.")]
    ends: Annotated[str, says("First moment after it; ISO 8601, UTC.")]
    created: Annotated[str, says("When it was made, by the clock of who made it; ISO 8601, UTC.")]
    exchanges: Annotated[Count, says("Exchanges in it.")]
    bodies: Annotated[Count, says("Of these, with heads and bodies.")]
    edits: Annotated[Count, says("Ledger entries: places that the gateway changed.")]
    head: Annotated[str, says("Last value of the log's hash chain when it was made; hex; empty: none.")]
    remarks: Annotated[tuple[str, ...], says("What it lacks, one sentence each. Optional.")] = ()


def _check(document: EvidenceDocument) -> None:
    if (document.verdict is Verdict.CHANGED) != bool(document.problems):
        raise FormatError("The verdict of this evidence document is not what its problems say.")
    if document.bodies > document.exchanges:
        raise FormatError("This evidence document has more bodies than exchanges.")


FORM: Final = Form("evidence", EvidenceDocument, _check)
