"""The columns of a day's exchanges as numbers: tokens, addresses, counts. `write` makes the log's types of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from wiretell.simulation import clients
from wiretell.simulation.draw import DAY_US, SECOND_US, Array, mix, unit, zipf
from wiretell.simulation.rows import OK, Rows
from wiretell.simulation.talks import AGENTIC, HARVEST, OUTPUT, POOL, Talks
from wiretell.simulation.texts import ALONE, SAME
from wiretell.simulation.world import AGENT, CHAT, JOBS, MIXED, RATING, SOLD, World

MODELS: Final = ("large-4", "small-4", "large-5")
"""The third comes out in the time that is simulated."""
MOST_BLOCKS: Final = 8
_PHRASES: Final = 150
_PUBLIC: Final = 400
_HARVEST_CAPS: Final = np.array([4096, 8192, 16384])
_USES_TOOLS: Final = (AGENT, JOBS, SOLD, MIXED, AGENTIC)
_CACHE_US: Final = 300 * SECOND_US
_NO_ADDRESS: Final = 0.03
"""Part of the exchanges whose address the provider did not write down."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Exchanges by time. A token 0 is null."""

    ts: Array
    account: Array
    face: Array
    ip: Array
    """As `Places.address` gives it; 0: not known."""
    place: Array
    client: Array
    """That the headers show."""
    version: Array
    header: Array
    zone: Array
    """-1: not told."""
    session: Array
    model: Array
    system: Array
    blocks: Array
    """[row, block]: of system part and tools, then with the first 1, 2, 4 ... messages."""
    depth: Array
    """How many of `blocks`."""
    has_text: Array
    family: Array
    text: Array
    ratio: Array
    input_tokens: Array
    cache_read: Array
    cache_write: Array
    """-1: not told."""
    output_tokens: Array
    max_tokens: Array
    """0: not sent."""
    tool_calls: Array
    tool_results: Array
    status: Array
    tail: Array
    """Random bits of the exchange's id."""

    def __len__(self) -> int:
        return len(self.ts)

    def of(self, rows: Array | slice) -> Columns:
        """Return some of the rows."""
        return Columns(*(getattr(self, column.name)[rows] for column in fields(self)))


