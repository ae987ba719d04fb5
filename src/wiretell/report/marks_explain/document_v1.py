"""The explanation document `wiretell/marks-explain/1`: what some settings would be marked as, and why.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.report.form import Count, Form, says


class Signal(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One thing that the scheme looks for."""

    name: Annotated[str, says("As the package names it: `known`, `labKw`, `cnTZ`.")]
    fires: Annotated[bool, says("Whether it is there; behind a closed gate none fires.")]
    source: Annotated[str, says("What is read: `ANTHROPIC_BASE_URL`, `time zone`.")]
    value: Annotated[str, says("What was compared: the host name, the zone's name; empty where there is none.")]
    rule: Annotated[str, says("How it matched: `exact`, `suffix` or `substring`. Optional.")] = ""
    entry: Annotated[str, says("The entry in the vendor's list that matched. Optional.")] = ""
    others: Annotated[tuple[str, ...], says("Further entries that match, in the list's order. Optional.")] = ()
    why: Annotated[str, says("The reason, in one sentence. Optional.")] = ""


class State(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A state of the scheme."""

    name: Annotated[str, says("`none`, or the names of the signals that fire, joined by `+`.")]
    number: Annotated[Count, says("The bits, first signal lowest: `known` 1, `labKw` 2, `cnTZ` 4.")]
    meaning: Annotated[str, says("What it says, in one sentence.")]


class Symbol(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A character by which the sentence tells the state."""

    character: Annotated[str, says("The character.")]
    codepoint: Annotated[str, says("Such as `U+02BC`.")]
    name: Annotated[str, says("Its Unicode name.")]
    count: Annotated[Count, says("How often it stands in the sentence.")]
    utf8: Annotated[str, says("Its bytes in UTF-8: hex, parted by spaces.")]
    escape: Annotated[str, says("As a JSON escape: `\\u02bc`.")]


class VersionRange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Published versions that write this scheme's marks, both ends included."""

    product: Annotated[str, says("Name of the product.")]
    first: Annotated[str, says("First version.")]
    first_date: Annotated[str, says("Day on which it was published, ISO 8601, UTC.")]
    last: Annotated[str, says("Last version.")]
    last_date: Annotated[str, says("Day on which it was published, ISO 8601, UTC.")]
    source: Annotated[str, says("Where that is known from.")]


class ExplainDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What some settings would be marked as."""

    schema: Annotated[Literal["wiretell/marks-explain/1"], says("Name and version of this form.")]
    scheme: Annotated[str, says("Name of the scheme.")]
    base_url: Annotated[
        str | None,
        says(
            "Scheme, host and port of `ANTHROPIC_BASE_URL`; `***` stands for the rest, which may hold a key. Null "
            "where it is not set."
        ),
    ]
    timezone: Annotated[str | None, says("Name of the time zone as the runtime tells it; null where nobody knows.")]
    origin: Annotated[
        dict[str, str], says("`base_url`, `timezone` -> where the value comes from, such as `--timezone`.")
    ]
    gate_open: Annotated[bool, says("Whether the scheme looks at all; where not, the state is `none`.")]
    gate_why: Annotated[str, says("Why, in one sentence.")]
    signals: Annotated[tuple[Signal, ...], says("Every signal of the scheme, in its order.")]
    state: Annotated[State, says("What follows.")]
    sentence: Annotated[str, says("The sentence as it would be written.")]
    symbols: Annotated[
        tuple[Symbol, ...], says("The characters of the sentence that tell the state, in order of appearance.")
    ]
    spellings: Annotated[
        dict[str, str], says("`utf-8`: bytes of the sentence in hex. `json`: the sentence as a JSON string in ASCII.")
    ]
    versions: Annotated[tuple[VersionRange, ...], says("Published versions for which this holds.")]
    notes: Annotated[tuple[str, ...], says("What a reader should know besides, in sentences. Optional.")] = ()


def _check(document: ExplainDocument) -> None:
    if not document.gate_open and any(signal.fires for signal in document.signals):
        raise FormatError("This marks-explain document has a signal that fires behind a closed gate.")
    number = sum(1 << place for place, signal in enumerate(document.signals) if signal.fires)
    if number != document.state.number:
        raise FormatError("The state of this marks-explain document does not follow from its signals.")


FORM: Final = Form("marks-explain", ExplainDocument, _check)
