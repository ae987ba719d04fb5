"""Sweeps of a planted agent whose lists no guess has a member of, and what is said where a sweep cannot be."""

from __future__ import annotations

import base64
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.campaign.scans import decoded, lead, mention, result
from tests.lab_plan.agents import AGENT
from tests.specimens.loader import ROOT
from wiretell import target
from wiretell.audit import Options, audit, reanalyse
from wiretell.campaign.describe import describe, from_meta, to_meta
from wiretell.campaign.leads import SweepPlan, from_scan
from wiretell.campaign.sweep import open_world, prepare
from wiretell.lab.plan import ENTRY
from wiretell.model.agent import Agent
from wiretell.model.findings import (
    AuditResult,
    Carrier,
    Channel,
    Class,
    Controls,
    Coverage,
    Evidence,
    Reach,
    RunSummary,
    Verdict,
    Where,
)
from wiretell.model.scan import MentionKind, ScanResult
from wiretell.model.world import World
from wiretell.scan.entries import Trial
from wiretell.scan.levels import Levels

KEY = 45
"""Of the planted lists; a test of the lab's half may know it."""
FORMS = {"'", "\u2019", "\u02bc", "\u02b9"}


class Silent:
    """Progress that keeps its notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def phase(self, name: str, total: int) -> None:
        pass

    def advance(self, n: int = 1, note: str = "") -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)


# ---------------------------------------------------------------- the world of a sweep


def channel(name: str, *facts: str, cls: Class = Class.COVERT) -> Channel:
    where = Where("POST /v1/messages", "body", "/messages/0/content/0/text", 5)
    return Channel(name, cls, Carrier.HOMOGLYPH, where, facts, (), 1.0, Evidence(9, "4/4", 1e-9))


def row(run: int, levels: Mapping[str, str], **symbols: int) -> RunSummary:
    return RunSummary(
        run, "array", World.of({"base_url": "home", "timezone": "utc", "locale": "en", **levels}), symbols
    )


HOME = World.of({"base_url": "home", "timezone": "utc", "locale": "en"})


def test_a_sweep_rests_at_the_baseline_where_the_channels_are_open_there() -> None:
    table = [row(1, {}, c1=0), row(2, {"base_url": "listed"}, c1=1), row(3, {"timezone": "east"}, c1=0)]
    assert open_world("base_url", [channel("c1", "base_url")], table, HOME) == (HOME, ())


def test_a_sweep_goes_where_another_fact_opens_the_channel() -> None:
    table = [
        row(1, {}, c1=0),
        row(2, {"base_url": "listed"}, c1=0),
        row(3, {"timezone": "east"}, c1=0),
        row(4, {"timezone": "east", "base_url": "listed", "locale": "fa"}, c1=1),
    ]
    world, closed = open_world("base_url", [channel("c1", "base_url", "timezone")], table, HOME)
    assert world == HOME.replace({"timezone": "east"}) and closed == ()


def test_a_channel_that_needs_another_world_is_named() -> None:
    table = [
        row(1, {}, c1=0, c2=0),
        row(2, {"base_url": "listed"}, c1=1, c2=0),
        row(3, {"timezone": "east"}, c1=0, c2=0),
        row(4, {"timezone": "east", "base_url": "listed"}, c1=0, c2=1),
    ]
    channels = [channel("c1", "base_url", "timezone"), channel("c2", "base_url", "timezone")]
    assert open_world("base_url", channels, table, HOME) == (HOME, ("c2",))


# ---------------------------------------------------------------- what is said where there is nothing to sweep


def bare(*channels: Channel) -> AuditResult:
    return AuditResult(
        {}, Verdict.COVERT, channels, Coverage({}, ()), (), (), Controls("pass", "pass", "pass"), 9, 1.0, 1.0
    )


@pytest.mark.parametrize(
    ("leads", "fact", "channels", "why"),
    [
        ((), "base_url", (channel("c1", "base_url"),), "no hidden list"),
        ((lead("a.example", "b.example"),), "timezone", (channel("c1", "timezone"),), "holds levels of timezone"),
        ((lead("a.example", "b.example"),), "base_url", (channel("c1", "locale"),), "no covert channel depends on"),
        (
            (lead("a.example", "b.example"),),
            "base_url",
            (channel("c1", "base_url", cls=Class.UNDECLARED),),
            "no covert channel depends on",
        ),
    ],
)
def test_a_sweep_that_cannot_be_is_said(
    leads: tuple[object, ...], fact: str, channels: tuple[Channel, ...], why: str
) -> None:
    campaign = describe(AGENT, Options(), "2026-01-01T00:00:00Z").but(leads=leads)
    planned, left = prepare(fact, campaign, bare(*channels), AGENT)
    assert planned is None and left[0].what == f"the sweep of {fact}" and why in left[0].why


# ---------------------------------------------------------------- stored campaigns


def test_a_campaign_keeps_its_leads_and_sweeps_and_older_ones_load() -> None:
    plain = describe(AGENT, Options(scanned=Levels(leads=(lead("a.example"),))), "2026-01-01T00:00:00Z")
    trial = Trial("a.example", 0, Reach.GLUED, "http://q7a.example")
    campaign = plain.but(sweeps=(SweepPlan("base_url", plain.baseline, (trial,)),))
    meta = to_meta(campaign)
    again = from_meta(meta)
    assert (again.leads, again.sweeps, again.baseline) == (campaign.leads, campaign.sweeps, campaign.baseline)
    old = dict(meta["campaign"])  # type: ignore[call-overload]
    del old["leads"], old["sweeps"]
    old["catalogue"] = [{key: value for key, value in spec.items() if key != "named"} for spec in old["catalogue"]]
    before = from_meta({"campaign": old})
    assert before.leads == () and before.sweeps == () and before.catalogue[0].named == ()


# ---------------------------------------------------------------- in the lab


@pytest.fixture
def folder() -> Iterator[Path]:
    """The planted agent under a short path that every uid can read (the lab drops root)."""
    with tempfile.TemporaryDirectory(prefix="specimen-") as name:
        Path(name).chmod(0o755)
        yield Path(shutil.copytree(ROOT / "hidden_list", Path(name) / "agent"))


def planted(folder: Path) -> tuple[tuple[str, ...], ...]:
    found = re.findall(r'decode\("([^"]+)"\)', (folder / "agent.js").read_text())
    return tuple(tuple(bytes(b ^ KEY for b in base64.b64decode(text)).decode().split(",")) for text in found)


def scan_of(folder: Path) -> ScanResult:
    broken = mention(MentionKind.ENVIRONMENT, "BREAKS_IT", 300)
    return result([decoded(entries, offset=300 + at) for at, entries in enumerate(planted(folder))], [broken])


def agent_in(folder: Path) -> Agent:
    return target.resolve(str(folder), recipe=None, env={}, protocol=None, progress=lambda _: None)


@pytest.mark.lab
def test_scanned_levels_alone_reach_all_four_forms_and_a_sweep_confirms_every_entry(
    folder: Path, tmp_path: Path
) -> None:
    agent, progress = agent_in(folder), Silent()
    options = Options(
        seed=1,
        scanned=from_scan(scan_of(folder), agent),
        priors=False,
        sweeps=("base_url", "timezone"),
        save=tmp_path / "saved",
    )
    found = audit(agent, options, progress)
    assert found.verdict is Verdict.COVERT
    covert = [c for c in found.channels if c.cls is Class.COVERT]
    assert [(c.facts, {s.value for s in c.symbols}) for c in covert] == [(("base_url",), FORMS)]

    (sweep,) = found.sweeps
    assert (sweep.confirmed, sweep.entries) == (15, 15)
    assert "suffix at a dot" in sweep.rules[0] and "(substring)" in sweep.rules[1] and len(sweep.rules) == 2
    misses = [one for one in sweep.levels if one.hit and one.reach in (Reach.GLUED, Reach.ALTERED, Reach.INSIDE)]
    assert {one.lead for one in misses} == {1} and len(sweep.exceptions) == len(misses)
    assert all("its own entry is matched (substring)" in one for one in sweep.exceptions)
    assert all(one.foretold for one in sweep.levels)
    shown = {covert[0].symbols[one.symbols[covert[0].id]].value for one in sweep.levels}
    assert shown == FORMS

    ordinary = [line for line in found.table if line.purpose != ENTRY]
    assert len(ordinary) == len(found.table) <= options.runs
    assert found.runs == len(ordinary) + len({one.level for one in sweep.levels}) + 1
    assert any("beside the ordinary ones" in note for note in progress.notes)
    said = {left.what: left.why for left in found.coverage.not_examined}
    assert "no decoded list holds levels of timezone" in said["the sweep of timezone"]

    again = reanalyse(tmp_path / "saved", progress)
    assert [f.name for f in fields(found) if getattr(found, f.name) != getattr(again, f.name)] == []


@pytest.mark.lab
def test_a_variable_that_stops_the_agent_costs_no_other_level_and_is_said(folder: Path) -> None:
    program = folder / "agent.js"
    program.write_text(f'"use strict";\nif (process.env.BREAKS_IT) process.exit(1);\n{program.read_text()}')
    agent = agent_in(folder)
    scanned = from_scan(scan_of(folder), agent)
    found = audit(agent, Options(seed=1, scanned=scanned, priors=False), Silent())
    assert found.verdict is Verdict.COVERT
    said = {left.what: left.why for left in found.coverage.not_examined}
    assert said["env:BREAKS_IT: q7canary-value"] == "the agent asked no model in the runs that had them"
    assert set(scanned.tried["base_url"]) <= set(found.coverage.facts["base_url"].levels)


@pytest.mark.lab
def test_a_sweep_whose_levels_stop_the_agent_says_which(folder: Path) -> None:
    program = folder / "agent.js"
    guard = 'if (process.env.LAB_BASE_URL === "http://otter.invalid") process.exit(1);'
    program.write_text(f'"use strict";\n{guard}\n{program.read_text()}')
    agent = agent_in(folder)
    scanned = from_scan(scan_of(folder), agent)
    found = audit(agent, Options(seed=1, scanned=scanned, priors=False, sweeps=("base_url",)), Silent())
    (sweep,) = found.sweeps
    assert (sweep.confirmed, sweep.entries) == (14, 15)
    (lost,) = [one for one in sweep.levels if one.run is None]
    assert lost.level == "http://otter.invalid" and not lost.hit and lost.foretold is None
    assert any("http://otter.invalid" in left.what for left in found.coverage.not_examined)
    assert replace(found, sweeps=()).verdict is Verdict.COVERT
