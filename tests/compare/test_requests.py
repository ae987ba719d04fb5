"""Requests compared: roles, heads, bodies. Each test says which features vary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from wiretell.compare import Hosts, observe
from wiretell.compare.differences import collect
from wiretell.compare.summary import destinations
from wiretell.model.capture import Capture, Connection, Exchange, Lookup, Outcome, Process, Request
from wiretell.model.difference import Layer
from wiretell.model.findings import Destination
from wiretell.model.world import World

HOSTS = Hosts(lambda world: world["base_url"].partition("://")[2], "api.vendor.test")
HOME = World.of({"base_url": "http://llm.test"})
PROCESS = Process(0, None, False, b"", b"", 0, 0, 1.0, 0.5)


def exchange(
    body: bytes = b"",
    *,
    headers: Sequence[tuple[str, str]] = (("Host", "llm.test"),),
    target: str = "/v1/messages",
    protocol: str = "HTTP/1.1",
    at: float = 0.0,
    method: str = "POST",
) -> Exchange:
    pairs = tuple((name.encode(), value.encode()) for name, value in headers)
    return Exchange(0, Request(protocol, method, target, pairs, body), at, at, 200, kind="model")


def capture(run: int, *exchanges: Exchange, world: World = HOME, **parts: tuple[object, ...]) -> Capture:
    return Capture(run, world, "array", "2026-11-21T00:00:00.000Z", PROCESS, exchanges, **parts)  # type: ignore[arg-type]


def varies(*captures: Capture) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return (path, layer) -> what each run shows."""
    found = collect(observe(captures, hosts=HOSTS)).features
    runs = [one.run for one in captures]
    return {
        (feature.where.path, feature.layer.value): tuple(feature.display.get(run) for run in runs) for feature in found
    }


def bodies(*texts: str | bytes) -> dict[tuple[str, str], tuple[object, ...]]:
    raw = [text.encode() if isinstance(text, str) else text for text in texts]
    return varies(*(capture(run, exchange(body)) for run, body in enumerate(raw)))


def heads(*headers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[object, ...]]:
    return varies(*(capture(run, exchange(headers=pairs)) for run, pairs in enumerate(headers)))


def test_equal_bodies_do_not_vary() -> None:
    assert bodies('{"a":1}', '{"a":1}') == {}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (('{"a":1}', '{"a":2}'), {("/a", "number"): ("1", "2")}),
        (('{"a":1}', '{"a":1.0}'), {("/a", "number-spelling"): ("1", "1.0")}),
        (('{"a":true}', '{"a":false}'), {("/a", "wording"): ("true", "false")}),
        (('{"a":1}', '{"a":"1"}'), {("/a", "kind"): ("number", "string")}),
        (('{"a":1,"b":2}', '{"b":2,"a":1}'), {("", "order"): ("a, b", "b, a")}),
        (('{"a":1}', '{"a":1,"b":{"c":1}}'), {("/b", "presence"): ("(not sent)", "(sent)")}),
        (('{"a":1,"b":2}', '{"a":1, "b":2}'), {("", "json-space"): ("none", "' '")}),
        (('{"a":1}', '{"a":1}\n'), {("", "json-space"): ("'…'", "'…\\n'")}),
        (('{"a":1}', '{"a":1,"a":1}'), {("/a", "duplicate"): ("1 times", "2 times")}),
        (('{"\\u0061":1}', '{"a":1}'), {("/a", "escape"): ('"\\u0061"', '"a"')}),
        (('{"a":"x/y"}', '{"a":"x\\/y"}'), {("/a", "escape"): ("none", "\\/")}),
        (('{"a":"\\ud83d\\ude00"}', '{"a":"😀"}'), {("/a", "escape"): ("\\ud83d\\ude00", "none")}),
        (('{"a/b~":1}', '{"a/b~":2}'), {("/a~1b~0", "number"): ("1", "2")}),
        (("plain it's", "plain it’s"), {("", "glyph"): ("'", "’")}),
        (('{"n":1}\n{"n":2}\n', '{"n":1}\n{"n":3}\n'), {("/1/n", "number"): ("2", "3")}),
    ],
)
def test_bodies_vary_here_and_nowhere_else(
    texts: tuple[str, ...], expected: Mapping[tuple[str, str], tuple[object, ...]]
) -> None:
    assert bodies(*texts) == expected


