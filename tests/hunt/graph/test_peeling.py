"""Dense blocks, and the bound that camouflage cannot break."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hunt.graph.planting import HEADERS, NETWORK, PAYMENT, PREFIX, World
from wiretell.hunt.graph.parts import NONE, own
from wiretell.hunt.graph.peeling import EPSILON, densities, peeled
from wiretell.hunt.graph.weights import token_bits
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Tables

RULE = shipped()


def block_density(log: Tables, members: np.ndarray, kinds: tuple[int, ...]) -> float:
    """Return g of these accounts and the tokens of these kinds that are theirs alone, in plain Python."""
    bits = token_bits(log, RULE)
    inside = np.isin(log.edges.account, members)
    outside = set(log.edges.token[~inside].tolist())
    edges = [
        edge
        for edge in np.flatnonzero(inside)
        if int(log.edges.token[edge]) not in outside and log.tokens.kind[log.edges.token[edge]] in kinds
    ]
    tokens = {int(log.edges.token[edge]) for edge in edges}
    return float(sum(bits[log.edges.token[edge]] for edge in edges) / (len(members) + len(tokens)))


@settings(max_examples=25, deadline=None)
@given(size=st.integers(5, 60), cards=st.integers(2, 10), camouflage=st.integers(0, 60), seed=st.integers(0, 10_000))
def test_camouflage_cannot_hide_a_block(size: int, cards: int, camouflage: int, seed: int) -> None:
    """Whatever edges an operator adds to tokens of others, some block is at least 1 / (2 (1 + eps)) as dense as its."""

    def made(added: int) -> tuple[Tables, np.ndarray]:
        world = World(seed)
        world.honest(800)
        popular = np.arange(100)
        block = world.accounts(size)
        world.some(block, world.tokens(PAYMENT, cards), 3)
        world.hold(block, world.tokens(PREFIX, 1))
        world.hold(block, world.tokens(NETWORK, 1))
        if added:
            world.some(block, popular, added)
        log, people = world.tables()
        return log, np.flatnonzero(np.isin(people, block))

    bare, members = made(0)
    own_kinds = (PAYMENT, PREFIX, NETWORK)
    before = block_density(bare, members, own_kinds)
    log, members = made(camouflage)
    # The block's own density: not lowered by any edge that is added.
    assert block_density(log, members, own_kinds) >= before * 0.999
    # What peeling finds in the part that the block is in: within the bound.
    whole = np.zeros(len(log.accounts), dtype=np.int64)
    everything = own(log, whole)
    assert densities(log, whole, everything, token_bits(log, RULE))[0] <= _most(log)
    part = np.where(np.isin(np.arange(len(log.accounts)), members), 0, NONE)
    held = own(log, part)
    assert densities(log, part, held, token_bits(log, RULE))[0] >= before / (2 * (1 + EPSILON)) * 0.999


def _most(log: Tables) -> float:
    """No subgraph is denser than all the weight there is by two nodes."""
    return float(token_bits(log, RULE)[log.edges.token].sum() / 2)


def test_who_hangs_on_by_a_thread_is_left_out() -> None:
    world = World(2)
    world.accounts(5000)
    block = world.accounts(30)
    for kind in (PAYMENT, PREFIX, NETWORK, HEADERS):
        for _ in range(8):
            world.hold(block, world.tokens(kind, 1))
    hanger = world.accounts(1)
    common = world.tokens(NETWORK, 2)
    world.hold(np.append(block[:20], hanger), common[0])
    world.hold(np.append(block[:20], hanger), common[1])
    log, people = world.tables()
    part = np.zeros(len(log.accounts), dtype=np.int64)
    kept = peeled(log, part, token_bits(log, RULE), own(log, part).edge, 0.1)
    assert set(people[kept != NONE]) == set(block)


def test_a_light_group_beside_a_dense_one_is_found_too() -> None:
    world = World(4)
    world.accounts(5000)
    dense, light = world.accounts(40), world.accounts(6)
    for kind in (PAYMENT, PREFIX, NETWORK, HEADERS):
        for _ in range(40):
            world.hold(dense, world.tokens(kind, 1))
    world.hold(light, world.tokens(PAYMENT, 1))
    world.hold(light, world.tokens(NETWORK, 1))
    bridge = world.tokens(NETWORK, 1)
    world.hold(np.append(dense, light), bridge)
    log, people = world.tables()
    part = np.zeros(len(log.accounts), dtype=np.int64)
    kept = peeled(log, part, token_bits(log, RULE), own(log, part).edge, 0.1)
    groups = {frozenset(people[kept == number].tolist()) for number in np.unique(kept[kept != NONE])}
    assert groups == {frozenset(dense.tolist()), frozenset(light.tolist())}
