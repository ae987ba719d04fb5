"""A cache that was good stays good."""

from __future__ import annotations

from tests.parity import host
from tests.parity.measuring import measure
from wiretell.bench.gateway.bodies import conversation


def test_the_gateway_costs_no_cache_read() -> None:
    plain_off, plain_on, marked_off, marked_on = measure(turns=8, seed=1)
    for one in (plain_off, plain_on, marked_off, marked_on):
        assert one.direct > 0.5
        assert one.points <= 1, one
    assert [one.same_bytes for one in (plain_off, plain_on, marked_off)] == [8, 8, 8]
    assert marked_on.other_bytes == 8
    assert {entry["rule"].split(":")[1] for entry in marked_on.ledger} == {"date-line"}
    assert len({entry["exchange_id"] for entry in marked_on.ledger}) == 8


def test_the_host_would_notice() -> None:
    """One byte at the beginning that changes each turn, and nothing is read from the cache any more."""
    kept = host.Host()
    for number, body in enumerate(conversation(6, 0)):
        kept.take(
            body.replace(b"You are", b"You  are" if number % 2 else b"You are", 1).replace(b"Tool0", b"T%d" % number)
        )
    assert kept.read_share == 0
