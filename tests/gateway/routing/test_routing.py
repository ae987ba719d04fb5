"""Where a request goes, by its model, size and headers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.errors import FormatError
from wiretell.gateway.config.values import Route, Upstream
from wiretell.gateway.routing import Routed, choose

ANTHROPIC = Upstream("anthropic", ("anthropic-messages",), "https://a.example")
OPENAI = Upstream("openai", ("openai-responses", "openai-chat"), "https://o.example/v1")
GEMINI = Upstream("google", ("gemini",), "https://g.example")
UPSTREAMS = (ANTHROPIC, OPENAI, GEMINI)


def to(*routes: Route, **asked: Any) -> Routed:
    given_request = {"protocol": "anthropic-messages", "model": "claude-opus-4", "body_bytes": 400, "headers": []}
    return choose(routes, UPSTREAMS, **{**given_request, **asked})


def test_without_routes_the_first_that_speaks_the_protocol() -> None:
    assert to() == Routed(ANTHROPIC, "claude-opus-4", "anthropic-messages")
    assert to(protocol="openai-chat", model="gpt-5") == Routed(OPENAI, "gpt-5", "openai-chat")


def test_by_model_the_first_that_matches() -> None:
    haiku, all_claude = Route("openai/gpt-5-mini", model="claude-haiku-*"), Route("openai/gpt-5", model="claude-*")
    assert to(haiku, all_claude, model="claude-haiku-4") == Routed(OPENAI, "gpt-5-mini", "openai-responses", 0)
    assert to(haiku, all_claude) == Routed(OPENAI, "gpt-5", "openai-responses", 1)
    assert to(haiku) == Routed(ANTHROPIC, "claude-opus-4", "anthropic-messages")


def test_a_star_keeps_the_model_and_a_model_may_hold_slashes() -> None:
    assert to(Route("openai/*")).model == "claude-opus-4"
    assert to(Route("openai/vendor/model-7")).model == "vendor/model-7"


def test_an_upstream_of_several_protocols_is_spoken_to_in_the_client_s() -> None:
    assert to(Route("openai/*"), protocol="openai-chat").wire == "openai-chat"
    assert to(Route("openai/*"), protocol="openai-responses").wire == "openai-responses"


@settings(deadline=None)
@given(tokens=st.integers(0, 10**6), size=st.integers(0, 10**7))
def test_by_size_at_four_bytes_a_token(tokens: int, size: int) -> None:
    assert (to(Route("openai/*", larger_than_tokens=tokens), body_bytes=size).route == 0) == (size > 4 * tokens)
    assert (to(Route("openai/*", smaller_than_tokens=tokens), body_bytes=size).route == 0) == (size < 4 * tokens)


def test_by_header_whatever_its_spelling_and_all_of_them() -> None:
    route = Route("openai/*", headers={"x-team": "search-*", "x-kind": "*"})
    both = [(b"X-Team", b"other"), (b"x-team", b"search-7"), (b"X-KIND", b"\xe9")]
    assert to(route, headers=both).route == 0
    assert to(route, headers=both[:1] + both[2:]).route is None
    assert to(route, headers=both[:2]).route is None


def test_all_that_a_route_names_must_hold() -> None:
    route = Route("openai/*", model="claude-*", larger_than_tokens=99, headers={"a": "b"})
    assert to(route, headers=[(b"a", b"b")]).route == 0
    assert to(route, headers=[(b"a", b"b")], body_bytes=396).route is None
    assert to(route, headers=[(b"a", b"b")], model="gpt-5").route is None


@pytest.mark.parametrize(
    ("routes", "asked"),
    [
        ((Route("google/*"),), {}),
        ((Route("openai/*"),), {"protocol": "gemini"}),
        ((Route("nowhere/*"),), {}),
    ],
)
def test_what_leads_nowhere_is_said(routes: tuple[Route, ...], asked: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        to(*routes, **asked)


def test_no_upstream_for_a_protocol_is_said() -> None:
    with pytest.raises(FormatError, match=r"No upstream .* speaks openai-chat, .*\[\[route\]\]"):
        choose((), (ANTHROPIC,), protocol="openai-chat", model="m", body_bytes=0, headers=[])


def test_gemini_reaches_an_upstream_that_speaks_it() -> None:
    assert to(Route("google/gemini-3"), protocol="gemini") == Routed(GEMINI, "gemini-3", "gemini", 0)
