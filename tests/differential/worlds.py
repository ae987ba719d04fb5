"""The worlds of the differential test: pure, and the same for the same seed.

Four groups of hosts take turns, so that every state is met early: hosts without a match, known ones, hosts with a
keyword, and both. The groups only say what a host was made for; what it is, the three answers say. Every eighth world
has one of the zone names that count; the rest go through all other names of the tz database.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final, TypeVar

from wiretell.lab.levels import zone_names
from wiretell.marks.date_line.hosts import OFFICIAL_HOST, host_lists
from wiretell.marks.date_line.zones import COUNTED, zones
from wiretell.model.world import OFFICIAL, World

_T = TypeVar("_T")

VARIABLE: Final = "env:ANTHROPIC_BASE_URL"
FULL: Final = 680
"""Worlds in which every zone name of the tz database and every entry of both lists is met."""
_TURNS: Final = ("none", "known", "word", "both", "none", "known", "known", "none")
_COUNTED_EVERY: Final = 4
"""One round of four has a zone that counts: one of each group, which is all eight states."""
LAB: Final = "lab.test"
OTHERWISE: Final = "written otherwise"


@dataclass(frozen=True, slots=True)
class Trial:
    """One world, with what its host was made for."""

    kind: str
    """`entry`, `subdomain`, `letter before` ...: how the host was made."""
    base_url: str
    """Value of the variable, or `official` where it is not set."""
    zone: str

    @property
    def set_to(self) -> str | None:
        """What an agent reads in the variable."""
        return None if self.base_url == OFFICIAL else self.base_url

    @property
    def world(self) -> World:
        """The world for the lab. What is more than scheme, host and port is set past the fact `base_url`."""
        levels = {"base_url": self.base_url, "timezone": self.zone}
        if self.kind == OTHERWISE:
            levels |= {"base_url": f"http://gateway.{LAB}", VARIABLE: self.base_url}
        return World.of(levels)


Host = tuple[str, str]
"""Kind and base URL."""
_EMPTY: Final = (OTHERWISE, "")


def trials(count: int, seed: int) -> tuple[Trial, ...]:
    """Return so many worlds."""
    chance = random.Random(f"{seed}:differential")
    hosts = {group: cycle(_shuffled(made, chance)) for group, made in groups(chance).items()}
    counted = cycle(_shuffled(counted_zones(), chance))
    others = cycle(_shuffled(sorted(zone_names() - set(counted_zones())), chance))
    return tuple(islice(_take_turns(hosts, counted, others), count))


def counted_zones() -> tuple[str, ...]:
    """Return the zone names that are told as one of the two that count."""
    return (*COUNTED, *sorted(zones().runtimes["node"]))


def _take_turns(hosts: Mapping[str, Iterator[Host]], counted: Iterator[str], others: Iterator[str]) -> Iterator[Trial]:
    round_ = 0
    while True:
        for turn, group in enumerate(_TURNS):
            marked = round_ % _COUNTED_EVERY == 0 and turn < _COUNTED_EVERY
            yield Trial(*next(hosts[group]), next(counted if marked else others))
        round_ += 1


def _shuffled(values: Sequence[_T], chance: random.Random) -> list[_T]:
    return chance.sample(list(values), len(values))


# ---------------------------------------------------------------- hosts


def groups(chance: random.Random) -> dict[str, list[Host]]:
    """Return the hosts of each group; no host is there twice."""
    known, words = host_lists().lists["known"].entries, host_lists().lists["labKw"].entries
    some = {size: chance.sample(known, size) for size in (12, 20, 40)}
    return {
        "none": [
            *_structural(),
            *_near_known(some[40]),
            *_near_words(words),
            *_otherwise((OFFICIAL_HOST, f"gateway.{LAB}")),
            _EMPTY,
        ],
        "known": [*_known(known, some), *_otherwise(("deep.company.cn", some[12][0], f"a.{some[12][1]}"))],
        "word": [*_words(words), *_otherwise(("api.deepseek.com",))],
        "both": [*_both(words, some[40]), *_otherwise(("zhipu.company.cn",))],
    }


def _structural() -> list[Host]:
    official = (OFFICIAL, "https://api.anthropic.com", "https://API.Anthropic.com", "https://api.anthropic.com:443")
    beside = (
        "http://api.anthropic.com",
        "http://api.anthropic.com:8080",
        "https://api.anthropic.com:8443",
        "http://anthropic.com",
        "http://eu.api.anthropic.com",
        f"http://api.anthropic.com.{LAB}",
    )
    local = ("http://localhost", "http://localhost:4000", "http://127.0.0.1", "http://127.0.0.1:8080", "http://[::1]")
    addresses = ("http://10.11.12.13", "http://192.168.7.9:3000", "http://163.0.113.5")
    names = (f"http://gateway.{LAB}", f"https://gateway.{LAB}", f"http://a_b.{LAB}", f"http://xn--fsqu00a.{LAB}")
    return [
        *(("official", url) for url in official),
        *(("beside official", url) for url in beside),
        *(("local", url) for url in local),
        *(("address", url) for url in addresses),
        *(("other", url) for url in names),
    ]


def _near_known(entries: Sequence[str]) -> list[Host]:
    return [
        *(("letter before", f"http://x{entry}") for entry in ("cn", *entries)),
        ("letter before", "http://notcn"),
        *(("first letter gone", f"http://{entry[1:]}") for entry in entries if entry[1] not in "-."),
        *(("letter behind", f"http://{entry}x") for entry in ("cn", *entries)),
        *(("entry first", f"http://{entry}.{LAB}") for entry in ("cn", *entries)),
        *(("dot turned hyphen", f"http://{entry.replace('.', '-')}.{LAB}") for entry in entries[:20]),
    ]


def _near_words(words: Sequence[str]) -> list[Host]:
    return [
        *(("keyword short of a letter", f"http://{word[:-1]}.{LAB}") for word in words),
        *(("keyword cut by a dot", f"http://{word[:3]}.{word[3:]}.{LAB}") for word in words),
        *(("keyword cut by a hyphen", f"http://{word[:3]}-{word[3:]}.{LAB}") for word in words),
    ]


def _known(entries: Sequence[str], some: Mapping[int, Sequence[str]]) -> list[Host]:
    return [
        *(("entry", f"http://{entry}") for entry in entries),
        *(("subdomain", f"http://a.{entry}") for entry in some[40]),
        *(("subdomain", f"http://a.b-c.{entry}") for entry in some[12]),
        *(("entry with a port", f"http://{entry}:{8000 + port}") for port, entry in enumerate(some[12])),
        *(("entry in upper case", f"http://{entry.upper()}") for entry in some[12]),
        *(("entry by https", f"https://{entry}") for entry in some[12]),
        ("subdomain", f"http://{'a.' * 20}company.cn"),
        ("subdomain", "http://xn--fsqu00a.xn--fsqu00a.cn"),
    ]


def _words(words: Sequence[str]) -> list[Host]:
    return [
        *(("keyword", f"http://{word}") for word in words),
        *(("keyword in a host", f"http://my-{word}9.{LAB}") for word in words),
        *(("keyword as last label", f"http://api.{word}") for word in words),
        *(("keyword in upper case", f"http://{word.upper()}.{LAB}") for word in words),
        *(("keyword with a port", f"http://a.{word}.com:{9000 + port}") for port, word in enumerate(words)),
        *(("keyword under localhost", f"http://{word}.localhost") for word in words),
        *(("keyword by https", f"https://{word}.{LAB}") for word in words),
    ]


def _both(words: Sequence[str], entries: Sequence[str]) -> list[Host]:
    return [
        *(("both", f"http://{word}.company.cn") for word in words),
        *(("both", f"http://{word}cn.{entry}") for word, entry in zip(cycle(words), entries, strict=False)),
        *(("both by https", f"https://x{word}.cn") for word in words),
        *(("both with a port", f"http://{word}.cn:8080") for word in words),
    ]


def _otherwise(hosts: Sequence[str]) -> list[Host]:
    """Spellings of a base URL beyond scheme, host and port."""
    forms = ("http://{}/", "http://{}/anthropic", "HTTP://{}", "http://{}.")
    return [(OTHERWISE, form.format(host)) for host in hosts for form in forms]
