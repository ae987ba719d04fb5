"""The schemes document `wiretell/marks-schemes/1`: what marks are known, where they stand, from where that is known.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.report.form import Count, Form, says
from wiretell.report.marks_explain.document_v1 import State, VersionRange


class SchemeVerb(StrEnum):
    """A verb of `wiretell marks` that takes a scheme."""

    EXPLAIN = "explain"
    READ = "read"
    STRIP = "strip"
    WRITE = "write"


class VendorList(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One of the vendor's lists that a scheme compares with."""

    signal: Annotated[str, says("The signal it is for: `known`, `labKw`.")]
    rule: Annotated[str, says("How a host name is compared: `suffix` (equal, or behind a dot) or `substring`.")]
    count: Annotated[Count, says("Number of its entries.")]
    sha256: Annotated[str, says("Of the entries joined by commas; hex.")]
    package: Annotated[str, says("The package it was decoded from, with its version.")]
    package_sha256: Annotated[str, says("Of that package's tarball; hex.")]
    entries: Annotated[
        tuple[str, ...], says("The entries, in the order of the original; with `--lists` alone. Optional.")
    ] = ()


class Scheme(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A documented way of writing and reading marks, or a detector, which knows no writer."""

    name: Annotated[str, says("As in `--scheme`.")]
    title: Annotated[str, says("What it finds, in a few words.")]
    place: Annotated[str, says("Where it applies, in one sentence.")]
    verbs: Annotated[tuple[SchemeVerb, ...], says("The verbs that take it.")]
    states: Annotated[tuple[State, ...], says("All it can write, in the order of their numbers. Optional.")] = ()
    versions: Annotated[tuple[VersionRange, ...], says("Published versions that write it. Optional.")] = ()
    sources: Annotated[tuple[str, ...], says("Addresses where it is described. Optional.")] = ()
    lists: Annotated[tuple[VendorList, ...], says("The vendor's lists it compares with. Optional.")] = ()


class SchemesDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of marks."""

    schema: Annotated[Literal["wiretell/marks-schemes/1"], says("Name and version of this form.")]
    schemes: Annotated[tuple[Scheme, ...], says("Every scheme, then every detector.")]


def _check(document: SchemesDocument) -> None:
    names = [scheme.name for scheme in document.schemes]
    if len(set(names)) != len(names):
        raise FormatError("This marks-schemes document has two schemes of one name.")
    for scheme in document.schemes:
        if bool(scheme.states) != (SchemeVerb.WRITE in scheme.verbs):
            raise FormatError("A scheme of this marks-schemes document is written without states, or has states alone.")
        if any(found.entries and found.count != len(found.entries) for found in scheme.lists):
            raise FormatError("A list of this marks-schemes document does not have as many entries as it says.")


FORM: Final = Form("marks-schemes", SchemesDocument, _check)
