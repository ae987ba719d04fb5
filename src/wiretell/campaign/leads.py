"""From a scan to what an audit tries: the decoded lists, and the levels that this agent can be given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wiretell.errors import UsageError
from wiretell.lab import facts
from wiretell.lab.levels import check_level
from wiretell.model.agent import Agent
from wiretell.model.findings import Lead, NotExamined
from wiretell.model.scan import MentionKind, ScanResult
from wiretell.model.world import World
from wiretell.scan.entries import Trial
from wiretell.scan.flow import ALWAYS_OUT_OF_SIGHT
from wiretell.scan.levels import Levels, levels
from wiretell.scan.trials import Trials, sweep_trials

SWEEPABLE: Final = ("base_url", "timezone", "locale")
"""Facts whose every level can be made of an entry; `env:NAME` takes any text."""
_STEERING: Final = (
    "GIT_",
    "NODE_",
    "PYTHON",
    "BUN_",
    "LD_",
    "DYLD_",
    "SSL_",
    "GCONV_",
    "LOCPATH",
    "BASH_",
    "XDG_CONFIG_HOME",
)
_STEERING_NAMES: Final = frozenset({"TZDIR", "HOSTALIASES", "ENV", "ALL_PROXY", "SHELLOPTS", "IFS"})
"""Variables (and beginnings of their names) that say where other facts are read, or what is run: what follows them is
another fact's doing."""
_MOST_SAID: Final = 6
"""Things the scan could not read that are named one by one."""


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """One sweep as it was run: with the captures, all that reading it again needs."""

    fact: str
    world: World
    """Where everything but `fact` rests; it has the fact's baseline level."""
    trials: tuple[Trial, ...]


def from_scan(result: ScanResult, agent: Agent) -> Levels:
    """Choose what an audit of `agent` takes from a scan; what the scan did not read is carried along."""
    found = levels(
        result, lambda fact, level: _is_plain(level) and facts.possible(agent, fact, level), _own(result, agent)
    )
    return replace(found, not_examined=(*found.not_examined, *_steering(result), *_unread(result.not_examined)))


def would_try(result: ScanResult) -> Mapping[str, tuple[str, ...]]:
    """Return fact -> the levels that an audit would try because of a scan, whatever the agent."""
    return levels(result, _is_level, _own(result)).tried


def _own(result: ScanResult, agent: Agent | None = None) -> frozenset[str]:
    """Return the variables that are not to be tried: the recipe's own, and those that steer."""
    return frozenset({*(agent.recipe.env if agent else ()), *_steering_names(result)})


def _steering_names(result: ScanResult) -> list[str]:
    named = {mention.name for mention in result.mentions if mention.kind is MentionKind.ENVIRONMENT}
    return sorted(name for name in named if name.startswith(_STEERING) or name in _STEERING_NAMES)


def _is_plain(level: str) -> bool:
    """Whether a level is one line without control characters: it comes from the package, which may be hostile."""
    return level.isprintable()


def _is_level(fact: str, level: str) -> bool:
    if not _is_plain(level):
        return False
    try:
        check_level(fact, level)
    except UsageError:
        return False
    return True


def without_scan(what: str, why: str) -> Levels:
    """Return no levels, and say why."""
    return Levels(not_examined=(NotExamined(what, why),))


def trials_for(leads: Sequence[Lead], fact: str, agent: Agent) -> Trials:
    """Make the levels of a sweep that this agent can be given."""
    return sweep_trials(leads, fact, lambda name, level: facts.possible(agent, name, level))


def _steering(result: ScanResult) -> tuple[NotExamined, ...]:
    named = _steering_names(result)
    why = "they say where other facts are read, or what is run; --level env:NAME=VALUE tries one"
    shown = ", ".join(named[:_MOST_SAID]) + (f" and {len(named) - _MOST_SAID} more" if len(named) > _MOST_SAID else "")
    return (NotExamined(f"environment variables {shown}", why),) if named else ()


def _unread(left: Sequence[NotExamined]) -> tuple[NotExamined, ...]:
    """Carry along what of this package was not read; what no scan can do is the audit's own business to say."""
    own = [one for one in left if one not in ALWAYS_OUT_OF_SIGHT]
    said = [NotExamined(f"reading the package: {one.what}", one.why) for one in own[:_MOST_SAID]]
    if len(own) > _MOST_SAID:
        why = "`wiretell scan` names them"
        said.append(NotExamined(f"reading the package: {len(own) - _MOST_SAID} further things", why))
    return tuple(said)
