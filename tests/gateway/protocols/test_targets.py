from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.gateway import protocols
from wiretell.gateway.protocols.interface import Served
from wiretell.model.exchange import WireFormat

Found = tuple[str, Served]


def found(
    method: str, target: str, *headers: tuple[bytes, bytes], among: tuple[WireFormat, ...] | None = None
) -> Found | None:
    match = protocols.find(method, target, headers, among)
    return (match[0].name, match[1]) if match else None


@pytest.mark.parametrize(
    ("method", "target", "protocol", "served"),
    [
        ("POST", "/v1/messages?beta=true", "anthropic-messages", Served("generate", "/v1/messages?beta=true")),
        (
            "POST",
            "/v1/messages/count_tokens",
            "anthropic-messages",
            Served("count_tokens", "/v1/messages/count_tokens"),
        ),
        ("POST", "/v1/responses", "openai-responses", Served("generate", "/responses")),
        ("POST", "/responses", "openai-responses", Served("generate", "/responses")),
        ("GET", "/v1/responses", "openai-responses", Served("generate", "/responses", stream=True)),
        ("POST", "/v1/responses/compact", "openai-responses", Served("generate", "/responses/compact")),
        ("POST", "/v1/chat/completions?a=%2F", "openai-chat", Served("generate", "/chat/completions?a=%2F")),
        ("POST", "/chat/completions", "openai-chat", Served("generate", "/chat/completions")),
        ("GET", "/v1/models?limit=1000", "openai-responses", Served("models", "/models?limit=1000")),
        ("GET", "/models/gpt-5-mini", "openai-responses", Served("models", "/models/gpt-5-mini", "gpt-5-mini")),
        ("GET", "/v1beta/models", "gemini", Served("models", "/v1beta/models")),
        ("HEAD", "/", "anthropic-messages", Served("probe", "/")),
        (
            "POST",
            "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
            "gemini",
            Served("generate", "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", "gemini-2.5-pro", True),
        ),
        (
            "POST",
            "/v1beta/models/gemini%2D2.5-pro:countTokens",
            "gemini",
            Served("count_tokens", "/v1beta/models/gemini%2D2.5-pro:countTokens", "gemini-2.5-pro"),
        ),
        (
            "POST",
            "/v1beta/models/e:embedContent?key=K",
            "gemini",
            Served("generate", "/v1beta/models/e:embedContent?key=K", "e"),
        ),
    ],
)
def test_served(method: str, target: str, protocol: str, served: Served) -> None:
    assert found(method, target) == (protocol, served)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/v1/messages"),
        ("POST", "/v1/models"),
        ("POST", "//v1/messages"),
        ("POST", "/v1//messages"),
        ("POST", "/v1/./messages"),
        ("POST", "/v1/x/../messages"),
        ("POST", "/v1/%6dessages"),
        ("POST", "/v1/messages/"),
        ("POST", "/V1/messages"),
        ("POST", "/v1/messages#x"),
        ("POST", "/v1/messages?x#y"),
        ("POST", "/v1/messages?x y"),
        ("POST", "/v1/messages;x=1"),
        ("POST", "/v1/messages/batches"),
        ("POST", "/v1/v1/responses"),
        ("POST", "http://api.anthropic.com/v1/messages"),
        ("POST", "v1/messages"),
        ("POST", ""),
        ("GET", "/v1/models/.."),
        ("GET", "/v1/models/%2e%2E"),
        ("GET", "/v1/models/a%2F..%2Fmessages"),
        ("GET", "/v1/models/a/b"),
        ("GET", "/v1/models/a%252Fb"),
        ("GET", "/v1/models/"),
        ("POST", "/v1beta/models/a%3AcountTokens:generateContent"),
        ("POST", "/v1beta/models/a:generateContent:countTokens"),
        ("POST", "/v1beta/models/a%ff:generateContent"),
        ("POST", "/v1beta/models/../x:generateContent"),
        ("POST", "/v1beta/models/:generateContent"),
        ("POST", "/v1beta/models/a:generatecontent"),
        ("POST", "/v1beta/models/gemini\u2011pro:generateContent"),
        ("POST", "/v1beta/tunedModels/a:generateContent"),
    ],
)
def test_not_served(method: str, target: str) -> None:
    assert found(method, target) is None


@pytest.mark.parametrize(
    ("header", "models", "probe"),
    [
        (b"Anthropic-Version", "anthropic-messages", "anthropic-messages"),
        (b"X-Api-Key", "anthropic-messages", "anthropic-messages"),
        (b"Authorization", "openai-responses", "openai-responses"),
        (b"x-goog-api-key", "gemini", "gemini"),
        (b"user-agent", "openai-responses", "anthropic-messages"),
    ],
)
def test_listings_and_probes_go_by_the_headers(header: bytes, models: str, probe: str) -> None:
    assert (found("GET", "/v1/models", (header, b"x")) or ("",))[0] == models
    assert (found("HEAD", "/", (header, b"x")) or ("",))[0] == probe


def test_a_protocol_that_no_upstream_speaks_is_left_out() -> None:
    assert (found("GET", "/v1/models", among=("openai-chat",)) or ("",))[0] == "openai-chat"
    assert (found("GET", "/v1/models", (b"x-api-key", b"k"), among=("openai-chat",)) or ("",))[0] == "openai-chat"
    assert found("POST", "/v1/messages", among=("openai-chat", "gemini")) is None


@given(
    st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    st.text(alphabet="/v1beta.%2fmodels:?#generateContent\x00é", max_size=60),
)
def test_whatever_is_served_stands_below_its_upstream_as_it_came(method: str, target: str) -> None:
    for prefix in ("", "/v1/models/", "/v1beta/models/"):
        match = found(method, prefix + target)
        if match is not None:
            assert (prefix + target).endswith(match[1].below)
            assert not {"/", "%", ".."} & set(match[1].model)
