"""Speed of the lab: how much of two cores the agent itself gets, and what wiretell costs beside it.

*Lab efficiency* = the agent's CPU time in a plain empty network namespace x runs / (cores x wall time). The plain runs
have the same sink, the same worlds, the same number at a time, and alternate with the lab's in blocks, so that a
machine whose speed drifts, or whose two cores share one, treats both alike.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from wiretell.audit import audit
from wiretell.campaign.describe import Options, describe
from wiretell.campaign.run import Bench, Progress, open_bench
from wiretell.lab import canary, plan, surroundings
from wiretell.lab.plan import Planned
from wiretell.lab.spec import RunSpec
from wiretell.model.agent import Agent
from wiretell.model.capture import Capture

_BLOCKS: Final = 4
STARTED: Final = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Efficiency:
    """A real agent in the lab beside the same agent in a plain namespace."""

    target: str
    runs: int
    cores: int
    start_s: float
    """Sealing the lab and the first run, which fills the compile cache."""
    wall_s: float
    """Of the runs."""
    agent_cpu_s: float
    """Median of one run, in the lab."""
    plain_cpu_s: float
    """Median of one run, in the plain namespace."""
    lab_cpu_s: float
    """Median of what the lab itself spent on one run."""

    @property
    def efficiency(self) -> float:
        """Share of the cores that the agent's own work filled while the runs went on."""
        return self.plain_cpu_s * self.runs / (self.cores * self.wall_s)

    @property
    def efficiency_with_start(self) -> float:
        """The same with the lab's start counted in."""
        return self.plain_cpu_s * self.runs / (self.cores * (self.wall_s + self.start_s))


@dataclass(frozen=True, slots=True)
class OwnCost:
    """A whole audit of a planted agent: what wiretell itself costs."""

    runs: int
    wall_s: float
    agent_cpu_s: float
    own_cpu_s: float
    """All of wiretell: planning, wardens, sandboxes (the control agent's too), sink, comparison; no agent's own CPU."""

    @property
    def own_ms_per_run(self) -> float:
        """Milliseconds of wiretell's CPU for one run."""
        return 1000 * self.own_cpu_s / self.runs


def measure_efficiency(agent: Agent, runs: int, cores: int, progress: Progress) -> Efficiency:
    """Run the worlds of an audit in the lab and, block by block, in a plain namespace."""
    campaign = describe(agent, Options(workers=cores), STARTED)
    planned = [p for p in plan.initial(campaign.catalogue, 0, 2 * runs + 20).planned if p.purpose != plan.WARM_UP]
    planned = (planned * (runs // len(planned) + 1))[:runs]
    began = time.monotonic()
    with open_bench(agent, campaign, progress) as bench:
        bench.lab.warm_up(_specs(bench, [Planned(campaign.baseline, plan.WARM_UP)], 0)[0])
        start_s = time.monotonic() - began
        progress.phase("runs in the lab and in a plain namespace", 2 * runs)
        sealed: list[Capture] = []
        plain: list[Capture] = []
        wall_s = 0.0
        for block in _blocks(planned):
            specs = _specs(bench, block, len(sealed))
            before = time.monotonic()
            sealed += bench.lab.run(specs, lambda _: progress.advance())
            wall_s += time.monotonic() - before
            plain += bench.lab.run([replace(spec, plain=True) for spec in specs], lambda _: progress.advance())
    return Efficiency(
        target=f"{agent.target.name}@{agent.target.version}",
        runs=len(sealed),
        cores=cores,
        start_s=start_s,
        wall_s=wall_s,
        agent_cpu_s=statistics.median(c.process.cpu_s for c in sealed),
        plain_cpu_s=statistics.median(c.process.cpu_s for c in plain),
        lab_cpu_s=statistics.median(c.lab_cpu_s for c in sealed),
    )


def measure_own_cost(runs: int, cores: int, progress: Progress) -> OwnCost:
    """Audit the planted control agent from beginning to end."""
    before, began = _cpu_s(), time.monotonic()
    result = audit(canary.agent(), Options(runs=runs, workers=cores), progress)
    spent = _cpu_s() - before
    own = spent - result.agent_cpu_s - result.control_cpu_s
    return OwnCost(result.runs, time.monotonic() - began, result.agent_cpu_s, own)


def _cpu_s() -> float:
    """CPU seconds of this process and of every child that has ended, wardens and agents included."""
    who = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in who)


def _specs(bench: Bench, planned: Sequence[Planned], first: int) -> list[RunSpec]:
    return [
        surroundings.build(bench.agent, p.world, run=first + i, purpose=p.purpose, shell=bench.shell)
        for i, p in enumerate(planned)
    ]


def _blocks(planned: Sequence[Planned]) -> list[Sequence[Planned]]:
    size = -(-len(planned) // _BLOCKS)
    return [planned[i : i + size] for i in range(0, len(planned), size)]
