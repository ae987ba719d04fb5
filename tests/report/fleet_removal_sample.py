"""Removals as `fleet` would hand them over: a plan, one that was carried out, one that failed, nothing to do."""

from __future__ import annotations

from dataclasses import replace

from tests.report import fleet_sample as sample
from wiretell.model.fleet import Action, Removal, Step, StepResult, StepState

_PATH = sample.CLAUDE.path
_SCOPE = _PATH.rpartition("/")[0]
_COMMAND = sample.CLAUDE.commands[0]
_ARCHIVE = f"{sample.HOME}/.local/state/wiretell/fleet/removal-20260710T090100Z-0f0f0f0f/archive.tar.gz"
_STEPS = (
    Step(Action.END, "pid 4711", sample.PROCESS.id, "kill 4711"),
    Step(
        Action.ARCHIVE,
        f"{sample.HOME}/.claude",
        sample.CLAUDE.id,
        f"tar -rPf kept.tar -- {sample.HOME}/.claude && rm -r -- {sample.HOME}/.claude",
    ),
    Step(Action.TAKE, _COMMAND, sample.CLAUDE.id, f"rm -- {_COMMAND}"),
    Step(Action.TAKE, _PATH, sample.CLAUDE.id, f"rm -r -- {_PATH}"),
    Step(Action.TIDY, _SCOPE, sample.CLAUDE.id, f"rmdir -- {_SCOPE}"),
    Step(
        Action.LEFT,
        f"{sample.HOME}/.bashrc",
        sample.BASE_URL.id,
        f"{sample.HOME}/.bashrc, line 118 sets ANTHROPIC_BASE_URL for claude-code, which goes; delete the line.",
    ),
)


def _results(*states: StepState, why: str = "") -> tuple[StepResult, ...]:
    results = [StepResult(step, state) for step, state in zip(_STEPS, (*states, StepState.LEFT), strict=True)]
    return tuple(replace(each, why=why) if each.state is StepState.FAILED else each for each in results)


def planned() -> Removal:
    return Removal(
        checked=sample.checked(),
        steps=_results(*[StepState.PLANNED] * 5),
        applied=False,
        notes=("The removal begun at 2026-07-10T08:00:00Z was broken off; --apply takes it up.",),
    )


def done() -> Removal:
    return Removal(
        checked=sample.checked(),
        steps=_results(*[StepState.DONE] * 5),
        applied=True,
        archive=_ARCHIVE,
        archived=(f"{sample.HOME}/.claude",),
        after=sample.nothing_banned(),
        resumed=True,
    )


def failed() -> Removal:
    states = (StepState.DONE, StepState.UNDONE, StepState.UNDONE, StepState.FAILED, StepState.UNDONE)
    return Removal(
        checked=sample.checked(),
        steps=_results(*states, why=f"{_PATH} cannot be taken away: it is not what it was when it was planned"),
        applied=True,
        after=sample.checked(),
    )


def led() -> Removal:
    """A link in the home led to a program of somebody else's, which stays."""
    program = "/data/tools/claude"
    steps = (
        StepResult(Step(Action.TAKE, _COMMAND, sample.CLAUDE.id, f"rm -- {_COMMAND}"), StepState.DONE),
        StepResult(
            Step(
                Action.LEFT,
                program,
                sample.CLAUDE.id,
                f"{program} stays: it lies outside the homes and the system's folders that were looked at; what led "
                f"there goes ({_COMMAND}); by hand, as who may: rm -- {program}",
            ),
            StepState.LEFT,
        ),
    )
    return Removal(checked=sample.checked(), steps=steps, applied=True, after=sample.nothing_banned())


def nothing() -> Removal:
    return Removal(checked=sample.nothing_banned(), steps=(), applied=True)
