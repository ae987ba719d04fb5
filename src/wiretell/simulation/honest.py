"""Honest people: who they are, what they share with others, and why. At least a fifth look like a campaign in some way.

Each builder makes about `n` accounts of one subgroup. Volumes follow a Pareto law cut at 200 times the least (Zipf:
few heavy clients make most of the traffic, as ServeGen, arXiv 2505.09999, found of production traffic).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from wiretell.simulation import clients, devices, places
from wiretell.simulation.draw import DAY_US, Array, chosen, mix, within
from wiretell.simulation.world import (
    AGENT,
    CHAT,
    EVAL,
    JOBS,
    RATING,
    SAAS,
    SCRIPT,
    SOLD,
    SUBGROUPS,
    Making,
)

_PARETO: Final = 1.1
_MOST_TIMES: Final = 200.0
_TIMES: Final = 1.34
"""Mean over accounts of the `times` by which the volumes of subgroups differ from people's."""


def populate(made: Making, n: int) -> None:
    """Add `n` honest accounts, of all subgroups in their shares."""
    counts = _counts(n)
    for name, (_, build) in _BUILDERS.items():
        if counts[name]:
            build(made, counts[name])


def _counts(n: int) -> dict[str, int]:
    """Share `n` out, by largest remainders."""
    shares = {name: share * n for name, (share, _) in _BUILDERS.items()}
    counts = {name: int(share) for name, share in shares.items()}
    for name in sorted(shares, key=lambda name: counts[name] - shares[name])[: n - sum(counts.values())]:
        counts[name] += 1
    return counts


def rates(made: Making, n: int, times: float = 1.0) -> Array:
    """Return exchanges a day of accounts: Pareto, with the mean that the settings want, `times` over."""
    u = made.rng.random(n)
    least_over_most = _MOST_TIMES**-_PARETO
    drawn = (1 - u * (1 - least_over_most)) ** (-1 / _PARETO)
    mean = _PARETO / (_PARETO - 1) * (1 - _MOST_TIMES ** (1 - _PARETO)) / (1 - least_over_most)
    found: Array = drawn / mean * made.settings.honest_per_day / _TIMES * times
    return found


def zones(made: Making, n: int) -> Array:
    """Return where people live."""
    return chosen(made.tokens(n) << np.uint64(1), places.ZONE_SHARES)


def homes(made: Making, zone: Array) -> Array:
    """Return the carriers of people's homes."""
    carriers = made.nets.homes.shape[1]
    found: Array = made.nets.homes[zone, np.minimum(made.rng.geometric(0.4, len(zone)) - 1, carriers - 1)]
    return found


def phones(made: Making, zone: Array) -> Array:
    """Return the carriers of people's telephones."""
    return made.nets.phones[zone, made.rng.integers(0, made.nets.phones.shape[1], len(zone))]


def client_of(made: Making, n: int) -> Array:
    """Return the clients of people."""
    return made.rng.choice(len(clients.CLIENTS), n, p=clients.WEIGHTS / clients.WEIGHTS.sum())


def platforms(made: Making, client: Array) -> Array:
    """Return the platforms of devices."""
    found: Array = (made.rng.random(len(client)) ** 1.5 * clients.PLATFORMS[client]).astype(np.int64)
    return found


def groups(n: int, sizes: Callable[[int], Array]) -> Array:
    """Return the group of each of `n` accounts, as ascending numbers; the last one is cut to fit."""
    drawn = np.maximum(sizes(n), 1)
    bounds = np.cumsum(drawn)
    return np.searchsorted(bounds, np.arange(n), side="right")


def _log_sizes(made: Making, median: float, sigma: float, least: int, most: int) -> Callable[[int], Array]:
    return lambda n: np.clip(made.rng.lognormal(np.log(median), sigma, n), least, most).astype(np.int64)