def test_the_spelling_of_a_character_is_seen_beside_text_that_varies() -> None:
    found = bodies('{"a":"id 77 it’s"}', '{"a":"id 78 it\\u2019s"}', '{"a":"id 79 it’s"}')
    assert found["/a", "escape"] == ("’", "\\u2019", "’")


def test_json_inside_a_string_is_read() -> None:
    one, two = (json.dumps({"user": json.dumps(inner)}) for inner in ({"a": 1, "b": 2}, {"b": 2, "a": 1}))
    assert bodies(one, two) == {("/user#", "order"): ("a, b", "b, a")}


def test_an_item_more_does_not_shift_the_others() -> None:
    tools = [{"name": name, "description": f"The tool {name}."} for name in ("Bash", "Edit", "Read")]
    more = [tools[0], {"name": "New", "description": "Another."}, *tools[1:]]
    found = bodies(json.dumps({"tools": tools}), json.dumps({"tools": more}))
    assert found == {("/tools/+1", "presence"): ("(not sent)", "(sent)")}


def test_changed_items_are_told_by_their_place_in_the_first_run() -> None:
    tools = [{"name": name, "description": f"The tool {name}."} for name in ("Bash", "Edit", "Read")]
    swapped = [tools[2], tools[1] | {"description": "The tool\u00a0Edit."}, tools[0]]
    found = bodies(json.dumps({"tools": tools}), json.dumps({"tools": swapped}))
    assert found == {
        ("/tools", "order"): ("Bash, Edit, Read", "Read, Edit, Bash"),
        ("/tools/1/description", "space"): (" ", "\u00a0"),
    }


def test_items_without_names_are_matched_by_likeness() -> None:
    text = "You may read any file in the folder {0}, and must not write to it before you were asked to."
    before = [{"type": "text", "text": text.format("/home/dev")}]
    after = [{"type": "text", "text": "billing: 1"}, {"type": "text", "text": text.format("/srv/elm")}]
    found = bodies(*(json.dumps({"system": system}) for system in (before, after)))
    assert ("/system/+0", "presence") in found
    assert {path for path, _ in found} == {"/system/+0", "/system/0/text"}


def test_binary_bodies_are_opaque() -> None:
    assert set(bodies(b"\xff\x00\x01", b"\xff\x00\x02\x03")) == {("", "opaque"), ("", "size")}


def test_heads_vary_in_presence_order_spelling_and_value() -> None:
    host = ("Host", "llm.test")
    assert heads([host, ("A", "1")], [host, ("A", "1"), ("B", "2")]) == {("b", "presence"): ("(not sent)", "(sent)")}
    assert heads([host, ("A", "1")], [host, ("a", "1")]) == {("a", "case"): ("A", "a")}
    assert heads([host, ("A", "1")], [("A", "1"), host]) == {("order of headers", "order"): ("host, a", "a, host")}
    assert heads([host, ("A", "it's")], [host, ("A", "it’s")]) == {("a", "glyph"): ("'", "’")}
    assert heads([host, ("A", "1"), ("A", "2")], [host, ("A", "1"), ("A", "3")]) == {("a #2", "number"): ("2", "3")}


