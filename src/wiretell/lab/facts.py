"""The catalogue: which facts one audit varies, and over which levels.

A fact has *paired* levels, at most four, which take part in the pairwise array (every pair of levels of two facts is
met in some run), and *riders*, which are tried once each while other facts rest. Four bounds the array at 4 x 4 runs
and a few more: the number of rows of a covering array grows with the product of the two largest facts, and only with
the logarithm of their number (Kuhn, Kacker, Lei: Practical Combinatorial Testing, NIST SP 800-142, 2010).

Pure but for the `tzdata` package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from wiretell.errors import UsageError
from wiretell.lab.canaries import canaries
from wiretell.lab.levels import ENV_FACT, FILE_FACT, Url, check_level, facts_of_url
from wiretell.lab.pools import DEFAULT_ENV, POOLS, STRUCTURAL, Pool
from wiretell.model.agent import Agent, Recipe
from wiretell.model.findings import NotExamined
from wiretell.model.world import OFFICIAL, UNSET

__all__ = [
    "MAX_PAIRED",
    "FactSpec",
    "Scanned",
    "Url",
    "canaries",
    "catalogue",
    "facts_of_url",
    "missing_locales",
    "possible",
    "takes_base_url",
    "unavailable",
]

MAX_PAIRED = 4
MAX_SCANNED_PAIRED = 2
"""Scanned levels of one fact that may join the array, where no guesses take their places."""
BASE_URL_PLACEHOLDER = "{base_url}"


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact with the levels an audit tries."""

    name: str
    summary: str
    """What the fact sets, in a few words, for reports."""
    baseline: str
    """The level of the baseline world; always `paired[0]`."""
    paired: tuple[str, ...]
    """Levels of the pairwise array, baseline included; one level alone means that the fact cannot be varied here."""
    riders: tuple[str, ...] = ()
    """Further levels, each tried once."""
    canaries: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Level -> the strings by which an open echo of it is known, longest first; levels without any are left out."""
    named: tuple[str, ...] = ()
    """Riders that recipe, user or scan named: where riders do not all find room, guesses go first."""
    scanned: tuple[str, ...] = ()
    """Riders that a scan alone named: they take the places of guesses, so that there are runs left for proofs."""

    @property
    def levels(self) -> tuple[str, ...]:
        """All levels: paired ones first, baseline in front."""
        return self.paired + self.riders


@dataclass(frozen=True, slots=True)
class Scanned:
    """Levels that reading the package gave."""

    levels: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Fact -> levels, most promising first."""
    alone: bool = False
    """Whether the guesses of the built-in pools are left out (`pools.STRUCTURAL` says what stays)."""


def catalogue(
    agent: Agent,
    extra_levels: Mapping[str, Sequence[str]] = MappingProxyType({}),
    *,
    scanned: Scanned = Scanned(),
    faketime: bool = True,
) -> tuple[FactSpec, ...]:
    """Return the facts of an audit of `agent`, in a fixed order, with their levels.

    `extra_levels` is what `--level FACT=VALUE` gave: fact -> levels. A level added to a fact, by the recipe or by the
    user, joins the array while the fact has fewer than four paired levels, and rides else. A scanned level rides, so
    that what a package names cannot blow up the array; without guesses up to two of a fact of `pools.STRUCTURAL` fill
    its places. `faketime` says whether the machine has the library that sets the clock. Facts that cannot be varied for
    this agent are left out or reduced to one level; `unavailable` says which and why. UsageError for an unknown fact or
    a level that cannot be one.
    """
    added = _added(agent.recipe, extra_levels)
    found = {fact: [x for x in levels if possible(agent, fact, x)] for fact, levels in scanned.levels.items()}
    can_fake = faketime and agent.target.runtime != "static"
    free = dict.fromkeys(name for name in (*added, *found) if ":" in name and (added.get(name) or found.get(name)))
    starts = [_fit(_structural(pool) if scanned.alone else pool, agent.recipe) for pool in POOLS]
    starts += [_free_pool(name, agent.recipe) for name in free]
    specs = (
        _spec(_extend(pool, added.get(pool.fact, ())), agent.recipe, pool, found.get(pool.fact, ()), scanned.alone)
        for pool in starts
        if can_fake or pool.fact != "clock"
    )
    return tuple(specs)


def possible(agent: Agent, fact: str, level: str) -> bool:
    """Whether `level` can be given to this agent as a level of `fact`."""
    try:
        check_level(fact, level)
        _check_fits(fact, level, agent.recipe)
    except UsageError:
        return False
    return True


def takes_base_url(recipe: Recipe) -> bool:
    """Whether the recipe has a place for `{base_url}` at all."""
    texts: Iterable[str] = (*recipe.command, *recipe.env.values(), *recipe.files.values())
    return any(BASE_URL_PLACEHOLDER in text for text in texts)


def unavailable(agent: Agent, *, faketime: bool = True) -> tuple[NotExamined, ...]:
    """Return the facts and levels that cannot be varied for this agent on this machine, each with its reason."""
    reasons = []
    if agent.target.runtime == "static":
        reasons.append(NotExamined("clock", "the program has no dynamic loader, so no clock can be put before it"))
    elif not faketime:
        reasons.append(NotExamined("clock", "the libfaketime library is not on this machine"))
    if (why := _no_custom(agent.recipe)) is not None:
        reasons.append(NotExamined("base_url other than official", why))
    elif (why := _no_official(agent.recipe)) is not None:
        reasons.append(NotExamined("base_url official", why))
    return tuple(reasons)


