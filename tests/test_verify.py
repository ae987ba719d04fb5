"""What became of an earlier audit's channels, judged from planted audits; its document; the command's errors."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.history.fakes import HOST, OFFICIAL, PASSED, Quiet, agent, by_host, by_zone, channel, result
from wiretell import report
from wiretell.audit import Options
from wiretell.campaign.run import Progress
from wiretell.cli import run
from wiretell.cli import verify as command
from wiretell.errors import FormatError, UsageError
from wiretell.model.agent import Agent
from wiretell.model.findings import AuditResult, Carrier, Class, Controls, Verdict
from wiretell.model.history import Fate, VerifyResult
from wiretell.model.world import World
from wiretell.verify import Earlier, earlier, merged, verify

Writers = Mapping[Carrier, Callable[[World], str]]
BOTH: Writers = {Carrier.FORMAT: by_zone, Carrier.HOMOGLYPH: by_host}
ZONES: Writers = {Carrier.FORMAT: by_zone}
HOSTS: Writers = {Carrier.HOMOGLYPH: by_host}


def document(made: AuditResult) -> report.Document:
    return report.decode(report.render(report.to_document(made), "json").encode())


def before(writers: Writers = ZONES) -> Earlier:
    return earlier(document(result("1.0.0", Options(), writers)))


class Lab:
    """Answers as a planted agent would, and remembers what was asked."""

    def __init__(self, writers: Writers, **more: Any) -> None:
        self.writers, self.more = writers, more
        self.asked: list[Options] = []

    def __call__(self, who: Agent, options: Options, progress: Progress) -> AuditResult:
        self.asked.append(options)
        return result("2.0.0", options, self.writers, **self.more)


def judged(against: Earlier, lab: Lab, options: Options | None = None) -> VerifyResult:
    return verify(agent("2.0.0"), against, options or Options(), Quiet(), lab)


def test_removed() -> None:
    found = judged(before(), Lab({}))
    assert (found.verdict, found.new, found.reasons) == ("removed", (), ())
    assert found.channels[0].fate is Fate.REMOVED
    rows = {row.run: row.world for row in found.audit.table}
    assert found.channels[0].runs
    assert all(rows[run]["timezone"] == "Asia/Shanghai" for run in found.channels[0].runs)
    assert found.against["version"] == "1.0.0"
    assert report.render(report.to_document(found), "json")
    assert "removed" in report.render(report.to_document(found), "text").lower()


def test_still_there() -> None:
    found = judged(before(), Lab(ZONES))
    assert (found.verdict, found.channels[0].fate, found.new) == ("present", Fate.PRESENT, ())
    assert found.channels[0].now is not None
    assert report.render(report.to_document(found), "text")


def test_gone_and_another_one_came() -> None:
    found = judged(before(), Lab(HOSTS))
    assert found.channels[0].fate is Fate.REMOVED
    assert [each.carrier for each in found.new] == [Carrier.HOMOGLYPH]
    assert found.verdict == "present"


def test_the_worlds_that_showed_it_are_run_again_and_their_levels_join_the_ordinary_audit() -> None:
    lab = Lab({})
    strange = World.of({"timezone": "Asia/Macau", "base_url": "http://never.heard.example"})
    table = result("1.0.0", Options(worlds=(strange,)), {}).table
    seen = channel(table, lambda world: "/" if world == strange else "-", carrier=Carrier.FORMAT)
    assert seen is not None
    against = Earlier({"name": "planted", "agent": "planted"}, (seen,), table)
    judged(against, lab, Options(levels={"timezone": ["Asia/Tokyo"]}))
    focused, ordinary = lab.asked
    assert focused.worlds == (strange,)
    assert "http://never.heard.example" in focused.levels["base_url"]
    assert "Asia/Tokyo" in ordinary.levels["timezone"]
    assert "http://never.heard.example" in ordinary.levels["base_url"]
    assert ordinary.worlds == ()


def test_an_agent_that_asks_no_model_in_those_worlds_leaves_it_unknown() -> None:
    found = judged(before(HOSTS), Lab({}, asks=lambda world: world != HOST))
    assert (found.verdict, found.channels[0].fate) == ("inconclusive", Fate.UNKNOWN)
    assert "asked no model" in found.channels[0].note
    assert found.channels[0].note in found.reasons[0]


def test_levels_that_the_new_agent_cannot_be_given_leave_it_unknown() -> None:
    who = agent("2.0.0")
    bare = replace(who, recipe=replace(who.recipe, env={}))
    found = verify(bare, before(HOSTS), Options(), Quiet(), lambda a, o, p: replace(result("2", o, {}), table=()))
    assert found.channels[0].fate is Fate.UNKNOWN


def test_an_inconclusive_audit_says_nothing() -> None:
    found = judged(before(), Lab(ZONES, reasons=("the agent never sent a model request.",)))
    assert (found.verdict, found.channels[0].fate) == ("inconclusive", Fate.UNKNOWN)
    assert any("never sent" in reason for reason in found.reasons)
    failed = Lab(ZONES, reasons=("leak",), controls=Controls("pass", "pass", "leak"))
    assert judged(before(), failed).verdict == "inconclusive"


def test_a_channel_that_shows_itself_sometimes_is_not_gone_after_a_few_silent_runs() -> None:
    against = before()
    rare = replace(against.channels[0], evidence=replace(against.channels[0].evidence, rate=0.3))
    found = judged(replace(against, channels=(rare,)), Lab({}))
    assert found.channels[0].fate is Fate.UNKNOWN
    assert "30%" in found.channels[0].note


def test_a_document_without_a_table_leaves_it_unknown() -> None:
    against = before()
    found = judged(replace(against, table=()), Lab({}))
    assert found.channels[0].fate is Fate.UNKNOWN
    assert found.verdict == "inconclusive"
    assert judged(replace(against, table=()), Lab(ZONES)).verdict == "present"


def test_nothing_earlier_to_look_for() -> None:
    lab = Lab({})
    found = judged(before({}), lab)
    assert (found.verdict, len(lab.asked)) == ("removed", 1)
    assert "only look for new ones" in found.reasons[0]
    assert judged(before({}), Lab(ZONES)).verdict == "present"


def test_another_agent_is_refused_and_another_package_of_it_is_said() -> None:
    with pytest.raises(UsageError, match="of other"):
        judged(replace(before(), target={"name": "other", "agent": "other-agent"}), Lab({}))
    against = replace(before(), target={"name": "planted-linux-x64", "agent": "planted"})
    assert "planted-linux-x64 (agent planted), this one of planted" in judged(against, Lab({})).reasons[0]


def test_an_earlier_audit_that_says_nothing_is_refused() -> None:
    silent = result("1.0.0", Options(), {}, reasons=("the agent never sent a model request.",))
    with pytest.raises(UsageError, match="never sent a model request"):
        earlier(document(replace(silent, verdict=Verdict.INCONCLUSIVE)))


def test_a_gate_that_only_one_audit_closed_is_no_other_channel() -> None:
    against = before()
    narrower = replace(against.channels[0], facts=("timezone",))
    found = judged(replace(against, channels=(narrower,)), Lab(ZONES))
    assert (found.channels[0].fate, found.new) == (Fate.PRESENT, ())


def test_what_only_the_focused_audit_saw_is_counted() -> None:
    ordinary = result("2.0.0", Options(), {})
    focused = result("2.0.0", Options(worlds=(HOST, OFFICIAL)), BOTH)
    whole = merged(ordinary, focused)
    assert whole.verdict is Verdict.COVERT
    assert whole.runs == ordinary.runs + focused.runs
    shown = {run for each in whole.channels for symbol in each.symbols for run in symbol.runs}
    assert min(shown) >= len(ordinary.table)
    assert len({row.run for row in whole.table}) == len(whole.table)
    assert document(replace(whole, controls=PASSED)).runs == whole.runs


def test_open_channels_are_not_looked_for() -> None:
    made = result("1.0.0", Options(), ZONES)
    opened = replace(made, channels=tuple(replace(c, cls=Class.UNDECLARED) for c in made.channels))
    assert earlier(document(opened)).channels == ()


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not an audit document"),
        ("{}", "audit document"),
        ('{"schema": "wiretell/scan/1"}', "wiretell/scan/1"),
        ("\x00\xff", "not an audit document"),
        ("[" * 100_000, "not an audit document"),
    ],
)
def test_anything_but_an_audit_document_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(FormatError, match=words):
        command.read(str(file))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        command.read(str(tmp_path / "none.json"))
    with pytest.raises(UsageError, match="cannot be read"):
        command.read(str(tmp_path))


def test_the_document_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    text = report.render(report.to_document(result("1.0.0", Options(), ZONES)), "json")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert len(command.read("-").channels) == 1


@pytest.mark.parametrize("options", [["--runs", "3"], ["--workers", "0"], ["--output", "/nowhere/x"]])
def test_wrong_options_are_refused_before_anything_is_read(options: list[str]) -> None:
    assert run(["verify", "claude-code", "--against", "/nowhere.json", *options]) == 2


@pytest.mark.parametrize(("verdict", "code"), [("removed", 0), ("present", 1), ("inconclusive", 3)])
def test_exit_codes(verdict: str, code: int) -> None:
    found = judged(before(), Lab({}))
    assert command.exit_code(replace(found, verdict=verdict)) == code
    assert json.loads(report.render(report.to_document(found), "json"))["verdict"] == "removed"
