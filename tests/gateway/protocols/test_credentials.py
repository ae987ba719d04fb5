from __future__ import annotations

import pytest

from wiretell.gateway import protocols
from wiretell.gateway.protocols.interface import Protocol
from wiretell.model.exchange import WireFormat

TARGET = "/v1beta/models/m:generateContent?alt=sse&key=G%2B1&x=%20"
HEADERS = [
    (b"Host", b"h"),
    (b"Authorization", b"bearer  T1"),
    (b"X-Api-Key", b"T1"),
    (b"anthropic-beta", b"a,b"),
    (b"x-goog-api-key", b"T2"),
]


@pytest.mark.parametrize("protocol", protocols.ALL, ids=lambda each: each.name)
def test_every_credential_is_seen_once(protocol: Protocol) -> None:
    assert protocol.keys(HEADERS, TARGET) == ("T1", "T2", "G+1")
    assert protocol.keys([(b"authorization", b"Basic dTpw"), (b"authorization", b"Bearer B")], "/") == (
        "Basic dTpw",
        "B",
    )
    assert protocol.keys([(b"x-api-key", b"")], "/v1?k%65y=a&KEY=b&access_token=c") == ("a", "b", "c")
    assert protocol.keys([(b"cookie", b"key=1")], "/v1?monkey=2&key") == ()


@pytest.mark.parametrize(
    ("protocol", "key", "header"),
    [
        ("anthropic-messages", "sk-ant-api03-K", (b"x-api-key", b"sk-ant-api03-K")),
        ("anthropic-messages", "sk-ant-oat01-K", (b"authorization", b"Bearer sk-ant-oat01-K")),
        ("openai-chat", "K", (b"authorization", b"Bearer K")),
        ("openai-responses", "K", (b"authorization", b"Bearer K")),
        ("gemini", "K", (b"x-goog-api-key", b"K")),
    ],
)
def test_the_gateway_s_key_takes_the_place_of_all_of_them(
    protocol: WireFormat, key: str, header: tuple[bytes, bytes]
) -> None:
    headers, target = protocols.by_name(protocol).with_key(HEADERS, TARGET, key)
    assert headers == [(b"Host", b"h"), header, (b"anthropic-beta", b"a,b")]
    assert target == "/v1beta/models/m:generateContent?alt=sse&x=%20"
    assert protocols.by_name(protocol).keys(headers, target) == (key,)


def test_a_request_without_credentials_gets_them_at_its_end() -> None:
    headers, target = protocols.by_name("openai-chat").with_key([(b"a", b"b")], "/chat/completions", "K")
    assert (headers, target) == ([(b"a", b"b"), (b"authorization", b"Bearer K")], "/chat/completions")
    assert protocols.by_name("gemini").with_key([], "/x?key=1", "K")[1] == "/x"


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/v1/messages?beta=true", "/v1/messages?beta=true"),
        ("/x?key=abc&alt=sse&token=&q", "/x?key=***&alt=sse&token=***&***"),
        ("/x", "/x"),
        ("/x?", "/x?"),
    ],
)
def test_targets_are_logged_without_secrets(target: str, shown: str) -> None:
    assert protocols.masked(target) == shown