def people(made: Making, n: int, subgroup: str, **columns: Any) -> Array:
    """Add accounts of people, each with devices at home that are sometimes elsewhere; return their numbers.

    Columns of `Faces` and of `Accounts` may be given by name; `work` follows the client unless it is. `own` makes of
    each person's face those that the account shows (`devices`).
    """
    own = columns.pop("own", devices.several)
    zone = columns.pop("zone", None)
    zone = zones(made, n) if zone is None else np.broadcast_to(zone, n)
    client = columns.pop("client", None)
    client = client_of(made, n) if client is None else np.broadcast_to(client, n)
    seen = {name: columns.pop(name) for name in ("lag_us", "pin", "twist", "key") if name in columns}
    clock = columns.pop("clock", zone)
    shown = dict(
        place=columns.pop("place", None) if "place" in columns else homes(made, zone),
        away=columns.pop("away", None) if "away" in columns else phones(made, zone),
        away_share=columns.pop("away_share", made.rng.beta(0.5, 6.0, n)),
        client=client,
        platform=platforms(made, client),
        zone=clock,
        **{"key": made.tokens(n)} | seen,
    )
    face, faces = own(made, n, shown)
    work = np.select([client == clients.CHAT, client >= clients.SDKS[0]], [CHAT, SCRIPT], AGENT)
    usual = {"work": work, "zone": zone, "rate": rates(made, n), "said": 0.0} | columns
    return made.add_accounts(n, subgroup=SUBGROUPS.index(subgroup), face=face, faces=faces, **usual)


def _solo(made: Making, n: int) -> None:
    people(made, n, "solo")


def _public_agent(made: Making, n: int) -> None:
    """Users of agents that send one system part for everybody."""
    people(made, n, "public-agent", client=made.rng.choice([1, 3, 5], n, p=[0.5, 0.3, 0.2]))


def _cgnat(made: Making, n: int) -> None:
    """Students: a carrier puts hundreds behind few addresses, and a course gives all the same assignment."""
    course = groups(n, _log_sizes(made, 90, 0.7, 20, 500))
    count = int(course[-1]) + 1
    nets = made.places.add(count, places.MOBILE, size=made.rng.integers(1, 6, count), lease_us=6 * 3_600_000_000)
    people(
        made,
        n,
        "cgnat",
        zone=zones(made, count)[course],
        place=nets[course],
        away_share=0.3,
        group=made.tokens(count)[course],
        said=made.rng.beta(1.0, 4.0, n),
        rate=rates(made, n, 0.6),
    )


def _team(made: Making, n: int, subgroup: str, team: Array, **columns: Any) -> Array:
    """Add teams: an office with few addresses, shared workspaces and prompts."""
    count = int(team[-1]) + 1
    offices = made.places.add(count, places.OFFICE, size=made.rng.integers(1, 4, count), lease_us=DAY_US)
    zone = zones(made, count)[team]
    pinned = (made.rng.random(count) < 0.15)[team]
    client = np.where(made.rng.random(n) < 0.75, client_of(made, count)[team], client_of(made, n))
    versions = made.releases.version(client, np.full(n, made.start), np.full(n, 30 * DAY_US), np.full(n, -1))
    return people(
        made,
        n,
        subgroup,
        **{
            "zone": zone,
            "client": client,
            "pin": np.where(pinned, versions, -1),
            "place": columns.pop("offices", offices[team]),
            "away": homes(made, zone),
            "away_share": made.rng.beta(1.0, 2.0, n),
            "group": made.tokens(count)[team],
            "share": made.rng.beta(2.0, 3.0, n),
            "said": made.rng.beta(1.0, 6.0, n),
        }
        | columns,
    )


def _office(made: Making, n: int) -> None:
    """Declared teams of 2 to 500 behind one network, with one card."""
    team = groups(n, _log_sizes(made, 9, 1.1, 2, 500))
    count = int(team[-1]) + 1
    zone = zones(made, count)
    gates = made.nets.vpns[made.rng.integers(0, 12, count)]  # some companies' gates are a VPN seller's
    offices = made.places.add(count, places.OFFICE, size=made.rng.integers(1, 4, count), lease_us=DAY_US)
    at = np.where(made.rng.random(count) < 0.1, gates, offices)[team]
    org, card = made.tokens(count)[team], made.tokens(count)[team]
    _team(made, n, "office", team, org=org, payment=card, zone=zone[team], offices=at)


def _vpn(made: Making, n: int) -> None:
    """People behind a seller of privacy: address and zone contradict each other, and many share an exit."""
    place = made.nets.vpns[made.rng.integers(0, 12, n)]
    people(made, n, "vpn", place=place, away_share=made.rng.beta(1.0, 4.0, n))