def missing_locales(specs: Iterable[FactSpec], have: Iterable[str]) -> tuple[str, ...]:
    """Return the levels of `locale` that are not among `have` (as `locale -a` prints them), sorted.

    The sandbox lets the C library accept these, but with the formats of C.UTF-8: what an agent in C or Python formats
    by them is not examined. Node and Bun carry formats of their own.
    """
    known = {_locale_key(name) for name in have} | {"c", "posix"}
    levels = [level for spec in specs if spec.name == "locale" for level in spec.levels]
    return tuple(sorted(level for level in levels if _locale_key(level) not in known))


def _locale_key(name: str) -> str:
    # glibc folds the codeset the same way before it looks for a locale's folder.
    return name.lower().replace("utf-8", "utf8")


def _no_custom(recipe: Recipe) -> str | None:
    return None if takes_base_url(recipe) else "the recipe has no place for {base_url}"


def _no_official(recipe: Recipe) -> str | None:
    if recipe.official is None:
        return "the recipe names no official host"
    if recipe.official.command is None and any(BASE_URL_PLACEHOLDER in part for part in recipe.command):
        return "the recipe's command holds {base_url} and has no replacement for the official host"
    return None


def _added(recipe: Recipe, extra: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Join the levels of recipe and user, checked, each once, the user's last."""
    added: dict[str, list[str]] = {}
    for fact, levels in (*recipe.levels, *extra.items()):
        known = added.setdefault(fact, [])
        for level in levels:
            check_level(fact, level)
            _check_fits(fact, level, recipe)
            if level not in known:
                known.append(level)
    return added


def _check_fits(fact: str, level: str, recipe: Recipe) -> None:
    if fact == "base_url" and takes_base_url(recipe) and level == OFFICIAL:
        _refuse(level, recipe, _no_official(recipe))
    elif fact == "base_url" and level != OFFICIAL:
        _refuse(level, recipe, _no_custom(recipe))
    name = fact.removeprefix(ENV_FACT)
    if fact.startswith(ENV_FACT) and BASE_URL_PLACEHOLDER in recipe.env.get(name, ""):
        raise UsageError(f"The variable {name} carries the fact 'base_url' of {recipe.name}; vary that.")


def _refuse(level: str, recipe: Recipe, why: str | None) -> None:
    if why is not None:
        raise UsageError(f"base_url cannot be {level} for {recipe.name}: {why}.")


def _structural(pool: Pool) -> Pool:
    kept = STRUCTURAL.get(pool.fact)
    return pool if kept is None else Pool(pool.fact, pool.summary, kept)


def _fit(pool: Pool, recipe: Recipe) -> Pool:
    """Cut a built-in pool to what the recipe can be given."""
    if pool.fact != "base_url":
        return pool
    if _no_custom(recipe) is not None:
        return Pool(pool.fact, pool.summary, (OFFICIAL,))
    if _no_official(recipe) is not None:
        return Pool(pool.fact, pool.summary, tuple(p for p in pool.paired if p != OFFICIAL), pool.riders)
    return pool


def _free_pool(name: str, recipe: Recipe) -> Pool:
    """Return the pool of an `env:` or `file:` fact: absent, unless the recipe sets a plain value in every world."""
    if name.startswith(ENV_FACT):
        variable = name.removeprefix(ENV_FACT)
        return Pool(name, f"the variable {variable}", (_plain(recipe.env.get(variable, DEFAULT_ENV.get(variable))),))
    path = name.removeprefix(FILE_FACT)
    own = recipe.files.get(path.removeprefix("~/")) if path.startswith("~/") else None
    return Pool(name, f"the file {path} and its content", (_plain(own),))


def _plain(value: str | None) -> str:
    return UNSET if value is None else value


def _extend(pool: Pool, levels: Iterable[str]) -> Pool:
    paired, riders = list(pool.paired), list(pool.riders)
    for level in levels:
        if level not in paired and level not in riders:
            (paired if len(paired) < MAX_PAIRED else riders).append(level)
    return Pool(pool.fact, pool.summary, tuple(paired), tuple(riders))


def _spec(pool: Pool, recipe: Recipe, prior: Pool, scanned: Sequence[str], alone: bool) -> FactSpec:
    """Make a fact of a pool (`prior` before recipe and user added to it) and of what a scan found for it."""
    fresh = [level for level in dict.fromkeys(scanned) if level not in (*pool.paired, *pool.riders)]
    places = MAX_PAIRED - len(pool.paired) if alone and pool.fact in STRUCTURAL else 0
    places = max(0, min(places, MAX_SCANNED_PAIRED))
    paired, riders = (*pool.paired, *fresh[:places]), (*pool.riders, *fresh[places:])
    found = {level: canaries(pool.fact, level) for level in paired + riders}
    if pool.fact == "base_url" and recipe.official is not None and OFFICIAL in found:
        found[OFFICIAL] = (recipe.official.host,)
    strings = MappingProxyType({level: texts for level, texts in found.items() if texts})
    named = tuple(level for level in riders if level not in prior.riders or level in scanned)
    return FactSpec(pool.fact, pool.summary, paired[0], paired, riders, strings, named, tuple(fresh[places:]))