def columns(world: World, talks: Talks, rows: Rows, rng: np.random.Generator) -> Columns:
    """Return the columns of exchanges, by time."""
    rows = rows.of(np.argsort(rows.ts, kind="stable"))
    accounts, faces = world.accounts, world.faces
    of = rows.talk
    token, work = talks.token[of], talks.work[of]
    relayed = talks.moves[of] == POOL  # a relay shows the account's face, whoever asks
    face = np.where(relayed, accounts.face[rows.account], talks.face[of])
    client = faces.client[face]
    version = world.releases.version(client, talks.start[of], faces.lag_us[face], faces.pin[face])
    away = unit(mix("away", faces.key[face], rows.ts // (DAY_US // 6))) < faces.away_share[face]
    place = np.where(away, faces.away[face], faces.place[face])
    header = mix(world.salt, "header", client, version // clients.HEADERS_LAST, faces.platform[face], faces.twist[face])
    family, text, ratio = _texts(talks, rows)
    tools = np.isin(work, _USES_TOOLS)
    read, write, fresh = _inputs(rows, tools, clients.CACHES[talks.client[of]], token, rng)
    cap = _caps(talks, rows, client)
    output = _outputs(rows, work, cap, rng)
    blocks, depth = _blocks(talks, rows)
    told = clients.TELLS_SESSION[client]
    is_lost = rng.random(len(rows)) < _NO_ADDRESS
    return Columns(
        ts=rows.ts,
        account=rows.account,
        face=face,
        ip=np.where(is_lost, np.uint64(0), world.places.address(place, faces.key[face], rows.ts, token)),
        place=place,
        client=client,
        version=version,
        header=header,
        zone=np.where(clients.TELLS_ZONE[client], faces.zone[face], -1),
        session=np.where(told, mix("session", token), np.uint64(0)),
        model=_models(world, talks, rows),
        system=talks.system[of],
        blocks=blocks,
        depth=depth,
        has_text=rows.is_users,
        family=family,
        text=text,
        ratio=ratio,
        input_tokens=fresh,
        cache_read=read,
        cache_write=write,
        output_tokens=output,
        max_tokens=cap,
        tool_calls=np.where(tools & (rows.status == OK), rng.poisson(1.1, len(rows)), 0),
        tool_results=np.where(rows.is_users, 0, np.maximum(1, rng.poisson(1.1, len(rows)))),
        status=rows.status,
        tail=rng.integers(0, 2**63, (len(rows), 2)).astype(np.uint64),
    )


def _texts(talks: Talks, rows: Rows) -> tuple[Array, Array, Array]:
    """Return template, own token and ratio of the user's texts: of a template, a phrase, a tutorial, his own."""
    of = rows.talk
    text = mix("text", talks.token[of], rows.turn)  # the same where a turn is tried again
    what = unit(mix("what", text))
    said = talks.said[of]
    follows = (unit(mix("follows", text)) < said) & ((rows.turn == 0) | (talks.operator[of] >= 0) | (what < 0.5))
    phrase, tutorial = ~follows & (what < 0.12), ~follows & (what >= 0.12) & (what < 0.17)
    public = np.where(phrase, mix("phrase", zipf(text, _PHRASES)), mix("tutorial", zipf(text, _PUBLIC)))
    family = np.where(phrase | tutorial, public, talks.family[of])
    loose = 3.0 * unit(mix("loose", text))
    ratio = np.select([follows, phrase, tutorial], [talks.ratio[of], SAME, loose], ALONE)
    return family, text, ratio


def _inputs(
    rows: Rows, tools: Array, caches: Array, token: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Return tokens read from a cache, written to it (-1: not told), and neither."""
    n = len(rows)
    base = np.where(tools, 6_000 + 14_000 * unit(mix("base", token)), 150 + 900 * unit(mix("base", token)))
    before = base + rows.turn * np.where(tools, 900.0, 350.0)
    is_tail = rng.random(n) < 0.08
    new = np.where(is_tail, 400 * (1 + rng.pareto(1.6, n)), rng.lognormal(np.log(220), 1.0, n))
    warm = caches & (rows.turn > 0) & (rows.gap_us < _CACHE_US)
    new = np.minimum(new, 400_000)
    read = np.where(caches, np.where(warm, before, 0), -1)
    write = np.where(caches, np.where(warm, new, before + new), -1)
    refused = rows.status != OK
    fresh = np.where(refused, 0, np.where(caches, 4 + new * 0.02, before + new))
    whole = [np.where(refused & (part > 0), 0, part).astype(np.int32) for part in (read, write)]
    return whole[0], whole[1], fresh.astype(np.int32)


def _caps(talks: Talks, rows: Rows, client: Array) -> Array:
    """Return `max_tokens`: the client's, or what a harness or a labelling shop sets."""
    of = rows.talk
    work = talks.work[of]
    set_by = np.where(work == RATING, mix("cap", talks.system[of]), mix("cap", talks.operator[of]))
    harness = (work == HARVEST) | (work == AGENTIC) | (work == RATING)
    return np.where(harness, _HARVEST_CAPS[(set_by >> np.uint64(33)).astype(np.int64) % 3], clients.MAX_TOKENS[client])


def _outputs(rows: Rows, work: Array, cap: Array, rng: np.random.Generator) -> Array:
    mean = OUTPUT[work]
    drawn = 1 + rng.exponential(mean, len(rows))
    full = np.isin(work, (HARVEST, RATING)) & (rng.random(len(rows)) < np.where(work == HARVEST, 0.45, 0.1))
    drawn = np.where(full, 1e9, drawn)
    limit = np.where(cap > 0, cap, 32_000)
    return np.where(rows.status == OK, np.minimum(drawn, limit), 0).astype(np.int32)


def _models(world: World, talks: Talks, rows: Rows) -> Array:
    """Return models: people change to a new one over weeks, those who harvest within a day."""
    of = rows.talk
    account = talks.account[of]
    key = mix("model", world.accounts.name[account])
    harvests = np.isin(talks.work[of], (HARVEST, AGENTIC))
    wait = np.where(harvests, 0.8 * unit(key), -9.0 * np.log(unit(key))) * DAY_US
    is_new = rows.ts >= world.launch + wait
    small = (unit(mix("small", key, talks.token[of])) < 0.25 * (talks.work[of] != HARVEST)) | (
        (talks.work[of] == CHAT) & (unit(key) < 0.2)
    )
    return np.where(small, 1, np.where(is_new, 2, 0))


def _blocks(talks: Talks, rows: Rows) -> tuple[Array, Array]:
    """Return prefix blocks as a gateway writes them, and how many: after none, 1, 2, 4, 8 ... messages, at most 8.

    Of more than 8 the first two and the longest are kept. Turn t has 2 t + 1 messages.
    """
    of = rows.talk
    system, first, token = talks.system[of], talks.first[of], talks.token[of]
    powers = np.floor(np.log2(2 * rows.turn + 1)).astype(np.int64) + 1
    has_head = (system != 0).astype(np.int64)
    depth = np.minimum(has_head + powers, MOST_BLOCKS)
    lost = has_head + powers - depth
    blocks = np.zeros((len(rows), MOST_BLOCKS), dtype=np.uint64)
    opening = mix("opening", system, first)
    for place in range(MOST_BLOCKS):
        power = place - has_head + np.where(place >= 2, lost, 0)  # of 2 ** power messages
        blocks[:, place] = np.where(power < 0, system, np.where(power == 0, opening, mix(opening, token, power)))
    return blocks, depth