def _agency(made: Making, n: int) -> None:
    """An agency pays for its clients' organisations and works in all of them, with its own prompts."""
    agency = groups(n, _log_sizes(made, 14, 0.8, 4, 120))
    orgs = groups(n, _log_sizes(made, 3, 0.6, 1, 12))
    count = int(agency[-1]) + 1
    org = made.tokens(n)
    org = mix(org[orgs], agency)  # no client belongs to two agencies
    _team(made, n, "agency", agency, org=org, payment=made.tokens(count)[agency])


def _ci(made: Making, n: int) -> None:
    """Fleets of continuous integration: public runners, one prompt of the repository, all hours."""
    fleet = groups(n, _log_sizes(made, 5, 0.9, 1, 60))
    count = int(fleet[-1]) + 1
    declared = (made.rng.random(count) < 0.85)[fleet]
    _programs(made, n, "ci", fleet, JOBS, org=np.where(declared, made.tokens(count)[fleet], np.uint64(0)), said=0.95)


def _programs(made: Making, n: int, subgroup: str, group: Array, work: int, **columns: Any) -> Array:
    """Add accounts that programs use: on servers, with headers that change when somebody deploys."""
    count = int(group[-1]) + 1
    client = made.rng.choice([*clients.SDKS, 0, 8], count)[group]
    cloud = made.nets.clouds[made.rng.integers(0, 6, count)][group]
    own = made.places.add(count, places.HOSTING, size=made.rng.integers(1, 9, count), lease_us=0)[group]
    return people(
        made,
        n,
        subgroup,
        **{
            "client": client,
            "place": np.where((made.rng.random(count) < 0.5)[group], cloud, own),
            "away_share": 0.0,
            "zone": zones(made, count)[group],
            "lag_us": (made.rng.exponential(25.0, count)[group] * DAY_US).astype(np.int64),
            "own": devices.one,
            "group": made.tokens(count)[group],
            "payment": made.tokens(count)[group],
            "share": 1.0,
            "work": work,
            "spread": 1,
            "quota": 2_000,
            "rate": rates(made, n, 2.0),
        }
        | columns,
    )


def _saas(made: Making, n: int) -> None:
    """A product's server: one account, a system part of its own, many end users at once."""
    product = groups(n, lambda n: made.rng.choice([1, 1, 1, 2, 3, 5], n))
    count = int(product[-1]) + 1
    declared = (made.rng.random(count) < 0.7)[product]
    org = np.where(declared, made.tokens(count)[product], np.uint64(0))
    _programs(made, n, "saas", product, SAAS, org=org, rate=rates(made, n, 5.0))


def _evaluation(made: Making, n: int) -> None:
    """Benchmark laboratories: public items under public harnesses, the same in laboratories that never met."""
    lab = groups(n, _log_sizes(made, 2, 0.7, 1, 12))
    count = int(lab[-1]) + 1
    declared = (made.rng.random(count) < 0.5)[lab]
    org = np.where(declared, made.tokens(count)[lab], np.uint64(0))
    _programs(made, n, "evaluation", lab, EVAL, org=org, spread=1)


def _labelling(made: Making, n: int) -> None:
    """Licensed labelling shops: single turns at the cap of length, one rubric, a queue shared by many accounts."""
    shop = groups(n, _log_sizes(made, 14, 0.6, 4, 60))
    org = made.tokens(int(shop[-1]) + 1)[shop]
    _programs(made, n, "labelling", shop, RATING, org=org, said=0.97, rate=rates(made, n, 4.0), spread=0)


def _aggregator(made: Making, n: int) -> None:
    """A declared seller with permission: end users over many keys, conversations that change keys at a limit."""
    firm = groups(n, _log_sizes(made, 10, 0.7, 3, 60))
    org = made.tokens(int(firm[-1]) + 1)[firm]
    numbers = _programs(made, n, "aggregator", firm, SOLD, org=org, rate=rates(made, n, 8.0), quota=120)
    made.next_in_group(numbers, firm)


def _traveller(made: Making, n: int) -> None:
    """People on the way: other carriers, other countries, the clock at home's zone or the place's."""
    there = phones(made, zones(made, n))
    away_share = made.rng.uniform(0.1, 0.5, n)
    people(made, n, "traveller", away=there, away_share=away_share, own=_stops)