def test_the_address_and_a_right_content_length_say_nothing_of_their_own() -> None:
    worlds = [World.of({"base_url": f"http://{name}.test"}) for name in ("one", "two")]
    found = varies(
        *(
            capture(
                run,
                exchange(body, headers=[("Host", f"{name}.test"), ("Content-Length", str(len(body)))]),
                world=world,
            )
            for run, (name, world, body) in enumerate(
                zip(("one", "two"), worlds, (b'{"a":1}', b'{"a":10}'), strict=True)
            )
        )
    )
    assert set(found) == {("/a", "number")}


def test_protocols_are_compared_without_what_they_do_by_themselves() -> None:
    one = exchange(headers=[("Host", "llm.test"), ("Connection", "close"), ("A", "1"), ("B", "1")])
    two = exchange(headers=[(":method", "POST"), (":authority", "llm.test"), ("b", "1"), ("a", "1")], protocol="HTTP/2")
    assert varies(capture(0, one), capture(1, two)) == {}


def test_queries_vary_by_parameter() -> None:
    targets = ("/v1?a=1&b=2", "/v1?b=2&a=1", "/v1?a=1&b=3", "/v1?a=%31&b=2")
    found = varies(*(capture(run, exchange(target=target)) for run, target in enumerate(targets)))
    assert set(found) == {("order of parameters", "order"), ("?a", "escape"), ("?b", "number")}


def test_ids_in_paths_do_not_part_roles() -> None:
    targets = ("/runs/0f8fad5b-d9cb-469f-a165-70867728950e/x", "/runs/7c9e6679-7425-40de-944b-e07fc1f90ae7/x")
    found = varies(*(capture(run, exchange(target=target)) for run, target in enumerate(targets)))
    assert {path for path, _ in found} == {"path"}


def test_the_official_host_plays_the_part_of_the_base_url() -> None:
    official = World.of({"base_url": "official://api.vendor.test"})
    one = capture(0, exchange(headers=[("Host", "llm.test")]))
    two = capture(1, exchange(headers=[("Host", "api.vendor.test")]), world=official)
    assert varies(one, two) == {}


def test_requests_come_and_go_as_one_difference() -> None:
    extra = exchange(b'{"x":1}', target="/events", at=1.0)
    assert varies(capture(0, exchange()), capture(1, exchange(), extra)) == {
        ("request", "presence"): ("(not sent)", "(sent)")
    }


def test_targets_through_a_proxy_are_read_as_the_same() -> None:
    one, two = exchange(target="/v1/messages?b=1"), exchange(target="http://llm.test/v1/messages?b=1")
    assert varies(capture(0, one), capture(1, two)) == {("form of target", "kind"): ("origin", "absolute")}


def test_destinations_are_compared_by_name() -> None:
    lookups = (Lookup(0.1, "metrics.test.", "A", "198.18.0.9", "udp"),)
    connections = (Connection(0.2, "198.18.0.9", 443, "metrics.test", Outcome.NO_BYTES),)
    found = varies(capture(0), capture(1, lookups=lookups, connections=connections))
    assert set(found) == {
        ("dns metrics.test", Layer.DESTINATION.value),
        ("tcp metrics.test:443", Layer.DESTINATION.value),
    }


LEVELS = ("official", "http://127.0.0.1:4000", "http://localhost:4000", "https://gateway.test")
PLACES = Hosts(
    lambda world: world["base_url"].partition("://")[2].partition(":")[0] or "api.vendor.test",
    "api.vendor.test",
    lambda world: world.get("http_proxy", ""),
)


def reached(run: int, level: str, *connections: Connection, proxy: str = "", looked_up: Sequence[str] = ()) -> Capture:
    world = World.of({"base_url": level, "http_proxy": proxy})
    lookups = tuple(Lookup(0.1, f"{name}.", "A", "198.18.0.9", "udp") for name in looked_up)
    return capture(run, world=world, connections=connections, lookups=lookups)


def to(name: str | None, address: str, port: int) -> Connection:
    hello = b"\x16" if port == 443 else b""
    return Connection(0.2, address, port, name, Outcome.EXCHANGES, client_hello=hello, bytes_received=10)


