"""The bisect document `wiretell/bisect/1`: in which versions of a package each channel was shown.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.findings import Carrier
from wiretell.model.history import State
from wiretell.report.form import Amount, Count, Form, says
from wiretell.report.glyphs import shorten
from wiretell.report.shared_v1 import NotExamined


class ChannelKind(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes a channel the same one in two versions: places move, carriers and facts do not."""

    id: Annotated[str, says("Name of the channel within this document.")]
    carrier: Annotated[Carrier, says("How the channel writes.")]
    facts: Annotated[tuple[str, ...], says("Every fact that the channel needs, gates included.")]
    request: Annotated[str, says("The request it writes to, such as `POST /v1/messages`.")]
    symbols: Annotated[tuple[str, ...], says("Values shown in any version, in order of first sight.")]


class VersionRange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Versions between which a channel was shown, without a tried version in between that lacks it."""

    channel: Annotated[str, says("Id of the channel.")]
    first: Annotated[str, says("First version that was shown to have it.")]
    first_published: Annotated[str, says("When that was published: UTC, ISO 8601.")]
    first_exact: Annotated[
        bool, says("Whether the published version just before was tried and lacks it, or there is none.")
    ]
    last: Annotated[str, says("Last version that was shown to have it.")]
    last_published: Annotated[str, says("When that was published: UTC, ISO 8601.")]
    last_exact: Annotated[
        bool, says("Whether the published version just after was tried and lacks it, or there is none.")
    ]
    confirmed: Annotated[Count, says("Versions in the range that were tried and have it.")]
    untried: Annotated[Count, says("Published versions in the range that were not tried, or gave nothing.")]


class TriedVersion(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One version that was audited."""

    version: Annotated[str, says("The version.")]
    published: Annotated[str, says("When it was published: UTC, ISO 8601.")]
    states: Annotated[
        dict[str, State], says("Id of the channel -> whether the version has it: `present`, `absent`, `inconclusive`.")
    ]
    runs: Annotated[Count, says("Starts of the agent.")]
    wall_s: Annotated[Amount, says("Duration of its audit in seconds.")]
    cached: Annotated[bool, says("Whether it was taken from an earlier call. Optional.")] = False
    reason: Annotated[str, says("Why it is inconclusive. Optional.")] = ""


class Gap(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Published versions in a row that were not tried."""

    after: Annotated[str, says("The tried version before them; empty where there is none.")]
    before: Annotated[str, says("The tried version after them; empty where there is none.")]
    versions: Annotated[tuple[str, ...], says("The versions, in order.")]


class BisectDocument(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename={"start": "from", "end": "to"},
):
    """The history of a package's channels."""

    schema: Annotated[Literal["wiretell/bisect/1"], says("Name and version of this form.")]
    package: Annotated[str, says("The package.")]
    start: Annotated[str, says("First version of the search.")]
    end: Annotated[str, says("Last version of the search.")]
    ranges: Annotated[tuple[VersionRange, ...], says("Where each channel was shown; several where it came and went.")]
    channels: Annotated[tuple[ChannelKind, ...], says("The channels that were found in any version.")]
    tried: Annotated[tuple[TriedVersion, ...], says("The versions that were audited, in order.")]
    gaps: Annotated[tuple[Gap, ...], says("Published versions that were not tried.")]
    published: Annotated[Count, says("Published versions of the search, both ends included.")]
    unpublished: Annotated[
        tuple[str, ...], says("Version numbers in between that the registry does not have, such as `1.0.3 to 1.0.5`.")
    ]
    audits: Annotated[Count, says("Audits made in this call, cached ones not counted.")]
    not_examined: Annotated[tuple[NotExamined, ...], says("What was not looked at, and why.")]
    wall_s: Annotated[Amount, says("Duration in seconds.")]
    started: Annotated[str, says("When it began: UTC, ISO 8601; empty in a reproducible document.")]
    wiretell: Annotated[str, says("Version of wiretell that wrote this; empty in a reproducible document.")]
    command: Annotated[str, says("A command that repeats this. Optional.")] = ""


def _check(document: BisectDocument) -> None:
    """Refuse channels that are named and not there."""
    known = {kind.id for kind in document.channels}
    if len(known) != len(document.channels):
        raise FormatError("This bisect document has two channels of one id.")
    named = [row.channel for row in document.ranges]
    named += [channel for version in document.tried for channel in version.states]
    for channel in named:
        if channel not in known:
            raise FormatError(f"This bisect document lacks the channel {shorten(channel, 40)} that it names.")


FORM: Final = Form("bisect", BisectDocument, _check)
