"""Where a channel can be seen again, and when two are one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.history.fakes import HOST, OFFICIAL, REST, ZONE, agent, by_host, by_zone, channel, result
from wiretell.audit import Options
from wiretell.campaign.repeat import asking, cut, examined, fitting, levels_for, same, sight, sightings
from wiretell.model.findings import Carrier, Channel, Class, RunSummary
from wiretell.model.world import World

MADE = result("1.0.0", Options(), {Carrier.FORMAT: by_zone, Carrier.HOMOGLYPH: by_host})


def seen(**more: object) -> Channel:
    found = channel(MADE.table, by_zone, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_world_of_a_symbol_nearest_to_the_baseline_and_none_for_the_baselines_own() -> None:
    far = ZONE.with_levels(hostname="x", username="y")
    table = (*MADE.table[:2], RunSummary(2, "array", far), RunSummary(3, "isolate", ZONE))
    found = channel(table, by_zone)
    assert found is not None
    sighting = sight(found, table)
    assert sighting.worlds == (ZONE,)
    assert sighting.needed == (World.of({"timezone": "Asia/Shanghai"}),)
    assert sighting.symbols == ("-", "/")


def test_one_flip_of_each_fact_comes_along() -> None:
    found = seen(flips=((0, 2), (1, 2), (4, 2)), facts=("base_url", "timezone"))
    assert set(sight(found, MADE.table).worlds) == {REST, ZONE, OFFICIAL}


def test_a_channel_without_its_table_can_be_seen_nowhere() -> None:
    assert sight(seen(), ()).needed == ()
    assert not examined((), (REST, ZONE))


def test_at_most_eight_worlds_for_a_channel_that_writes_something_new_each_time() -> None:
    worlds = [REST, *(REST.with_levels(hostname=f"h{n}") for n in range(50))]
    table = tuple(RunSummary(n, "array", world) for n, world in enumerate(worlds))
    found = channel(table, lambda world: world.get("hostname"), facts=("hostname",))
    assert found is not None
    assert len(sight(found, table).worlds) == 8


def test_covert_channels_alone() -> None:
    assert len(sightings(MADE)) == 2
    opened = tuple(replace(c, cls=Class.UNDECLARED) for c in MADE.channels)
    assert sightings(replace(MADE, channels=opened)) == ()


def test_same_carrier_request_and_facts() -> None:
    one, two = sightings(MADE)
    assert not same(one, two)
    assert same(one, replace(one, facts=("timezone",)))
    assert not same(one, replace(one, facts=("timezone", "locale")))
    assert not same(one, replace(one, carrier=Carrier.CASE))
    assert not same(one, replace(one, request="POST /other"))


def test_examined_needs_every_setting_in_a_run_that_asked_a_model() -> None:
    needed = (cut(ZONE, ["timezone", "base_url"]), cut(HOST, ["base_url"]))
    assert examined(needed, (ZONE, HOST))
    assert not examined(needed, (ZONE, REST))
    assert not examined(needed, (OFFICIAL, HOST)), "the zone alone, with its gate closed, is another setting"
    assert asking([RunSummary(0, "array", ZONE, {}, "no model request"), RunSummary(1, "array", REST)]) == (REST,)


def test_levels_that_the_catalogue_lacks() -> None:
    world = World.of({"base_url": "http://never.heard.example", "timezone": "Etc/UTC", "env:PLANTED": "1", "fog": "x"})
    levels = levels_for(agent("1"), [world])
    assert levels == {"base_url": ["http://never.heard.example"], "env:PLANTED": ["1"]}
    fit = fitting(agent("1"), [world], levels)
    assert fit == (cut(world, ["base_url", "timezone", "env:PLANTED"]),)


@pytest.mark.parametrize("level", ["not a url", "http://a.example/path"])
def test_levels_that_cannot_be_leave_their_worlds_out(level: str) -> None:
    world = REST.with_levels(base_url=level)
    assert levels_for(agent("1"), [world]) == {}
    assert fitting(agent("1"), [world, ZONE], {}) == (ZONE,)
