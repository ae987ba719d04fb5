"""The audit document `wiretell/audit/1`: what a report is written to, and what every rendering is made from.

A type of its own, not a dump of `model.findings`: the model may change freely, this form may only grow optional fields.
`docs/formats/audit.schema.json` and the tables of `docs/formats/audit.md` are made from the descriptions below, and a
test keeps all three alike. Lists keep the order of the audit; members that are empty and marked optional are left out.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from wiretell.errors import FormatError
from wiretell.model.findings import Carrier, Class, Verdict
from wiretell.report.glyphs import shorten

SCHEMA: Final = "wiretell/audit/1"


Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Amount = Annotated[float, Meta(ge=0)]


def _says(description: str) -> Meta:
    return Meta(description=description)


class Target(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was audited."""

    kind: Annotated[str, _says("`npm`, `pypi`, `folder` or `command`.")]
    name: Annotated[str, _says("Name of the package, or path of the folder or program.")]
    version: Annotated[str | None, _says("Version of the package; null where there is none.")]
    sha256: Annotated[
        str, _says("Of the archive that holds the program, or of the sorted list of a folder's files; hex.")
    ]
    agent: Annotated[str, _says("Name of the recipe that made it send a request.")]


class Where(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A place in what the agent sends."""

    request: Annotated[str, _says("Method and path, such as `POST /v1/messages`; empty for part `run`.")]
    part: Annotated[str, _says("`head`, `body`, `connection` or `run` (number of requests, timing, exit).")]
    path: Annotated[
        str, _says("JSON pointer (RFC 6901) in a body, header name in a head, name of the feature elsewhere.")
    ]
    offset: Annotated[
        Count | None,
        _says("Characters before the place in the decoded text at `path`, in the baseline world. Optional."),
    ] = None


class Symbol(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One value that a channel was shown to write, and when."""

    value: Annotated[str, _says("The value as text. A lone surrogate is written as the six characters `\\udXXX`.")]
    codepoints: Annotated[
        tuple[str, ...], _says("`U+02BC`, one for each character of `value`; for character carriers only. Optional.")
    ] = ()
    when: Annotated[
        tuple[dict[str, tuple[str, ...]], ...],
        _says("Combinations that were shown to write it, any of which suffices: fact -> levels, all facts at once."),
    ]
    context: Annotated[str, _says("The text around the value as sent. Optional.")] = ""
    runs: Annotated[tuple[int, ...], _says("Numbers of the runs that showed it, as in `table`. Optional.")] = ()


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Why a channel is believed."""

    runs: Annotated[Count, _says("Runs in which the place was seen.")]
    flips: Annotated[str | None, _says("`4/4`: flips that confirmed, of those tried; null where none was made.")]
    p_value: Annotated[Share, _says("Chance of so good a fit if no fact mattered, after Holm's correction.")]
    rate: Annotated[Share | None, _says("Share of repeats that show the symbol, where it is not 1. Optional.")] = None
    flip_runs: Annotated[
        tuple[tuple[int, int], ...],
        _says("Pairs of runs, without and with the cause, that make up the flips. Optional."),
    ] = ()


class Channel(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename={"cls": "class"}
):
    """A difference with its cause proven: facts -> symbols."""

    id: Annotated[str, _says("Name of the channel within this document.")]
    cls: Annotated[
        Class,
        _says(
            "`covert`: a reader sees no difference, or none that says what it tells. `undeclared`: visible, "
            "documented nowhere that the recipe cites. `declared`: documented by the vendor."
        ),
    ]
    carrier: Annotated[Carrier, _says("How the channel writes.")]
    where: Annotated[Where, _says("The place it writes to.")]
    facts: Annotated[tuple[str, ...], _says("Every fact that the channel needs, gates included.")]
    symbols: Annotated[tuple[Symbol, ...], _says("The values it was shown to write.")]
    bits: Annotated[Amount, _says("log2 of the number of distinct symbols shown.")]
    evidence: Annotated[Evidence, _says("Why it is believed.")]
    also: Annotated[tuple[Where, ...], _says("Other places that vary in step with this one. Optional.")] = ()
    declared_by: Annotated[
        tuple[str, ...], _says("URLs of the vendor's documentation, for class `declared`. Optional.")
    ] = ()
    note: Annotated[str, _says("Anything a reader should know about it. Optional.")] = ""


class FactCoverage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was tried of one fact."""

    levels: Annotated[tuple[str, ...], _says("Every level that was tried.")]
    paired: Annotated[Count, _says("Levels that took part in the pairwise array.")]
    alone: Annotated[Count, _says("Levels that were tried by themselves.")]


class NotExamined(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was not looked at."""

    what: Annotated[str, _says("What was not looked at.")]
    why: Annotated[str, _says("Why not.")]


class Coverage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was examined and, as plainly, what was not."""

    facts: Annotated[dict[str, FactCoverage], _says("Fact -> what was tried of it.")]
    not_examined: Annotated[tuple[NotExamined, ...], _says("What was not looked at, and why.")]


class Destination(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host that the agent reached for. Nothing left the lab: the addresses are the lab's own."""

    name: Annotated[
        str,
        _says(
            "Host name, or the address where no name was looked up. `(base_url)`: the hosts of custom base URLs, "
            "together; `(http_proxy)`: the proxies that worlds name, together."
        ),
    ]
    address: Annotated[str, _says("Address that the lab gave; empty where a row of several hosts has several.")]
    port: Annotated[Port, _says("Port; 0 where the protocol has none, or the row holds several hosts.")]
    protocol: Annotated[
        str, _says("`https`, `http`, `dns`, `udp` or `tcp`; all that were seen where the row holds several hosts.")
    ]
    looked_up: Annotated[bool, _says("Whether its name was looked up, or that of any of the row's hosts.")]
    requests: Annotated[Count, _says("Requests it got, over all runs.")]
    bytes: Annotated[Count, _says("Bytes it got, over all runs.")]
    when: Annotated[
        str,
        _says(
            "`official` or `custom`: in the runs at these levels of `base_url` (the vendor's own API host: in no other "
            "runs); `always`; or `some runs`."
        ),
    ]


class TemplateText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fixed text of the model request, for a gateway's `pins`."""

    path: Annotated[str, _says("JSON pointer of the text.")]
    sha256: Annotated[str, _says("Of the text without its varying spans, UTF-8; hex.")]
    varies: Annotated[tuple[tuple[int, int], ...], _says("Spans [start, end) in characters of the baseline text.")]


class Controls(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Checks of the audit itself: `pass`, or a sentence that says what failed."""

    recorder: Annotated[str, _says("What a known client sent is what was stored.")]
    canary: Annotated[str, _says("A planted agent with a known covert channel was caught.")]
    sealed: Annotated[str, _says("No packet left the lab, and nothing outside could be reached.")]


class Explained(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A difference that is no act of the agent, or follows from another."""

    where: Annotated[Where, _says("The place that varies.")]
    cause: Annotated[str, _says("What makes it vary.")]


class Run(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One start of the agent."""

    run: Annotated[Count, _says("Number of the run, from 0, in the order of the plan.")]
    purpose: Annotated[str, _says("`warm-up`, `calibration`, `array`, `sweep`, `isolate`, `flip` or `control`.")]
    world: Annotated[dict[str, str], _says("Fact -> level.")]
    symbols: Annotated[dict[str, int], _says("Channel id -> index into its `symbols`.")]
    note: Annotated[str, _says("Anything a reader should know about it. Optional.")] = ""


class Document(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One audit."""

    schema: Annotated[Literal["wiretell/audit/1"], _says("Name and version of this form.")]
    target: Annotated[Target, _says("What was audited.")]
    verdict: Annotated[Verdict, _says("The strongest class among the channels; `clean`; or `inconclusive`.")]
    reasons: Annotated[tuple[str, ...], _says("Why the verdict is `inconclusive`, in sentences. Optional.")] = ()
    channels: Annotated[tuple[Channel, ...], _says("What was found.")]
    explained: Annotated[
        tuple[Explained, ...], _says("Differences that are no channel, with their cause. Optional.")
    ] = ()
    coverage: Annotated[Coverage, _says("What was examined, and what was not.")]
    destinations: Annotated[tuple[Destination, ...], _says("Hosts that the agent reached for.")]
    template: Annotated[tuple[TemplateText, ...], _says("Fixed texts of the model request.")]
    controls: Annotated[Controls, _says("Checks of the audit itself; any but `pass` makes it inconclusive.")]
    runs: Annotated[Count, _says("Starts of the agent, repeats and flips included, the control agent not.")]
    wall_s: Annotated[Amount, _says("Duration of the audit in seconds.")]
    agent_cpu_s: Annotated[Amount, _says("CPU seconds of the agent, over all runs.")]
    lab_cpu_s: Annotated[Amount, _says("CPU seconds of the lab itself. Optional.")] = 0.0
    seed: Annotated[int, _says("Seed of the plan.")]
    started: Annotated[str, _says("When the audit began: UTC, ISO 8601; empty in a reproducible document.")]
    wiretell: Annotated[str, _says("Version of wiretell that wrote this; empty in a reproducible document.")]
    command: Annotated[str, _says("A command that repeats this audit. Optional.")] = ""
    table: Annotated[
        tuple[Run, ...], _says("Every run: the world it lived in and the symbols it showed. Optional.")
    ] = ()


class _Header(Struct):
    schema: str


def encode(document: Document) -> bytes:
    """Return the document as indented UTF-8 JSON with a final newline; equal documents give equal bytes.

    Fields come in the order above, facts and channel ids in alphabetical order.
    """
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=2) + b"\n"


def decode(data: bytes) -> Document:
    """Read a document; FormatError in one sentence for anything that is not a whole and consistent one."""
    try:
        header = msgspec.json.decode(data, type=_Header)
        if header.schema != SCHEMA:
            raise FormatError(
                f"This audit document is of the form {shorten(header.schema, 60)!r}; {SCHEMA!r} is what can be read."
            )
        document = msgspec.json.decode(data, type=Document)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise FormatError(f"This is not an audit document ({SCHEMA}): {shorten(str(error), 200)}.") from error
    _check(document)
    return document


def reproducible(document: Document) -> Document:
    """Return the document without what differs between two equal audits: clock, version, durations."""
    return msgspec.structs.replace(document, started="", wiretell="", wall_s=0.0, agent_cpu_s=0.0, lab_cpu_s=0.0)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document."""
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA}
    return schema | msgspec.json.schema(Document)


def _check(document: Document) -> None:
    """Refuse references that lead nowhere, which no schema can see."""
    sizes = {channel.id: len(channel.symbols) for channel in document.channels}
    if len(sizes) != len(document.channels):
        raise FormatError("This audit document has two channels of one id.")
    for row in document.table:
        for channel, index in row.symbols.items():
            if not 0 <= index < sizes.get(channel, 0):
                raise FormatError(
                    f"Run {row.run} of this audit document shows a symbol that channel {shorten(channel, 40)} lacks."
                )
