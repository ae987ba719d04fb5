"""What to simulate: presets, their changes, and the campaigns that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from wiretell.errors import UsageError

STEALTHS: Final = ("S0", "S1", "S2", "S3", "S4")
KINDS: Final = ("distillation", "reseller-pool", "hydra")
"""Of campaigns over many accounts; `shared-key` is one account each. A hydra is harvest among resold traffic."""
_SIZES: Final = (5, 50, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A world to simulate. `preset` gives the usual ones."""

    preset: str = "mixed"
    accounts: int = 30_000
    """Honest ones, before `scale`."""
    days: int = 30
    start: str = "2026-04-22"
    """First day, UTC."""
    sizes: tuple[int, ...] = _SIZES
    """Accounts of campaigns, before `scale`."""
    stealth: tuple[str, ...] = STEALTHS
    kinds: tuple[str, ...] = KINDS
    campaigns: int | None = None
    """How many; None: one of each size at each level of stealth, or as many as `prevalence` wants."""
    prevalence: float | None = None
    """Share of accounts that belong to campaigns; None: as the campaigns have it. 0: an honest world."""
    shared_keys: int = 10
    """Accounts whose key was sold to many users, before `scale`."""
    grey: float = 0.004
    """Share of accounts that friends share, and of those whose key was stolen: neither honest nor a campaign."""
    honest_per_day: float = 2.6
    """Exchanges of an honest account a day, on average over accounts: 100 in 38 days."""
    bad_per_day: float = 25.6
    """Exchanges of a campaign's account a day: 28.8 M / 25,000 / 45 days = 25.6 in the reported case."""
    span: tuple[float, float] = (0.0, 0.35)
    """Part of the time in which campaigns begin."""
    scale: float = 1.0
    """Thins the world: that share of the accounts, of the shared keys, and of each campaign's accounts (at least 3).
    What one account does in a day stays as it is."""
    label_noise: float = 0.0
    """Share of accounts whose `honest_seen` in the truth is the wrong way round."""
    drop_columns: tuple[str, ...] = ()
    """Columns left out of the log."""
    limit_scale: float = 1.0
    """Times as many exchanges an hour as usual before the provider refuses: above 1, fewer refusals."""
    frame: bool = False
    """Whether one campaign in two copies headers, prompts and network of innocent groups."""
    seed: int = 1
    workers: int = 2
    """Processes; the log does not depend on it."""


_PRESETS: Final = {
    "mixed": Settings(),
    "honest": Settings(preset="honest", prevalence=0.0, shared_keys=0, grey=0.0),
    "reported": Settings(
        preset="reported",
        accounts=100_000,
        days=45,
        sizes=(25_000,),
        stealth=("S1",),
        kinds=("hydra",),
        campaigns=1,
        shared_keys=0,
        grey=0.0,
        span=(0.0, 0.0),
    ),
    "small": Settings(preset="small", accounts=800, days=8, sizes=(5, 25), stealth=("S0", "S1", "S2"), shared_keys=2),
}
NAMES: Final = tuple(_PRESETS)


@dataclass(frozen=True, slots=True)
class Plan:
    """One campaign to be."""

    kind: str
    stealth: str
    size: int


def preset(name: str, **changes: Any) -> Settings:
    """Return a preset with changes of its fields.

    :raises UsageError: for an unknown preset, or what cannot be simulated.
    """
    if name not in _PRESETS:
        raise UsageError(f"There is no preset {name}; there are {', '.join(NAMES)}.")
    settings = replace(_PRESETS[name], **changes)
    check(settings)
    return settings


def check(settings: Settings) -> None:
    """:raises UsageError: for settings that cannot be simulated."""
    for told, holds in (
        ("--accounts takes 1 or more", settings.accounts >= 1),
        ("--days takes 1 to 3650", 1 <= settings.days <= 3650),
        ("--prevalence takes a share from 0 to 0.9", settings.prevalence is None or 0 <= settings.prevalence <= 0.9),
        ("--scale takes a number above 0, at most 100", 0 < settings.scale <= 100),
        ("a scale of limits is above 0, at most 1000", 0 < settings.limit_scale <= 1000),
        ("--label-noise takes a share from 0 to 0.5", 0 <= settings.label_noise <= 0.5),
        ("--campaigns takes 0 or more", settings.campaigns is None or settings.campaigns >= 0),
        ("--seed takes 0 or more", settings.seed >= 0),
        ("campaigns have 3 accounts or more", bool(settings.sizes) and min(settings.sizes) >= 3),
        (f"--stealth takes {', '.join(STEALTHS)}", bool(settings.stealth) and set(settings.stealth) <= set(STEALTHS)),
        (f"kinds are {', '.join(KINDS)}", bool(settings.kinds) and set(settings.kinds) <= set(KINDS)),
        ("the first day is written YYYY-MM-DD", _is_day(settings.start)),
    ):
        if not holds:
            raise UsageError(f"This cannot be simulated: {told}.")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def honest_accounts(settings: Settings) -> int:
    """Return how many honest accounts there will be."""
    return max(1, round(settings.accounts * settings.scale))


def plans(settings: Settings) -> tuple[Plan, ...]:
    """Return the campaigns: sizes from small to large, at each level of stealth in turn, kinds turning with them."""
    if settings.prevalence == 0:
        return ()
    cycle = [(size, stealth) for size in settings.sizes for stealth in settings.stealth]
    wanted = settings.campaigns if settings.campaigns is not None else len(cycle)
    if settings.prevalence is not None and settings.campaigns is None:
        return _filling(settings, cycle)
    return tuple(_plan(settings, cycle, number) for number in range(wanted))


def _plan(settings: Settings, cycle: list[tuple[int, str]], number: int) -> Plan:
    size, stealth = cycle[number % len(cycle)]
    turn = number % len(settings.stealth) + number // len(settings.stealth)  # kinds must not go along with levels
    return Plan(settings.kinds[turn % len(settings.kinds)], stealth, max(3, round(size * settings.scale)))


def _filling(settings: Settings, cycle: list[tuple[int, str]]) -> tuple[Plan, ...]:
    """Return campaigns until the wanted prevalence is reached; the last one is cut to fit."""
    share = settings.prevalence or 0.0
    left = round(share / (1 - share) * honest_accounts(settings))
    found: list[Plan] = []
    while left >= 3:
        plan = _plan(settings, cycle, len(found))
        found.append(replace(plan, size=min(plan.size, left)))
        left -= found[-1].size
    return tuple(found)
