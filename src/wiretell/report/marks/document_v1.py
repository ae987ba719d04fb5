"""The marks document `wiretell/marks/1`: covert symbols that were read, where, how surely, and what was not read.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.marks import Certainty
from wiretell.report.form import Amount, Count, Form, says
from wiretell.report.shared_v1 import NotExamined


class Where(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The place of a mark."""

    source: Annotated[str, says("The file as it was named; `-` is standard input.")]
    record: Annotated[
        Count,
        says("1-based: the line of JSON Lines, the entry of a HAR, the row of Parquet, the exchange of captures."),
    ]
    line: Annotated[
        Count,
        says(
            "1-based line, lines ended by LF: of the file where it is read as it is, else (HAR, captures, Parquet) of "
            "the record's text."
        ),
    ]
    request: Annotated[
        str,
        says(
            "Method and target of the HTTP request, where the log has them, values of its query masked; of captures "
            "with the run before them: `run 9, POST /v1/messages?beta=true`. Optional."
        ),
    ] = ""
    column: Annotated[str, says("Column, of Parquet. Optional.")] = ""
    path: Annotated[
        str | None,
        says("JSON pointer (RFC 6901) of the string it stands in; empty for a document that is a string. Optional."),
    ] = None
    within: Annotated[
        tuple[str, ...],
        says(
            "Where JSON stands in strings of JSON: pointers of those strings, outermost first; `path` is in the "
            "innermost. Optional."
        ),
    ] = ()
    offset: Annotated[
        Count,
        says(
            "Bytes before its first symbol: from the beginning of the file for files that are read as they are, else "
            "(HAR, captures, Parquet) from the beginning of the record's text."
        ),
    ]
    length: Annotated[Count, says("Bytes from there to the end of its last symbol, as spelled in the file.")]


class Mark(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A covert symbol found in a text."""

    scheme: Annotated[str, says("`date-line`, or the name of a detector: `invisible`, `tags`, `bidi` and others.")]
    state: Annotated[str, says("Name of the scheme's state, such as `known+cnTZ`; of a detector, what kind it is.")]
    meaning: Annotated[str, says("What the state says, or what a reader does not see; one sentence.")]
    certainty: Annotated[
        Certainty,
        says(
            "`certain`: in the one place where the scheme writes, with a symbol that nothing else is known to write "
            "there. `likely`: the symbol of a scheme out of its place, or a hidden character for which no ordinary "
            "use fits. `possible`: ordinary writing does the same."
        ),
    ]
    innocent: Annotated[
        tuple[str, ...], says("Ways in which it could be there without being a mark, one sentence each.")
    ]
    codepoints: Annotated[
        tuple[str, ...], says("The characters that write it, such as `U+02BC`, each once, in order of appearance.")
    ]
    excerpt: Annotated[str, says("What stands there and around it, decoded, at most 80 characters.")]
    hidden: Annotated[str, says("What tag characters or a run of invisible ones spell. Optional.")] = ""
    where: Annotated[Where, says("The place.")]
    account: Annotated[
        str, says("Who sent it, as far as the log says; `device:` and an id where that alone is known. Optional.")
    ] = ""
    client: Annotated[str, says("The client by its user agent, such as `claude-cli`. Optional.")] = ""
    version: Annotated[str, says("Version of the client. Optional.")] = ""
    day: Annotated[str, says("Day of the record, ISO 8601, UTC. Optional.")] = ""


class Row(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was seen of one account, client, version and day."""

    account: Annotated[str, says("Who sent the records, as far as the log says. Optional.")] = ""
    client: Annotated[str, says("The client by its user agent. Optional.")] = ""
    version: Annotated[str, says("Version of the client. Optional.")] = ""
    day: Annotated[str, says("ISO 8601, UTC. Optional.")] = ""
    records: Annotated[Count, says("Records with a mark, or with a place where one could have been written.")]
    unmarked: Annotated[dict[str, Count], says("Scheme -> places where it could have written a mark and wrote none.")]
    marks: Annotated[dict[str, Count], says("`scheme:state` -> how often.")]


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file that was to be read."""

    source: Annotated[str, says("The file as it was named, or found in a folder or by a glob; `-` is standard input.")]
    form: Annotated[
        str,
        says(
            "`text`, `json`, `jsonl`, `har`, `captures` or `parquet`; `unread` where nothing in it could be examined, "
            "which `not_examined` explains."
        ),
    ]
    records: Annotated[Count, says("Records that were read.")]
    bytes: Annotated[Count, says("Bytes that were read.")]
    marks: Annotated[Count, says("Marks in it.")]


class MarksDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was read."""

    schema: Annotated[Literal["wiretell/marks/1"], says("Name and version of this form.")]
    schemes: Annotated[tuple[str, ...], says("Schemes and detectors that were read for.")]
    total: Annotated[Count, says("Number of marks.")]
    not_listed: Annotated[Count, says("Marks that are counted and not listed, beyond what `--limit` allows.")]
    marked_records: Annotated[
        Count, says("Records with a mark, listed or not; absent where nobody counted. Optional.")
    ] = 0
    marks: Annotated[tuple[Mark, ...], says("The first marks, in the order in which they were read.")]
    counts: Annotated[dict[str, Count], says("`scheme:state` -> how often, of all marks.")]
    certainties: Annotated[dict[str, Count], says("Certainty -> how often, of all marks.")]
    ordinary: Annotated[
        dict[str, Count],
        says("What could carry a mark and is in ordinary use here, such as `joiner in an emoji` -> how often."),
    ]
    summary: Annotated[
        tuple[Row, ...], says("By account, client, version and day, as far as the log tells them; one row where not.")
    ]
    sources: Annotated[tuple[Source, ...], says("The files that were to be read.")]
    not_examined: Annotated[tuple[NotExamined, ...], says("What was not looked at, and why.")]
    wall_s: Annotated[Amount, says("Duration in seconds.")]
    started: Annotated[str, says("When it began: UTC, ISO 8601; empty in a reproducible document.")]
    wiretell: Annotated[str, says("Version of wiretell that wrote this; empty in a reproducible document.")]
    command: Annotated[str, says("A command that repeats this. Optional.")] = ""


def _check(document: MarksDocument) -> None:
    if document.total != len(document.marks) + document.not_listed:
        raise FormatError("This marks document does not have as many marks as it says.")
    if document.total != sum(document.counts.values()) or document.total != sum(document.certainties.values()):
        raise FormatError("The counts of this marks document do not add up to its marks.")
    if document.marked_records > document.total:
        raise FormatError("This marks document has more records with a mark than marks.")
    if any(not mark.innocent for mark in document.marks):
        raise FormatError("A mark of this marks document does not say how it could be innocent.")


FORM: Final = Form("marks", MarksDocument, _check)
