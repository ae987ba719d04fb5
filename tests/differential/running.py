"""Both agents in the sealed lab, world by world, and the line that each sent.

A world's two runs lie some seconds apart. Where a local midnight passes in between, or an agent did not ask its model,
the world is run again, once.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.differential.worlds import Trial
from wiretell import marks, target
from wiretell.campaign.describe import Options, describe
from wiretell.campaign.run import Bench, Progress, open_bench
from wiretell.lab import levels, surroundings
from wiretell.lab.machine import node_folder
from wiretell.lab.plan import SWEEP, WARM_UP, Planned
from wiretell.marks.date_line.zones import told_zone
from wiretell.model.agent import Agent
from wiretell.model.capture import Capture

SPECIMEN: Final = Path(__file__).parents[1] / "specimens" / "date_line"
BATCH: Final = 16
"""Worlds between two agents: few, so that hardly a midnight passes, and enough to keep every worker busy."""
_LINE: Final = re.compile(rb"# currentDate\\n(.*?)\\n")
"""In a body of JSON: from the heading to the end of the next line, as it was sent."""


_DAYS: Final = """
const { zones, at } = JSON.parse(process.argv[1])
const day = (zone) => new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' }).format(at)
const told = (zone) => { try { return [[zone, day(zone)]] } catch { return [] } }
console.log(JSON.stringify(Object.fromEntries(zones.flatMap(told))))
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What three answers there are to one world."""

    trial: Trial
    state: str
    """That `wiretell.marks` gives."""
    real: bytes | None
    """The date line as it stood in the request; None where there was none, or more than one."""
    specimen: bytes | None
    predicted: bytes
    again: bool = False
    """Whether this is the second try."""

    @property
    def specimen_agrees(self) -> bool:
        """Whether the specimen sent the bytes of the real agent."""
        return self.real is not None and self.real == self.specimen

    @property
    def marks_agree(self) -> bool:
        """Whether `wiretell.marks` wrote the bytes of the real agent."""
        return self.real is not None and self.real == self.predicted


def compare(
    agent: Agent, trials: Sequence[Trial], progress: Progress, *, workers: int = 2, batch: int = BATCH
) -> list[Outcome]:
    """Run every world with both agents and return what came of it, in the order of the worlds."""
    outcomes: list[Outcome] = []
    specimen = target.resolve(str(SPECIMEN))
    with ready(agent, trials, progress, workers) as real, ready(specimen, trials, progress, workers) as planted:
        both = _Pair(real, planted, "node" if agent.target.runtime == "node" else "bun")
        progress.phase("worlds", len(trials))
        for at in range(0, len(trials), batch):
            outcomes += both.compared(trials[at : at + batch])
            progress.advance(len(outcomes) - at, outcomes[-1].trial.base_url)
    return outcomes


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both agents, each on a lab of its own."""

    real: Bench
    specimen: Bench
    runtime: str
    """Of the real one: as `told_zone` knows it."""

    def compared(self, trials: Sequence[Trial]) -> Iterator[Outcome]:
        for trial, first in zip(trials, self._once(trials), strict=True):
            yield first if first is not None else self._last(trial)

    def _last(self, trial: Trial) -> Outcome:
        [real], [specimen] = date_lines(self.real, [trial]), date_lines(self.specimen, [trial])
        return self._outcome(trial, real, specimen, days([trial.zone], _now(), self.runtime), again=True)

    def _once(self, trials: Sequence[Trial]) -> Iterator[Outcome | None]:
        """Run worlds; None stands for one that has to be run again."""
        began = _now()
        real, specimen = date_lines(self.real, trials), date_lines(self.specimen, trials)
        zones = [trial.zone for trial in trials]
        before, after = days(zones, began, self.runtime), days(zones, _now(), self.runtime)
        for trial, one, other in zip(trials, real, specimen, strict=True):
            if before[trial.zone] != after[trial.zone] or one is None or other is None:
                yield None
            else:
                yield self._outcome(trial, one, other, after)

    def _outcome(
        self,
        trial: Trial,
        real: bytes | None,
        specimen: bytes | None,
        today: Mapping[str, dt.date],
        *,
        again: bool = False,
    ) -> Outcome:
        state = marks.explain(trial.set_to, told_zone(trial.zone, self.runtime)).state.name
        return Outcome(trial, state, real, specimen, predicted(state, today[trial.zone]), again)


def predicted(state: str, day: dt.date) -> bytes:
    """Return the line that `wiretell.marks` writes for a state."""
    return marks.write(f"Today's date is {day.isoformat()}.", state, anywhere=True).data.encode()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def days(zones: Sequence[str], at: dt.datetime, runtime: str) -> dict[str, dt.date]:
    """Return the day that it is in each zone, by the rules that the agents' runtime has.

    Governments change their rules, and Node brings its own copy of them: in November 2026 that of the lab's Node
    differs by an hour from the `tzdata` package in several zones. Bun cannot be asked; the package answers for it, and
    for names that Node does not know.
    """
    found = {zone: at.astimezone(levels.zone(zone)).date() for zone in zones}
    if runtime == "node":
        given = json.dumps({"zones": zones, "at": at.timestamp() * 1000})
        argv = [str(node_folder() / "bin" / "node"), "--eval", _DAYS, given]
        told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
        found |= {zone: dt.date.fromisoformat(day) for zone, day in json.loads(told).items()}
    return found


# ---------------------------------------------------------------- the lab


@contextmanager
def ready(agent: Agent, trials: Iterable[Trial], progress: Progress, workers: int) -> Iterator[Bench]:
    """Seal a lab that can serve these worlds, and run the agent once, so that its code is compiled."""
    campaign = describe(agent, Options(workers=workers), "")
    hosts = sorted({trial.world["base_url"] for trial in trials})
    with open_bench(agent, campaign, progress, {"base_url": hosts}) as bench:
        spec = surroundings.build(agent, campaign.baseline, run=0, purpose=WARM_UP, shell=bench.shell)
        bench.lab.warm_up(spec)
        yield replace(bench, progress=Silent())


def captures(bench: Bench, trials: Sequence[Trial]) -> list[Capture]:
    """Carry out one run for each world, in their order."""
    return bench.run([Planned(trial.world, SWEEP) for trial in trials], 0)


def date_lines(bench: Bench, trials: Sequence[Trial]) -> list[bytes | None]:
    """Return the date line of each world."""
    return [date_line(capture) for capture in captures(bench, trials)]


def date_line(capture: Capture) -> bytes | None:
    """Return the date line of a run's model requests as it was sent; None unless they hold exactly one."""
    lines = {line for exchange in capture.model_exchanges for line in _LINE.findall(exchange.request.body)}
    return lines.pop() if len(lines) == 1 else None


class Silent:
    """Progress that says nothing."""

    def phase(self, name: str, total: int) -> None:
        """Say nothing."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""
