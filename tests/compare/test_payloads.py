"""What is sent by other means than requests is compared like any body."""

from __future__ import annotations

from dataclasses import replace

from wiretell import compare
from wiretell.checks import judge
from wiretell.model.capture import Capture, Connection, Datagram, Outcome, Process
from wiretell.model.world import World

HOSTS = compare.Hosts(lambda _: "127.0.0.1")
UTC, SHANGHAI = World.of({"timezone": "Etc/UTC"}), World.of({"timezone": "Asia/Shanghai"})
DONE = Process(0, None, False, b"", b"", 0, 0, 1.0, 1.0)


def runs(payload: dict[World, bytes], raw: bool) -> list[Capture]:
    """Six repeats, then both worlds in turn, as flips."""
    worlds = [UTC] * 6 + [UTC, SHANGHAI] * 4
    return [_run(number, world, payload[world], raw) for number, world in enumerate(worlds)]


def _run(number: int, world: World, payload: bytes, raw: bool) -> Capture:
    purpose = "calibration" if number < 6 else "flip"
    bare = Capture(number, world, purpose, "2026-01-01T00:00:00.000Z", DONE)
    if raw:
        where = Connection(
            0.1, "203.0.113.9", 9, None, Outcome.UNKNOWN, first_bytes=payload, bytes_received=len(payload)
        )
        return replace(bare, connections=(where,))
    return replace(bare, datagrams=(Datagram(0.1, "udp", "203.0.113.9", 514, len(payload), payload),))


def channels(payload: dict[World, bytes], raw: bool) -> list[tuple[str, tuple[str, ...]]]:
    observations = compare.observe(runs(payload, raw), hosts=HOSTS)
    analysis = compare.differences(observations, compare.Catalogue(UTC)).analysis
    return [(channel.where.request, channel.facts) for channel in judge(analysis).channels]


def test_a_fact_in_a_datagram_or_a_raw_connection_is_found() -> None:
    payload = {UTC: b"host up, state one", SHANGHAI: b"host up, state two"}
    assert channels(payload, raw=False) == [("UDP 203.0.113.9:514", ("timezone",))]
    assert channels(payload, raw=True) == [("TCP 203.0.113.9:9", ("timezone",))]


def test_equal_payloads_are_no_difference() -> None:
    payload = {UTC: b"same", SHANGHAI: b"same"}
    assert channels(payload, raw=False) == [] == channels(payload, raw=True)
