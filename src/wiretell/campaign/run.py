"""Driving the lab: controls first, then the plan, then whatever the comparison still asks for."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from wiretell import checks, compare
from wiretell.campaign.describe import Campaign, Options
from wiretell.errors import AgentError
from wiretell.lab import canary, machine, plan, surroundings
from wiretell.lab.facts import facts_of_url
from wiretell.lab.levels import ENV_FACT
from wiretell.lab.plan import Planned
from wiretell.lab.runner import Lab
from wiretell.lab.sink import Authority
from wiretell.model.agent import Agent
from wiretell.model.capture import Capture, Request
from wiretell.model.findings import Class, Controls
from wiretell.model.world import OFFICIAL, UNSET, World

_BASH: Final = Path("/bin/bash")
_LAST_WORDS: Final = 300
_ROUND: Final = 16
"""Runs between two looks: flips of one difference come eight at a time, and what they show saves others."""


class Progress(Protocol):
    """What an audit tells about how far it is."""

    def phase(self, name: str, total: int) -> None:
        """Begin a phase of `total` steps."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count steps as done."""

    def note(self, text: str) -> None:
        """Say something that stays."""


@dataclass(frozen=True, slots=True)
class Bench:
    """An open lab with an agent on it."""

    lab: Lab
    agent: Agent
    shell: surroundings.Machine
    progress: Progress

    def run(self, planned: Sequence[Planned], first: int, agent: Agent | None = None) -> list[Capture]:
        """Carry out runs, numbered from `first`."""
        who = agent or self.agent
        specs = [
            surroundings.build(who, p.world, run=first + i, purpose=p.purpose, shell=self.shell)
            for i, p in enumerate(planned)
        ]
        return self.lab.run(specs, lambda capture: self.progress.advance(1, capture.purpose))


