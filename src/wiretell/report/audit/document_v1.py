"""The audit document `wiretell/audit/1`: what a report is written to, and what every rendering is made from.

A type of its own, not a dump of `model.findings`: the model may change freely, this form may only grow optional fields.
`docs/formats/audit.schema.json` and the tables of `docs/formats/audit.md` are made from the descriptions below, and a
test keeps all three alike. Lists keep the order of the audit; members that are empty and marked optional are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.findings import Carrier, Class, Reach, Verdict
from wiretell.report.form import Amount, Count, Form, Port, Share, says
from wiretell.report.glyphs import shorten
from wiretell.report.shared_v1 import NotExamined


class Target(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was audited."""

    kind: Annotated[str, says("`npm`, `pypi`, `folder` or `command`.")]
    name: Annotated[str, says("Name of the package, or name of the folder or program.")]
    version: Annotated[str | None, says("Version of the package; null where there is none.")]
    sha256: Annotated[
        str, says("Of the archive that holds the program, or of the sorted list of a folder's files; hex.")
    ]
    agent: Annotated[str, says("Name of the recipe that made it send a request.")]


class Where(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A place in what the agent sends."""

    request: Annotated[str, says("Method and path, such as `POST /v1/messages`; empty for part `run`.")]
    part: Annotated[str, says("`head`, `body`, `connection` or `run` (number of requests, timing, exit).")]
    path: Annotated[
        str, says("JSON pointer (RFC 6901) in a body, header name in a head, name of the feature elsewhere.")
    ]
    offset: Annotated[
        Count | None,
        says("Characters before the place in the decoded text at `path`, in the baseline world. Optional."),
    ] = None


class Symbol(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One value that a channel was shown to write, and when."""

    value: Annotated[str, says("The value as text. A lone surrogate is written as the six characters `\\udXXX`.")]
    codepoints: Annotated[
        tuple[str, ...], says("`U+02BC`, one for each character of `value`; for character carriers only. Optional.")
    ] = ()
    when: Annotated[
        tuple[dict[str, tuple[str, ...]], ...],
        says("Combinations that were shown to write it, any of which suffices: fact -> levels, all facts at once."),
    ]
    context: Annotated[str, says("The text around the value as sent. Optional.")] = ""
    runs: Annotated[tuple[int, ...], says("Numbers of the runs that showed it, as in `table`. Optional.")] = ()


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Why a channel is believed."""

    runs: Annotated[Count, says("Runs in which the place was seen.")]
    flips: Annotated[str | None, says("`4/4`: flips that confirmed, of those tried; null where none was made.")]
    p_value: Annotated[Share, says("Chance of so good a fit if no fact mattered, after Holm's correction.")]
    rate: Annotated[Share | None, says("Share of repeats that show the symbol, where it is not 1. Optional.")] = None
    flip_runs: Annotated[
        tuple[tuple[int, int], ...],
        says("Pairs of runs, without and with the cause, that make up the flips. Optional."),
    ] = ()


class Channel(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename={"cls": "class"}
):
    """A difference with its cause proven: facts -> symbols."""

    id: Annotated[str, says("Name of the channel within this document.")]
    cls: Annotated[
        Class,
        says(
            "`covert`: a reader sees no difference, or none that says what it tells. `undeclared`: visible, "
            "documented nowhere that the recipe cites. `declared`: documented by the vendor."
        ),
    ]
    carrier: Annotated[Carrier, says("How the channel writes.")]
    where: Annotated[Where, says("The place it writes to.")]
    facts: Annotated[tuple[str, ...], says("Every fact that the channel needs, gates included.")]
    symbols: Annotated[tuple[Symbol, ...], says("The values it was shown to write.")]
    bits: Annotated[Amount, says("log2 of the number of distinct symbols shown.")]
    evidence: Annotated[Evidence, says("Why it is believed.")]
    also: Annotated[tuple[Where, ...], says("Other places that vary in step with this one. Optional.")] = ()
    declared_by: Annotated[
        tuple[str, ...], says("URLs of the vendor's documentation, for class `declared`. Optional.")
    ] = ()
    note: Annotated[str, says("Anything a reader should know about it. Optional.")] = ""


class FactCoverage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was tried of one fact."""

    levels: Annotated[tuple[str, ...], says("Every level that was tried.")]
    paired: Annotated[Count, says("Levels that took part in the pairwise array.")]
    alone: Annotated[Count, says("Levels that were tried by themselves.")]


class Coverage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was examined and, as plainly, what was not."""

    facts: Annotated[dict[str, FactCoverage], says("Fact -> what was tried of it.")]
    not_examined: Annotated[tuple[NotExamined, ...], says("What was not looked at, and why.")]


class Destination(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host that the agent reached for. Nothing left the lab: the addresses are the lab's own."""

    name: Annotated[
        str,
        says(
            "Host name, or the address where no name was looked up. `(base_url)`: the hosts of custom base URLs, "
            "together; `(http_proxy)`: the proxies that worlds name, together."
        ),
    ]
    address: Annotated[str, says("Address that the lab gave; empty where a row of several hosts has several.")]
    port: Annotated[Port, says("Port; 0 where the protocol has none, or the row holds several hosts.")]
    protocol: Annotated[
        str, says("`https`, `http`, `dns`, `udp` or `tcp`; all that were seen where the row holds several hosts.")
    ]
    looked_up: Annotated[bool, says("Whether its name was looked up, or that of any of the row's hosts.")]
    requests: Annotated[Count, says("Requests it got, over all runs.")]
    bytes: Annotated[Count, says("Bytes it got, over all runs.")]
    when: Annotated[
        str,
        says(
            "`official` or `custom`: in the runs at these levels of `base_url` (the vendor's own API host: in no other "
            "runs); `always`; or `some runs`."
        ),
    ]


class FixedText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of a text between spans that vary."""

    begins: Annotated[str, says("Its first characters, at most 16, to find it by.")]
    length: Annotated[Count, says("In characters.")]
    sha256: Annotated[str, says("Of the piece, UTF-8; hex.")]


class TemplateText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fixed text of the model request, for a gateway's `pins`."""

    path: Annotated[str, says("JSON pointer of the text.")]
    sha256: Annotated[str, says("Of the text without its varying spans, UTF-8; hex.")]
    varies: Annotated[tuple[tuple[int, int], ...], says("Spans [start, end) in characters of the baseline text.")]
    fixed: Annotated[
        tuple[FixedText, ...],
        says("The pieces around the spans, one more than spans; none where nothing varies. Optional."),
    ] = ()


class Controls(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Checks of the audit itself: `pass`, or a sentence that says what failed."""

    recorder: Annotated[str, says("What a known client sent is what was stored.")]
    canary: Annotated[str, says("A planted agent with a known covert channel was caught.")]
    sealed: Annotated[str, says("No packet left the lab, and nothing outside could be reached.")]


class Explained(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A difference that is no act of the agent, or follows from another."""

    where: Annotated[Where, says("The place that varies.")]
    cause: Annotated[str, says("What makes it vary.")]


class Run(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One start of the agent."""

    run: Annotated[Count, says("Number of the run, from 0, in the order of the plan.")]
    purpose: Annotated[str, says("`warm-up`, `calibration`, `array`, `sweep`, `isolate`, `flip` or `control`.")]
    world: Annotated[dict[str, str], says("Fact -> level.")]
    symbols: Annotated[dict[str, int], says("Channel id -> index into its `symbols`.")]
    note: Annotated[str, says("Anything a reader should know about it. Optional.")] = ""


class Lead(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A list that a scan decoded, and that levels were taken from."""

    id: Annotated[str, says("Name of the list within this document.")]
    encoding: Annotated[
        tuple[str, ...], says("Steps of decoding in the order in which they are undone, such as `base64`, `xor`.")
    ]
    key: Annotated[str, says("Key of the decoding, hex; empty where there is none. Optional.")] = ""
    count: Annotated[Count, says("Number of entries.")]
    entries: Annotated[tuple[str, ...], says("The entries, in the order of the original.")]
    evidence_bits: Annotated[
        float, says("Bits by which text under this decoding beats bytes without meaning, the search's cost taken off.")
    ]
    sha256: Annotated[str, says("Of the decoded text, hex.")]
    file: Annotated[str, says("File it stands in; what was unpacked from a file follows after `!`.")]
    offset: Annotated[Count, says("Bytes before it.")]


class SweptLevel(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One level of a sweep, and what the agent wrote."""

    entry: Annotated[str, says("The entry of the list.")]
    lead: Annotated[str, says("Id of the list.")]
    reach: Annotated[
        Reach,
        says(
            "`exact`: the entry itself. `subdomain`: a label and a dot before it. `glued`: letters before it, without "
            "a dot. `inside`: letters before it, a reserved name after it. `altered`: one letter changed."
        ),
    ]
    level: Annotated[str, says("The level that was tried.")]
    run: Annotated[
        Count | None, says("Number of the run; null where it was not run, or the agent asked no model in it.")
    ]
    symbols: Annotated[dict[str, int], says("Channel id -> index into its `symbols`.")]
    hit: Annotated[bool, says("Whether a covert channel showed another symbol than in the baseline world.")]
    foretold: Annotated[
        bool | None, says("Whether the inferred rule says the same; absent where none was inferred. Optional.")
    ] = None


class Sweep(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Every entry of decoded lists, tried one by one as levels of a fact."""

    fact: Annotated[str, says("The fact.")]
    leads: Annotated[tuple[str, ...], says("Ids of the lists.")]
    entries: Annotated[Count, says("Number of entries.")]
    confirmed: Annotated[Count, says("Entries whose exact level is a hit.")]
    rules: Annotated[
        tuple[str, ...],
        says("A sentence for each list: by which rule its entries are matched, as far as the bytes tell. Optional."),
    ] = ()
    exceptions: Annotated[
        tuple[str, ...], says("Near misses that are hits, with what explains each, or that nothing does. Optional.")
    ] = ()
    levels: Annotated[tuple[SweptLevel, ...], says("Every level.")]


class Document(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One audit."""

    schema: Annotated[Literal["wiretell/audit/1"], says("Name and version of this form.")]
    target: Annotated[Target, says("What was audited.")]
    verdict: Annotated[Verdict, says("The strongest class among the channels; `clean`; or `inconclusive`.")]
    reasons: Annotated[tuple[str, ...], says("Why the verdict is `inconclusive`, in sentences. Optional.")] = ()
    channels: Annotated[tuple[Channel, ...], says("What was found.")]
    explained: Annotated[
        tuple[Explained, ...], says("Differences that are no channel, with their cause. Optional.")
    ] = ()
    coverage: Annotated[Coverage, says("What was examined, and what was not.")]
    destinations: Annotated[tuple[Destination, ...], says("Hosts that the agent reached for.")]
    template: Annotated[tuple[TemplateText, ...], says("Fixed texts of the model request.")]
    controls: Annotated[Controls, says("Checks of the audit itself; any but `pass` makes it inconclusive.")]
    runs: Annotated[Count, says("Starts of the agent, repeats and flips included, the control agent not.")]
    wall_s: Annotated[Amount, says("Duration of the audit in seconds.")]
    agent_cpu_s: Annotated[Amount, says("CPU seconds of the agent, over all runs.")]
    lab_cpu_s: Annotated[Amount, says("CPU seconds of the lab itself. Optional.")] = 0.0
    seed: Annotated[int, says("Seed of the plan.")]
    started: Annotated[str, says("When the audit began: UTC, ISO 8601; empty in a reproducible document.")]
    wiretell: Annotated[str, says("Version of wiretell that wrote this; empty in a reproducible document.")]
    command: Annotated[str, says("A command that repeats this audit. Optional.")] = ""
    table: Annotated[
        tuple[Run, ...], says("Every run: the world it lived in and the symbols it showed. Optional.")
    ] = ()
    leads: Annotated[
        tuple[Lead, ...], says("Hidden lists that a scan decoded before the runs, for levels. Optional.")
    ] = ()
    sweeps: Annotated[tuple[Sweep, ...], says("Lists whose every entry was tried. Optional.")] = ()


def _check(document: Document) -> None:
    """Refuse references that lead nowhere, which no schema can see."""
    sizes = {channel.id: len(channel.symbols) for channel in document.channels}
    if len(sizes) != len(document.channels):
        raise FormatError("This audit document has two channels of one id.")
    for row in document.table:
        _check_symbols(f"Run {row.run}", row.symbols, sizes)
    _check_sweeps(document, sizes)


def _check_sweeps(document: Document, sizes: Mapping[str, int]) -> None:
    leads = {lead.id for lead in document.leads}
    if len(leads) != len(document.leads):
        raise FormatError("This audit document has two lists of one id.")
    if any(lead.count != len(lead.entries) for lead in document.leads):
        raise FormatError("A list of this audit document does not have as many entries as it says.")
    for sweep in document.sweeps:
        for level in sweep.levels:
            _check_symbols(f"Level {shorten(level.level, 40)}", level.symbols, sizes)
        if not leads >= {*sweep.leads, *(level.lead for level in sweep.levels)}:
            raise FormatError("A sweep of this audit document names a list that is not there.")


def _check_symbols(who: str, symbols: Mapping[str, int], sizes: Mapping[str, int]) -> None:
    for channel, index in symbols.items():
        if not 0 <= index < sizes.get(channel, 0):
            raise FormatError(f"{who} of this audit document shows a symbol that channel {shorten(channel, 40)} lacks.")


FORM: Final = Form("audit", Document, _check)
