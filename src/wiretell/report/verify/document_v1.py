"""The verify document `wiretell/verify/1`: whether what an earlier audit found is gone, and the new audit in full.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.model.history import Fate
from wiretell.report.audit import document_v1 as audit_v1
from wiretell.report.audit.document_v1 import Channel, Document, Target
from wiretell.report.form import Form, says


class CheckedChannel(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A covert channel of the earlier audit, looked for again."""

    earlier: Annotated[Channel, says("The channel as the earlier audit has it.")]
    fate: Annotated[
        Fate,
        says(
            "`removed`: the worlds that showed it were run again, and it showed nothing. `present`: it is there. "
            "`unknown`: its worlds could not be run again, or the agent asked no model in them."
        ),
    ]
    now: Annotated[Channel | None, says("The channel that was found in its stead. Optional.")] = None
    runs: Annotated[tuple[int, ...], says("Runs of the new audit in the worlds that had shown it. Optional.")] = ()
    note: Annotated[str, says("Anything a reader should know about it. Optional.")] = ""


class VerifyDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An earlier audit, checked by a new one."""

    schema: Annotated[Literal["wiretell/verify/1"], says("Name and version of this form.")]
    verdict: Annotated[
        Literal["removed", "present", "inconclusive"],
        says("`removed`: no channel of the earlier audit and no new covert one is there. `present`, `inconclusive`."),
    ]
    reasons: Annotated[tuple[str, ...], says("Why the verdict is what it is, in sentences. Optional.")] = ()
    against: Annotated[Target, says("Target of the earlier audit.")]
    channels: Annotated[tuple[CheckedChannel, ...], says("Covert channels of the earlier audit.")]
    new: Annotated[tuple[Channel, ...], says("Covert channels that the earlier audit did not have.")]
    audit: Annotated[Document, says("The new audit, a whole document of its own.")]
    command: Annotated[str, says("A command that repeats this. Optional.")] = ""


def _check(document: VerifyDocument) -> None:
    audit_v1.FORM.check(document.audit)


FORM: Final = Form("verify", VerifyDocument, _check)