@contextlib.contextmanager
def open_bench(
    agent: Agent, campaign: Campaign, progress: Progress, further: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> Iterator[Bench]:
    """Seal a lab for `agent`; on leaving, every process of it has ended.

    `further` are levels (fact -> levels) beyond the campaign's catalogue that worlds may have.
    """
    progress.phase("sealing the lab", 1)
    levels = {spec.name: (*spec.levels, *further.get(spec.name, ())) for spec in campaign.catalogue}
    authority = Authority.create()
    faketime = machine.faketime_folder()
    shell = surroundings.Machine(
        ca_pem=authority.pem,
        system_ca=machine.system_certificates(),
        os_release=machine.os_release(),
        faketime_library=f"{machine.FAKETIME_DIR}/libfaketime.so.1" if faketime else None,
        login_shell="/bin/bash" if _BASH.exists() else "/bin/sh",
    )
    lab = Lab(
        machine.layout(agent.target.root, levels.get("locale", ())),
        workers=campaign.workers,
        authority=authority,
        loopback_ports=surroundings.loopback_ports(levels.get("base_url", ())),
        official=[campaign.official_host] if campaign.official_host else [],
    )
    with lab:
        progress.advance()
        yield Bench(lab, agent, shell, progress)


def run_controls(bench: Bench) -> tuple[Controls, float]:
    """Show that the lab records truly and that the comparison sees: before any word about the agent.

    Returns the outcomes, and the CPU seconds of the control agent.
    """
    recorder = bench.lab.check_recorder()
    planned = canary.plan()
    bench.progress.phase("controls", len(planned))
    captures = bench.run(planned, 0, canary.agent())
    outcome = Controls(recorder=recorder, canary=_judge_canary(captures), sealed=_judge_seal(captures))
    return outcome, sum(capture.process.cpu_s for capture in captures)


def _judge_canary(captures: Sequence[Capture]) -> str:
    official = canary.agent().recipe.official
    catalogue = compare.Catalogue(baseline=captures[0].world)
    observations = compare.observe(captures, hosts=hosts_of(official.host if official else ""))
    findings = checks.judge(compare.differences(observations, catalogue).analysis)
    covert = [channel for channel in findings.channels if channel.cls is Class.COVERT]
    if any(set(channel.facts) == canary.FACTS for channel in covert):
        return "pass"
    found = "; ".join(f"{c.carrier} by {', '.join(c.facts)}" for c in covert) or "nothing"
    return f"the planted agent's channel (base_url and timezone) was not found; found: {found}"


def _judge_seal(captures: Sequence[Capture]) -> str:
    leaking = [capture.run for capture in captures if capture.leaks]
    return f"other interfaces than the lab's loopback in runs {leaking}" if leaking else "pass"


def collect(bench: Bench, campaign: Campaign, options: Options, captures: list[Capture]) -> plan.Plan:
    """Run the plan, then what comparing the captures asks for, within the budget; add everything to `captures`.

    :raises AgentError: if the agent never reached a model in the first run.
    """
    first = _first(campaign, options)
    _warm_up(bench, first.planned[0], captures)
    rest = first.planned[1:]
    bench.progress.phase("worlds", len(rest))
    captures += bench.run(rest, 1)
    _without_variables(bench, campaign, options, captures)
    _prove(bench, campaign, options, captures)
    return first


def _without_variables(bench: Bench, campaign: Campaign, options: Options, captures: list[Capture]) -> None:
    """Run rows that asked no model again without their named variables, so that one does not cost other levels."""
    rest = campaign.baseline
    named = {s.name: s.named for s in campaign.catalogue if s.name.startswith(ENV_FACT)}
    again = []
    for capture in captures:
        if capture.purpose != plan.SWEEP or capture.model_exchanges:
            continue
        guilty = [fact for fact, levels in named.items() if capture.world.get(fact) in levels]
        world = capture.world.replace({fact: rest.get(fact) for fact in guilty})
        if guilty and world != rest:
            again.append(Planned(world, plan.SWEEP))
    room = min(_ROUND, options.runs - len(captures))
    if again and room > 0:
        bench.progress.phase("rows that a variable broke", len(again[:room]))
        captures += bench.run(again[:room], len(captures))


def _first(campaign: Campaign, options: Options) -> plan.Plan:
    if options.worlds:
        return plan.given(campaign.catalogue, options.worlds, options.seed)
    return plan.initial(campaign.catalogue, options.seed, options.runs)


def _prove(bench: Bench, campaign: Campaign, options: Options, captures: list[Capture]) -> None:
    """Add the runs that proofs need: first for what asks the model, then, if any are left, for everything else."""
    rng = random.Random(f"{options.seed}:proofs")  # noqa: S311 - a plan to repeat, no secret
    for view in (_model_requests_only,) if options.worlds else (_model_requests_only, list):
        while (room := options.runs - len(captures)) > 0:
            comparison = compare_all(view(captures), campaign)
            asked = compare.next_worlds(comparison, rng, min(room, _ROUND), hidden_only=bool(options.worlds))
            if not asked:
                break
            bench.progress.phase("proving causes", len(asked))
            captures += bench.run([Planned(probe.world, probe.purpose) for probe in asked], len(captures))


def _model_requests_only(captures: Sequence[Capture]) -> list[Capture]:
    """Leave out telemetry and its like: bulky, noisy, and not where a vendor's servers need to read."""
    return [replace(c, exchanges=c.model_exchanges, connections=(), lookups=(), datagrams=()) for c in captures]


def compare_all(captures: Sequence[Capture], campaign: Campaign) -> compare.Comparison:
    """Compare everything that was captured so far.

    A run that asked no model while it had a variable that a scan named examined nothing: a program that stops at a
    strange value tells nobody anything by it.
    """
    captures = [capture for capture in captures if capture.model_exchanges or not _has_scanned(capture, campaign)]
    levels = {spec.name: spec.paired for spec in campaign.catalogue}
    catalogue = compare.Catalogue(campaign.baseline, levels, campaign.canaries)
    return compare.differences(compare.observe(captures, hosts=hosts_of(campaign.official_host)), catalogue)


def _has_scanned(capture: Capture, campaign: Campaign) -> bool:
    specs = (spec for spec in campaign.catalogue if spec.name.startswith(ENV_FACT))
    return any(capture.world.get(spec.name) in spec.scanned for spec in specs)


def hosts_of(official: str) -> compare.Hosts:
    """Say how the comparison knows the agent's own API host in each world."""

    def base(world: World) -> str:
        level = world.get("base_url", OFFICIAL)
        return official if level == OFFICIAL else facts_of_url(level).host

    def proxy(world: World) -> str:
        level = world.get("http_proxy", UNSET)
        return "" if level == UNSET else facts_of_url(level).host

    return compare.Hosts(base, official or None, proxy)


def _warm_up(bench: Bench, planned: Planned, captures: list[Capture]) -> None:
    bench.progress.phase("first run", 1)
    spec = surroundings.build(bench.agent, planned.world, run=0, purpose=planned.purpose, shell=bench.shell)
    capture = bench.lab.warm_up(spec)
    captures.append(capture)
    bench.progress.advance()
    if capture.records_dropped or capture.bytes_dropped:
        raise AgentError(
            f"the agent sent more in one run than the lab keeps ({capture.records_dropped} records and "
            f"{capture.bytes_dropped} bytes of bodies were not kept), so its bytes cannot be compared."
        )
    if not capture.model_exchanges:
        raise AgentError(why_no_model(capture, bench.agent))
    _check_base_url(capture)


def _check_base_url(capture: Capture) -> None:
    """Refuse an agent that asks its model elsewhere than at the custom host it was given."""
    level = capture.world.get("base_url", OFFICIAL)
    if level == OFFICIAL:
        return
    given = compare.Hosts(lambda _: facts_of_url(level).host)
    asked = {name.decode("latin-1") for e in capture.model_exchanges if (name := host_named(e.request))}
    if asked and not any(given.kind(host.rpartition(":")[0] or host, capture.world) == compare.BASE for host in asked):
        raise AgentError(
            f"the agent ignored its base_url ({level}) and asked a model at {', '.join(sorted(asked))}; "
            "correct the recipe, or leave {base_url} out of it to audit the official host alone."
        )


def host_named(request: Request) -> bytes | None:
    """Return the host that a request names, HTTP/2 or HTTP/1."""
    return request.header(":authority") or request.header("host")


def why_no_model(capture: Capture, agent: Agent) -> str:
    """Say in one sentence what an agent did that never asked a model."""
    process = capture.process
    if process.timed_out:
        how = f"it did not end within {agent.recipe.timeout_s:.0f} s"
    elif process.signal is not None:
        how = f"signal {process.signal} ended it"
    else:
        how = f"it ended with exit code {process.exit_code}"
    said = (process.stderr or process.stdout).decode(errors="replace").strip()
    words = f"; its last words: {said[-_LAST_WORDS:]!r}" if said else ""
    sent = f"{len(capture.exchanges)} other requests" if capture.exchanges else "no request at all"
    return f"the agent never sent a model request ({how}, with {sent}){words}."
