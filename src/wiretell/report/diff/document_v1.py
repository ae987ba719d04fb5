"""The diff document `wiretell/diff/1`: what is new between two packages, by literals and not by minified names.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.history import Change, LiteralKind
from wiretell.report.form import Amount, Count, Form, says
from wiretell.report.shared_v1 import DecodedList, NotExamined, Package, Place, check_lists


class LiteralChange(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename={"decoded": "list"}
):
    """A literal that one package has and the other has not."""

    change: Annotated[Change, says("`new`: only `b` has it. `gone`: only `a` has it.")]
    kind: Annotated[
        LiteralKind,
        says(
            "`list`: a hidden list. `lookalike`: one character that looks like an ASCII one, or is not shown. "
            "`compared`: something read is compared with it. `encoded`: looks like base64 or hexadecimal digits."
        ),
    ]
    value: Annotated[str, says("The literal, decoded; of a list, its entries joined by the separator.")]
    count: Annotated[Count, says("How often it stands in the package that has it.")]
    places: Annotated[tuple[Place, ...], says("The first few places.")]
    codepoints: Annotated[tuple[str, ...], says("Of a lookalike, such as `U+2019`. Optional.")] = ()
    decoded: Annotated[DecodedList | None, says("Of a list: how it was decoded, and its entries. Optional.")] = None
    near: Annotated[tuple[str, ...], says("Other new (or gone) literals of note close by. Optional.")] = ()


class DiffDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Two packages, compared."""

    schema: Annotated[Literal["wiretell/diff/1"], says("Name and version of this form.")]
    a: Annotated[Package, says("The package that was compared with.")]
    b: Annotated[Package, says("The package that was compared.")]
    hidden: Annotated[Count, says("Number of hidden lists that are new.")]
    new: Annotated[Count, says("Number of literals that only `b` has.")]
    gone: Annotated[Count, says("Number of literals that only `a` has.")]
    distinct_a: Annotated[Count, says("Distinct literals of `a`.")]
    distinct_b: Annotated[Count, says("Distinct literals of `b`.")]
    literals: Annotated[
        tuple[LiteralChange, ...],
        says("By kind (lists, time zones, lookalikes, environment, hosts, compared, encoded, text), new before gone."),
    ]
    not_examined: Annotated[tuple[NotExamined, ...], says("What was not looked at, and why.")]
    wall_s: Annotated[Amount, says("Duration in seconds.")]
    started: Annotated[str, says("When it began: UTC, ISO 8601; empty in a reproducible document.")]
    wiretell: Annotated[str, says("Version of wiretell that wrote this; empty in a reproducible document.")]
    command: Annotated[str, says("A command that repeats this. Optional.")] = ""


def _check(document: DiffDocument) -> None:
    check_lists("diff", (change.decoded for change in document.literals if change.decoded))
    new = [change for change in document.literals if change.change is Change.NEW]
    lists = sum(change.kind is LiteralKind.LIST for change in new)
    if (document.new, document.gone, document.hidden) != (len(new), len(document.literals) - len(new), lists):
        raise FormatError("This diff document does not have as many literals as it says.")


FORM: Final = Form("diff", DiffDocument, _check)
