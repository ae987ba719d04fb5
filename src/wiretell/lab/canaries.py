"""By which strings an open echo of a level is known.

An agent that writes a level's own value tells it openly; one that varies without writing it is hiding something or
deriving something. `compare` looks for these strings (and for their hashes and encodings, which are its business) in
what differs. Strings are chosen so that finding one by chance is unlikely: a level such as `1` has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import PurePosixPath
from uuid import UUID

from wiretell.lab.levels import ENV_FACT, FILE_FACT, facts_of_url, parse_clock, zone
from wiretell.lab.pools import CI_VARIABLES, REAL_CLOCK
from wiretell.model.world import OFFICIAL, UNSET

MIN_LENGTH = 6
"""Shorter values of free facts (`env:`, base names) are found everywhere by chance."""

# Names by which ICU calls zones that the tz database has renamed (CLDR keeps the first name it knew).
_ICU_NAMES = {
    "Etc/UTC": "UTC",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Yangon": "Asia/Rangoon",
    "Europe/Kyiv": "Europe/Kiev",
}

# Not strftime("%B"), which follows the locale of the process.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_SEASONS = (datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC))


def canaries(fact: str, level: str) -> tuple[str, ...]:
    """Return the strings that betray `level` of `fact` when they are echoed, longest first; empty where none would.

    `(unset)`, `real` and `official` have none of their own (the catalogue adds the official host, which only the recipe
    knows). The level must have passed `levels.check_level`.
    """
    if level in (UNSET, REAL_CLOCK, OFFICIAL):
        return ()
    return _ordered(_strings(fact, level))


def _ordered(strings: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({s for s in strings if s}, key=lambda s: (-len(s), s)))


def _strings(fact: str, level: str) -> Iterable[str]:
    match fact:
        case "base_url" | "http_proxy":
            return _of_url(level)
        case "timezone":
            return _of_zone(level)
        case "locale":
            return _of_locale(level)
        case "clock":
            return _of_clock(level)
        case "home" | "cwd":
            return (level, *_long(PurePosixPath(level).name))
        case "git_email":
            return (level, *_long(level.partition("@")[0]), *_long(level.partition("@")[2]))
        case "git_remote":
            return _of_remote(level)
        case "machine_id":
            return (level, str(UUID(level)))
        case "ci":
            return tuple(text for pair in CI_VARIABLES[level].items() for text in pair if len(text) >= 2 * MIN_LENGTH)
        case _ if fact.startswith(ENV_FACT):
            return (*_long(fact.removeprefix(ENV_FACT)), *_long(level))
        case _ if fact.startswith(FILE_FACT):
            return (*_long(PurePosixPath(fact.removeprefix(FILE_FACT)).name), *_long(level.strip()))
        case _:
            return (level,)


def _long(text: str) -> tuple[str, ...]:
    return (text,) if len(text) >= MIN_LENGTH else ()


def _of_url(level: str) -> Iterable[str]:
    url = facts_of_url(level)
    netloc = url.host if url.port is None else f"{url.host}:{url.port}"
    return (level, netloc, url.host)


def _of_zone(level: str) -> Iterable[str]:
    names = {level, _ICU_NAMES.get(level, level)}
    cities = {name.rpartition("/")[2] for name in names}
    return (*names, *(c for c in cities if c != "UTC"), *(c.replace("_", " ") for c in cities), *_offsets(level))


def _offsets(level: str) -> Iterable[str]:
    """Yield the zone's distance from UTC as clocks write it: `+08:00`, `+0800`, `GMT+8`, `UTC+8`."""
    for at in _SEASONS:
        delta = at.astimezone(zone(level)).utcoffset()
        minutes = int(delta.total_seconds()) // 60 if delta is not None else 0
        sign, hours, rest = "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60
        yield from (f"{sign}{hours:02}:{rest:02}", f"{sign}{hours:02}{rest:02}")
        short = f"{sign}{hours}" + (f":{rest:02}" if rest else "")
        if minutes:
            yield from (f"GMT{short}", f"UTC{short}")


def _of_locale(level: str) -> Iterable[str]:
    name = level.partition(".")[0]
    # `C` and `POSIX` by themselves are found in any text.
    return (level,) if "_" not in name else (level, name, name.replace("_", "-"), name.replace("_", "-").lower())


def _of_clock(level: str) -> Iterable[str]:
    at = parse_clock(level)
    month = _MONTHS[at.month - 1]
    return (
        level,
        at.strftime("%Y-%m-%d"),
        at.strftime("%Y%m%d"),
        f"{month} {at.day}, {at.year}",
        f"{at.day} {month} {at.year}",
        f"{month[:3]} {at.day}, {at.year}",
        f"{month[:3]} {at.day} {at.year}",
    )


def _of_remote(level: str) -> Iterable[str]:
    """Yield the URL, its host, `owner/repository` and `repository` of `scheme://host/path` or `user@host:path`."""
    rest = level.partition("://")[2] or level
    rest = rest.rpartition("@")[2]
    host, _, path = rest.partition("/") if "://" in level else rest.partition(":")
    path = path.removesuffix(".git")
    return (level, level.removesuffix(".git"), *_long(host), *_long(path), *_long(path.rpartition("/")[2]))
