"""What goes through unchanged, and where it goes."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from collections.abc import Iterator

import pytest

from tests.gateway.contract.hosts import ERROR, Host, serving
from tests.gateway.contract.outside import Gateway, gateway, message, upstreams

World = tuple[Gateway, dict[str, Host]]
KEY = ("x-api-key", "sk-own")
VERSION = ("anthropic-version", "2023-06-01")
ODD = (
    b'{ "model":"claude-sonnet-4-5",\t"max_tokens" : 1e2, '
    b'"once":2.50, "unknown_field":{"deep":[null,1E400,-0.0]},\r\n'
    b' "metadata":{"user_id":"\\u2019 \xe2\x80\x99 \\ud83d\\ude00 \\/"},'
    b'"messages":[{"role":"user","content":"Today\'s"}] }\n'
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One gateway, a host a protocol."""
    folder = tmp_path_factory.mktemp("bytes")
    with (
        serving("anthropic") as a,
        serving("openai") as o,
        serving("gemini") as g,
        gateway(folder, "idle_timeout_s = 2", upstreams(a, o, g)) as door,
    ):
        early = (("x-play", "gzip"), ("x-claude-code-session-id", "coded"), ("x-claude-code-agent-id", "agent-7"))
        assert door.messages("claude-sonnet-4-5", *early).status == 200  # rows take seconds
        yield door, {"anthropic": a, "openai": o, "gemini": g}


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("/v1/messages?beta=true", "anthropic"),
        ("/v1/messages/count_tokens?beta=true", "anthropic"),
        ("/v1/responses", "openai"),
        ("/v1/chat/completions", "openai"),
        ("/v1beta/models/gemini-3-pro:generateContent?x=%2F1", "gemini"),
        ("/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse", "gemini"),
    ],
)
def test_a_request_reaches_its_host_byte_for_byte(world: World, target: str, host: str) -> None:
    """Target, unknown headers in their order and odd bytes of a body; the response too."""
    door, hosts = world
    unknown = [
        ("x-from-tomorrow", "a  b"),
        ("anthropic-new-thing", "1"),
        ("x-from-tomorrow", "c"),
        ("anthropic-beta", "x,y-2027"),
    ]
    auth = ("x-goog-api-key", "k") if host == "gemini" else ("authorization", "Bearer k")
    answer = door.ask(target, ODD, [VERSION, auth, *unknown])
    sent = hosts[host].last()
    assert sent.body == ODD
    assert sent.target == target
    assert [pair for pair in sent.headers if (pair[0].lower(), pair[1]) in unknown] == unknown
    with_it = Gateway(hosts[host].port, door.folder).ask(target, ODD, [VERSION, auth, *unknown])
    assert (answer.status, answer.body) == (with_it.status, with_it.body)
    assert answer.headers["content-type"] == with_it.headers["content-type"]


def test_an_error_is_passed_verbatim(world: World) -> None:
    """Clients match its wording."""
    answer = world[0].messages("m", ("x-play", "error"))
    assert (answer.status, answer.body) == (529, ERROR)
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["x-own"] == "kept"


def test_a_coded_response_stays_coded(world: World) -> None:
    """Content coding is undone for reading only."""
    answer = world[0].messages("claude-sonnet-4-5", ("x-play", "gzip"), ("accept-encoding", "gzip"))
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body))["usage"]["output_tokens"] == 300


def test_a_coded_request_stays_coded(world: World) -> None:
    """A client may compress."""
    door, hosts = world
    body = gzip.compress(ODD, mtime=0)
    door.ask("/v1/messages", body, [VERSION, KEY, ("content-encoding", "gzip")])
    assert hosts["anthropic"].last().body == body


def test_events_pass_one_by_one(world: World) -> None:
    """The first comes while the host still thinks about the second, until it is told that the first is there."""
    door, hosts = world
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    body = json.dumps(message("m", stream=True))
    connection.request("POST", "/v1/messages", body, {"x-api-key": "k", "anthropic-version": "1", "x-play": "pause"})
    answer = connection.getresponse()
    first = answer.read1()
    hosts["anthropic"].resumed.set()
    rest = answer.read()
    assert b"message_start" in first
    assert b"content_block_start" not in first
    assert b"content_block_start" in rest
    assert rest.endswith(b"\n\n")
    connection.close()


def test_a_silent_upstream_ends_in_idle_timeout_s(world: World) -> None:
    """2 seconds here: the client is not left to wait, and can tell that the answer is not whole."""
    door, _ = world
    began = time.monotonic()
    try:
        answer = door.messages("m", ("x-play", "stall"), stream=True)
        whole = b"message_stop" in answer.body
        told = b"error" in answer.body
    except http.client.IncompleteRead:
        whole, told = False, True
    assert 1.5 < time.monotonic() - began < 15  # the host would go on after 20
    assert told
    assert not whole


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ([VERSION, KEY], "anthropic"),
        ([VERSION, ("authorization", "Bearer k")], "anthropic"),
        ([("authorization", "Bearer k")], "openai"),
    ],
)
def test_a_list_of_models_comes_from_the_protocol_that_the_headers_speak(
    world: World, headers: list[tuple[str, str]], host: str
) -> None:
    """With a key in either header, fast, with no redirect."""
    door, hosts = world
    answer = door.ask("/v1/models?limit=1000", headers=headers)
    assert answer.status == 200
    assert answer.json()["host"] == host
    assert hosts[host].last().target == "/v1/models?limit=1000"


def test_geminis_list_of_models_has_a_path_of_its_own(world: World) -> None:
    """Its `base_url` has no `/v1beta`; the request brings it."""
    answer = world[0].ask("/v1beta/models", headers=[("x-goog-api-key", "k")])
    assert answer.json()["host"] == "gemini"
    assert world[1]["gemini"].last().target == "/v1beta/models"


@pytest.mark.parametrize(
    ("headers", "host"), [([VERSION, KEY], "anthropic"), ([("authorization", "Bearer k")], "openai")]
)
def test_a_probe_goes_where_its_headers_say(world: World, headers: list[tuple[str, str]], host: str) -> None:
    """`HEAD /`."""
    answer = world[0].ask("/", headers=headers, method="HEAD")
    assert answer.status == 200
    assert answer.headers["x-host"] == host
    assert world[1][host].last().method == "HEAD"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"{}", b'{"model":7}', b"[" * 100_000, b'{"model":null,"messages":{}}'],
)
def test_what_is_no_request_is_answered_in_bounded_time(world: World, body: bytes) -> None:
    """Either the host's answer or an error in the client's form, never a fault of the gateway."""
    door, hosts = world
    before = len(hosts["anthropic"].asked)
    try:
        answer = door.ask("/v1/messages", body, [VERSION, KEY, ("x-play", "error")])
    except http.client.HTTPException as error:
        raise AssertionError("no answer") from error
    passed = len(hosts["anthropic"].asked) > before
    assert answer.body == ERROR if passed else answer.json()["type"] == "error"
    assert answer.status != 500


def test_no_upstream_is_a_clear_error(world: World) -> None:
    """A path that no protocol has."""
    answer = world[0].ask("/v1/nothing-such", {"a": 1}, [KEY])
    assert answer.status == 404


def test_a_coded_response_is_read(world: World) -> None:
    """Its tokens are known; session and subagent are those of the request's headers."""
    row = world[0].row("coded")
    assert (row["input_tokens"], row["cache_read_tokens"], row["cache_write_tokens"], row["output_tokens"]) == (
        1000,
        2000,
        500,
        300,
    )
    assert row["agent_id"] == "agent-7"