def _stops(made: Making, n: int, shown: dict[str, Any]) -> tuple[Array, Array]:
    """Give travellers two to four places, one after the other; the clock of a device follows, or stays at home's."""
    face, faces, owner, columns = devices.repeated(n, shown, made.rng.integers(2, 5, n))
    is_home = within(faces) == 0
    zone = zones(made, len(owner))
    follows = (made.rng.random(n) < 0.85)[owner]
    place = np.where(made.rng.random(len(owner)) < 0.3, homes(made, zone), phones(made, zone))
    columns["zone"] = np.where(~is_home & follows, zone, columns["zone"])
    columns["place"] = np.where(is_home, columns["place"], place)
    return made.add_faces(len(owner), **columns)[face], faces


def _two_accounts(made: Making, n: int) -> None:
    """People with two accounts who go on at the second one when the first is at its limit."""
    person = np.arange(n) // 2
    count = int(person[-1]) + 1
    lives = zones(made, count)
    zone, home = lives[person], homes(made, lives)[person]
    client = client_of(made, count)[person]
    one_card = (made.rng.random(count) < 0.5)[person]
    numbers = people(
        made,
        n,
        "two-accounts",
        zone=zone,
        client=client,
        place=home,
        key=made.tokens(count)[person],
        group=made.tokens(count)[person],
        share=0.8,
        payment=np.where(one_card, made.tokens(count)[person], made.tokens(n)),
        rate=rates(made, n, 3.0),
        quota=30,
    )
    made.next_in_group(numbers, person)


def _undeclared(made: Making, n: int) -> None:
    """Small teams that nobody declared: one network, private prompts, sometimes one card."""
    team = groups(n, _log_sizes(made, 4, 0.5, 2, 14))
    count = int(team[-1]) + 1
    one_card = (made.rng.random(count) < 0.5)[team]
    card = np.where(one_card, made.tokens(count)[team], made.tokens(n))
    _team(made, n, "undeclared-team", team, payment=card)


def _contractor(made: Making, n: int) -> None:
    """People with accounts of their own in somebody's office, in its workspaces, among its declared accounts."""
    firm = groups(n, _log_sizes(made, 6, 0.5, 3, 20))
    count = int(firm[-1]) + 1
    outside = made.rng.random(n) < 0.6
    org = np.where(outside, np.uint64(0), made.tokens(count)[firm])
    card = np.where(outside, made.tokens(n), made.tokens(count)[firm])
    _team(made, n, "contractor", firm, org=org, payment=card)


def _coworking(made: Making, n: int) -> None:
    """Strangers in one room: one network, nothing else."""
    room = groups(n, _log_sizes(made, 18, 0.6, 5, 80))
    count = int(room[-1]) + 1
    nets = made.places.add(count, places.OFFICE, size=1, lease_us=DAY_US)
    zone = zones(made, count)[room]
    people(made, n, "coworking", zone=zone, place=nets[room], away=homes(made, zone), away_share=0.35)


def _launch_day(made: Making, n: int) -> None:
    """Enthusiasts: an account made on the day of a launch, the prompts that everybody tries, then little."""
    created = made.launch + (made.rng.exponential(0.6, n) * DAY_US).astype(np.int64)
    viral = made.tokens(3)[made.rng.integers(0, 3, n)]
    people(made, n, "launch-day", created=created, begins=created, group=viral, said=0.5, rate=rates(made, n, 2.0))


_BUILDERS: Final[dict[str, tuple[float, Callable[[Making, int], None]]]] = {
    "solo": (0.29, _solo),
    "public-agent": (0.08, _public_agent),
    "cgnat": (0.07, _cgnat),
    "office": (0.20, _office),
    "vpn": (0.05, _vpn),
    "agency": (0.035, _agency),
    "ci": (0.04, _ci),
    "saas": (0.03, _saas),
    "evaluation": (0.02, _evaluation),
    "labelling": (0.015, _labelling),
    "aggregator": (0.01, _aggregator),
    "traveller": (0.03, _traveller),
    "two-accounts": (0.03, _two_accounts),
    "undeclared-team": (0.03, _undeclared),
    "contractor": (0.025, _contractor),
    "coworking": (0.03, _coworking),
    "launch-day": (0.015, _launch_day),
}
