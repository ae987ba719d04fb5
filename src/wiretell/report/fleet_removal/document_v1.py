"""The removal document `wiretell/fleet-removal/1`: the steps, what came of each, and the inventories around them.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.fleet import Action, StepState
from wiretell.report.fleet_check import document_v1 as check_v1
from wiretell.report.fleet_check.document_v1 import CheckDocument
from wiretell.report.form import Count, Form, says


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One step of a removal."""

    action: Annotated[
        Action,
        says(
            "`end`: a process is asked to end, then made to. `archive`: the user's own files are kept in the archive, "
            "then taken away. `take`: a file, a link or a folder is taken away. `tidy`: a folder that the steps before "
            "leave empty is taken away. `package`: the system's package manager removes a package. `left`: the user "
            "has to do it."
        ),
    ]
    target: Annotated[str, says("Absolute path, `pid 1234`, or a package's name.")]
    finding: Annotated[str, says("Id of the finding that it is for.")]
    told: Annotated[str, says("The command that does the same, or for what is left a sentence.")]
    state: Annotated[
        StepState,
        says(
            "`planned`: nothing was done. `done`. `undone`: put back, because another step failed. `failed`: `why` "
            "says why. `left`: to be done by the user."
        ),
    ]
    why: Annotated[str, says("What a reader should know of the state. Optional.")] = ""


class RemovalDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A removal: a plan, or what came of it, with the proof."""

    schema: Annotated[Literal["wiretell/fleet-removal/1"], says("Name and version of this form.")]
    verdict: Annotated[
        Literal["nothing", "planned", "removed", "left"],
        says(
            "`nothing`: nothing banned was there. `planned`: something banned is there, and nothing was done. "
            "`removed`: a new inventory has nothing that is banned. `left`: something banned is still there."
        ),
    ]
    applied: Annotated[bool, says("Whether it was carried out, or only planned.")]
    resumed: Annotated[bool, says("Whether it took up one that had been broken off. Optional.")] = False
    steps: Annotated[tuple[Step, ...], says("In the order in which they are done.")]
    archive: Annotated[str, says("Where the user's own files are kept. Optional.")] = ""
    archived: Annotated[tuple[str, ...], says("Their paths as they were. Optional.")] = ()
    left: Annotated[Count, says("Findings that are banned and still there.")]
    notes: Annotated[tuple[str, ...], says("What else a reader should know, in sentences. Optional.")] = ()
    before: Annotated[CheckDocument, says("The inventory before, held against the policy: a whole document.")]
    after: Annotated[
        CheckDocument | None,
        says("The proof: a new inventory after it, held against the same policy at the same moment. Optional."),
    ] = None


def _check(document: RemovalDocument) -> None:
    for check in filter(None, (document.before, document.after)):
        check_v1.FORM.check(check)
    last = document.after or document.before
    if document.left != last.banned:
        raise FormatError(f"This removal says that {document.left} banned are left; its last inventory, {last.banned}.")
    if document.verdict != verdict(document.applied, document.before.banned, document.left):
        raise FormatError(f"This removal's verdict {document.verdict!r} is not what its inventories say.")


def verdict(applied: bool, before: int, left: int) -> Literal["nothing", "planned", "removed", "left"]:
    """Return the verdict of a removal, from how much was banned before and after."""
    if left:
        return "left" if applied else "planned"
    return "removed" if before else "nothing"


FORM: Final = Form("fleet-removal", RemovalDocument, _check)