def test_hosts_that_levels_name_are_one_row_for_each_fact() -> None:
    local = to(None, "127.0.0.1", 4000)
    observed = observe(
        (
            reached(0, LEVELS[0], to("api.vendor.test", "198.18.0.7", 443), looked_up=["api.vendor.test"]),
            reached(1, LEVELS[1], local),
            reached(2, LEVELS[2], local, to("localhost", "127.0.0.1", 4000)),
            reached(3, LEVELS[3], to("gateway.test", "198.18.0.9", 443), looked_up=["gateway.test"]),
            reached(4, LEVELS[3], to("proxy.test", "198.18.0.8", 3128), proxy="proxy.test"),
            reached(5, LEVELS[0], to("proxy2.test", "198.18.0.6", 7890), proxy="proxy2.test"),
        ),
        hosts=PLACES,
    )
    assert destinations(observed) == (
        Destination("(base_url)", "", 0, "http, https", True, 0, 40, "custom"),
        Destination("(http_proxy)", "", 0, "http", False, 0, 20, "some runs"),
        Destination("api.vendor.test", "198.18.0.7", 443, "https", True, 0, 10, "official"),
    )


def test_a_literal_address_was_not_looked_up() -> None:
    observed = observe([reached(0, LEVELS[1], to(None, "127.0.0.1", 4000))], hosts=PLACES)
    assert destinations(observed) == (Destination("(base_url)", "127.0.0.1", 0, "http", False, 0, 10, "custom"),)


@pytest.mark.parametrize(
    ("runs", "when"),
    [({0, 1}, "official"), ({0}, "official"), ({2}, "custom"), ({0, 2}, "some runs"), ({0, 1, 2, 3}, "always")],
)
def test_when_the_official_host_is_reached(runs: set[int], when: str) -> None:
    own = to("api.vendor.test", "198.18.0.7", 443)
    levels = (LEVELS[0], LEVELS[0], LEVELS[3], LEVELS[3])
    captures = [reached(run, level, *([own] if run in runs else [])) for run, level in enumerate(levels)]
    assert [found.when for found in destinations(observe(captures, hosts=PLACES))] == [when]


@pytest.mark.parametrize(
    ("runs", "when"),
    [({0, 1}, "official"), ({0}, "some runs"), ({2, 3}, "custom"), ({2}, "some runs"), ({0, 1, 2, 3}, "always")],
)
def test_when_another_host_is_reached(runs: set[int], when: str) -> None:
    other = to("metrics.test", "198.18.0.5", 443)
    levels = (LEVELS[0], LEVELS[0], LEVELS[3], LEVELS[3])
    captures = [reached(run, level, *([other] if run in runs else [])) for run, level in enumerate(levels)]
    assert [found.when for found in destinations(observe(captures, hosts=PLACES))] == [when]


def test_a_local_service_at_the_official_level_is_no_base_url() -> None:
    observed = observe([reached(0, LEVELS[0], to(None, "127.0.0.1", 9))], hosts=PLACES)
    assert [found.name for found in destinations(observed)] == ["127.0.0.1"]


def test_runs_must_be_there_and_have_numbers_of_their_own() -> None:
    for captures in ([], [capture(0), capture(0)]):
        with pytest.raises(ValueError, match="numbers of their own"):
            observe(captures, hosts=HOSTS)


def test_white_space_is_compared_by_position_or_by_kind() -> None:
    assert bodies("[1, 2]", "[1,2]") == {("", "json-space"): ("' '", "none")}
    assert bodies('{"a": 1, "b": 2}', '{"b": 2, "a": 1}') == {("", "order"): ("a, b", "b, a")}
    assert set(bodies("[1, 2]", "[1]")) == {("/1", "presence")}
    assert set(bodies("[1, 2, 3]", "[1,2]")) == {("", "json-space"), ("/2", "presence")}
