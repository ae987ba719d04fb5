"""Comparisons of versions as history and verify would hand them over. Every name, host and number is made up."""

from __future__ import annotations

from dataclasses import replace

from tests.report import sample, scan_sample
from wiretell.model.findings import Carrier, NotExamined, Verdict
from wiretell.model.history import (
    Change,
    ChannelKind,
    CheckedChannel,
    DiffResult,
    Fate,
    Gap,
    HistoryResult,
    LiteralChange,
    LiteralKind,
    State,
    TriedVersion,
    VerifyResult,
    VersionRange,
)
from wiretell.model.scan import ListKind, Place

OLD = {**scan_sample.TARGET, "version": "4.1.9", "sha256": "11c0" * 16}


def diff() -> DiffResult:
    """A new hidden list, a gone one, and some literals of each kind."""
    new = scan_sample.decoded(scan_sample.HOSTS, ListKind.KEYED, ("base64", "xor"), b"\x2a")
    gone = scan_sample.decoded(scan_sample.WORDS, ListKind.LAYERED, ("reversed", "base64"))
    near = ("list of 12 entries (420 after)",)
    return DiffResult(
        OLD,
        scan_sample.TARGET,
        (
            LiteralChange(Change.NEW, LiteralKind.LIST, ",".join(new.entries), 1, new.places, decoded=new),
            LiteralChange(Change.GONE, LiteralKind.LIST, ",".join(gone.entries), 1, gone.places, decoded=gone),
            _change(LiteralKind.TIMEZONE, "Europe/Lisbon", near=near),
            _change(LiteralKind.TIMEZONE, "Atlantic/Azores", near=near),
            replace(_change(LiteralKind.LOOKALIKE, "\u2019", near=near), codepoints=("U+2019",)),
            _change(LiteralKind.ENVIRONMENT, "EXAMPLE_OLD", Change.GONE),
            _change(LiteralKind.HOST, "new.example.com"),
            _change(LiteralKind.COMPARED, "strict"),
            _change(LiteralKind.ENCODED, "U2FsdCBhbmQgcGVwcGVyIQ"),
            *(_change(LiteralKind.TEXT, f"Some text number {n} \u200b of the user interface") for n in range(20)),
            *(_change(LiteralKind.TEXT, f"An old text number {n}", Change.GONE) for n in range(7)),
        ),
        distinct_a=64_300,
        distinct_b=64_321,
        not_examined=(NotExamined("package/vendor.wasm", "no tokenizer reads it"),),
        wall_s=4.4,
        version="0.0.0",
        started="2026-11-21T10:00:00.000Z",
        command="wiretell diff npm:@example/agent@4.1.9 npm:@example/agent@4.2.0",
    )


def _change(kind: LiteralKind, value: str, change: Change = Change.NEW, near: tuple[str, ...] = ()) -> LiteralChange:
    return LiteralChange(change, kind, value, 2, (Place(scan_sample.FILE, 811_900, len(value)),), near=near)


def same() -> DiffResult:
    """Two packages that say the same."""
    return DiffResult(OLD, OLD, (), 64_300, 64_300, ())


PATCHES = (0, 4, 8, 10, 11, 12, 16, 24, 32, 40, 41, 42, 48, 60)
GAPS = ((0, 4), (4, 8), (8, 10), (12, 16), (16, 24), (24, 32), (32, 40), (42, 48), (48, 60))


def _states(patch: int) -> dict[str, State]:
    if patch == 24:
        return {"k1": State.INCONCLUSIVE, "k2": State.INCONCLUSIVE}
    return {
        "k1": State.PRESENT if 11 <= patch <= 41 else State.ABSENT,
        "k2": State.PRESENT if patch >= 40 else State.ABSENT,
    }


def bisect() -> HistoryResult:
    """One channel that came and went, one that is still there at the end, one version that gave nothing."""
    return HistoryResult(
        package="npm:@example/agent",
        start="4.2.0",
        end="4.2.60",
        channels=(
            ChannelKind("k1", Carrier.HOMOGLYPH, ("base_url",), sample.MESSAGES, ("'", "\u2019", "\u02bc")),
            ChannelKind("k2", Carrier.FORMAT, ("timezone", "base_url"), sample.MESSAGES, ("2026-11-21", "2026/11/21")),
        ),
        ranges=(
            VersionRange("k1", "4.2.11", _day(11), "4.2.41", _day(41), True, True, 6, 24),
            VersionRange("k2", "4.2.40", _day(40), "4.2.60", _day(60), False, True, 5, 16),
        ),
        tried=tuple(
            TriedVersion(
                f"4.2.{patch}",
                _day(patch),
                _states(patch),
                runs=9,
                wall_s=12.5,
                cached=patch % 16 == 0,
                reason="the agent never sent a model request" if patch == 24 else "",
            )
            for patch in PATCHES
        ),
        gaps=tuple(
            Gap(f"4.2.{a}", f"4.2.{b}", tuple(f"4.2.{n}" for n in range(a + 1, b) if n not in (2, 50))) for a, b in GAPS
        ),
        published=59,
        unpublished=("4.2.2", "4.2.50"),
        not_examined=(NotExamined("other worlds", "only the worlds that matter were run"),),
        audits=10,
        wall_s=141.0,
        version="0.0.0",
        started="2026-11-21T10:00:00.000Z",
        command="wiretell bisect npm:@example/agent --from 4.2.0 --to 4.2.60",
    )


def _day(patch: int) -> str:
    return f"2026-{patch // 28 + 3:02}-{patch % 28 + 1:02}T09:30:00.000Z"


def untried() -> HistoryResult:
    """A search that found no version."""
    gap = Gap("", "", ("1.0.0", "1.0.1"))
    return HistoryResult("npm:x", "1.0.0", "1.0.1", (), (), (), (gap,), 2, (), (), 0)


def removed() -> VerifyResult:
    """Both covert channels of the earlier audit are gone."""
    earlier = sample.covert()
    return VerifyResult(
        against=dict(earlier.target),
        channels=tuple(CheckedChannel(channel, Fate.REMOVED, runs=(3, 4, 7, 8)) for channel in earlier.channels[:2]),
        new=(),
        audit=replace(sample.clean(), target={**earlier.target, "version": "2.1.199"}),
        verdict="removed",
        command="wiretell verify npm:@anthropic-ai/claude-code@2.1.199 --against audit.json",
    )


def still_there() -> VerifyResult:
    """One channel is there, one is unknown, and there is a new one."""
    audit = sample.short()
    one, two = audit.channels[:2]
    return VerifyResult(
        against=dict(audit.target),
        channels=(
            CheckedChannel(two, Fate.PRESENT, now=replace(two, id="c1"), runs=tuple(range(20))),
            CheckedChannel(one, Fate.UNKNOWN, note="Its worlds could not be run again."),
        ),
        new=(replace(one, id="c2", carrier=Carrier.WHITESPACE),),
        audit=replace(audit, verdict=Verdict.COVERT),
        verdict="present",
        reasons=("c2 of the earlier audit is there.",),
        command="wiretell verify npm:@anthropic-ai/claude-code@2.1.92 --against audit.json",
    )
