"""The edits document `wiretell/marks-edits/1`: each change that stripping or writing marks made to one text.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.marks import Certainty
from wiretell.report.form import Count, Form, says
from wiretell.report.shared_v1 import NotExamined

_LINE: Final = says("1-based line of the text, lines ended by LF.")
_PATH: Final = says("JSON pointer (RFC 6901) of the string it stands in. Optional.")
_WITHIN: Final = says(
    "Where JSON stands in strings of JSON: pointers of those strings, outermost first; `path` is in the innermost. "
    "Optional."
)


class Verb(StrEnum):
    """What was done to the text."""

    STRIP = "strip"
    WRITE = "write"


class Edit(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One replacement."""

    scheme: Annotated[str, says("The scheme or detector whose mark was taken out or put in.")]
    rule: Annotated[str, says("What was replaced: `apostrophe`, `separator`, or a detector's kind.")]
    line: Annotated[Count, _LINE]
    path: Annotated[str | None, _PATH] = None
    within: Annotated[tuple[str, ...], _WITHIN] = ()
    offset: Annotated[Count, says("Bytes before it, in the text before any edit.")]
    before: Annotated[
        str,
        says(
            "As it stood, in the text's own spelling: an escape stays an escape, bytes that are no UTF-8 are `\\udc80` "
            "to `\\udcff`."
        ),
    ]
    after: Annotated[str, says("What stands there now, in the text's own spelling.")]


class Left(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A mark that was seen and left alone, because it stands where edits are made only when asked for."""

    scheme: Annotated[str, says("The scheme or detector.")]
    state: Annotated[str, says("Name of the scheme's state; of a detector, what kind it is.")]
    meaning: Annotated[str, says("What the state says, or what a reader does not see; one sentence.")]
    certainty: Annotated[Certainty, says("How sure a reader can be that it was written as a mark.")]
    codepoints: Annotated[tuple[str, ...], says("The characters that write it, such as `U+02BC`.")]
    excerpt: Annotated[str, says("What stands there and around it, decoded.")]
    line: Annotated[Count, _LINE]
    path: Annotated[str | None, _PATH] = None
    within: Annotated[tuple[str, ...], _WITHIN] = ()
    offset: Annotated[Count, says("Bytes before it, in the text before any edit.")]
    length: Annotated[Count, says("Bytes to the end of its last symbol, in the text before any edit.")]


class EditsDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was done to one text."""

    schema: Annotated[Literal["wiretell/marks-edits/1"], says("Name and version of this form.")]
    verb: Annotated[Verb, says("`strip`: marks were taken out. `write`: a state was put in.")]
    source: Annotated[str, says("The file as it was named; `-` is standard input, empty is a text of wiretell's own.")]
    schemes: Annotated[tuple[str, ...], says("Schemes and detectors that were asked for.")]
    state: Annotated[str, says("State that was written. Optional.")] = ""
    edits: Annotated[tuple[Edit, ...], says("Every change, in the order of the text; none: it is what it was.")]
    left: Annotated[
        tuple[Left, ...], says("Marks that were seen and left alone; `--anywhere` includes the places they stand in.")
    ]
    bytes_before: Annotated[Count, says("Length of the text before, in bytes.")]
    bytes_after: Annotated[Count, says("Length of the text after, in bytes.")]
    not_examined: Annotated[tuple[NotExamined, ...], says("What was not looked at, and why.")]


def _check(document: EditsDocument) -> None:
    offsets = [edit.offset for edit in document.edits]
    if offsets != sorted(offsets):
        raise FormatError("The edits of this marks-edits document are not in the order of the text.")
    if document.verb is Verb.WRITE and not document.state:
        raise FormatError("This marks-edits document does not name the state that was written.")


FORM: Final = Form("marks-edits", EditsDocument, _check)
