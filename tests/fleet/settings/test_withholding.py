"""What is told of a text, and what never is."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.fleet.settings import withholding
from wiretell.fleet.settings.withholding import COMPUTED, UNREADABLE, WITHHELD

KEYS = [
    "sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWx",
    "sk-proj-1234567890abcdef",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11ABCDEFG0abcdefghij",
    "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "xoxb-2222222222-abcdefghij",
    "hf_abcdefghijklmnopqrst",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "550e8400-e29b-41d4-a716-446655440000",
]
NAMES = [
    "claude-sonnet-4-5-20250929",
    "us.anthropic.claude-opus-4-6-v1:0",
    "anthropic/claude-opus-4-6[1m]",
    "accounts/fireworks/models/deepseek-v3p1-terminus",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
    "gpt-5.1-codex-max",
    "qwen2.5-coder:32b-instruct-q4_K_M",
    "gpt-4o-mini-search-preview-2025-03-11",
    "Llama-3.3-70B-Instruct-Turbo",
    "MyVeryOwnInternalToolServer",
]


@pytest.mark.parametrize("key", KEYS)
def test_keys_are_withheld_even_where_a_name_belongs(key: str) -> None:
    assert withholding.name(key) == WITHHELD
    assert withholding.program(f"/opt/{key}") in {WITHHELD, UNREADABLE}
    assert withholding.part_of_key(key) == WITHHELD
    assert withholding.url(key)[0] in {WITHHELD, UNREADABLE}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_models_are_told(name: str) -> None:
    assert withholding.name(name) == name


@pytest.mark.parametrize(
    ("text", "value", "host"),
    [
        ("https://api.example.com/v1", "https://api.example.com", "api.example.com"),
        ("HTTP://Me:pass@Host.Example:8080/x?y=z#f", "http://host.example:8080", "host.example"),
        ("http://a@b@host.example/", "http://host.example", "host.example"),
        ("localhost:11434", "localhost:11434", "localhost"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080", "::1"),
        ("user:pass@proxy.example:3128", "proxy.example:3128", "proxy.example"),
        ("https://${HOST}/v1", COMPUTED, ""),
        ("https://api.example.com/v1?key=$KEY", "https://api.example.com", "api.example.com"),
        ("{env:BASE_URL}", COMPUTED, ""),
        ("http://host.example:99999/", UNREADABLE, ""),
        ("http://[::1", UNREADABLE, ""),
        ("not a host", UNREADABLE, ""),
        ("", UNREADABLE, ""),
        ("file:///etc/passwd", UNREADABLE, ""),
        ("https://host\nsecond.example/", "https://hostsecond.example", "hostsecond.example"),
        ("https://ho\x1b[31mst.example/", UNREADABLE, ""),
    ],
)
def test_of_a_url_scheme_host_and_port_are_told(text: str, value: str, host: str) -> None:
    assert withholding.url(text) == (value, host)


SECRET = st.text(string.ascii_letters + string.digits, min_size=8, max_size=40).map(lambda text: f"zq{text}9Z")


@given(SECRET, SECRET)
def test_no_part_of_a_url_but_host_and_port_is_told(first: str, second: str) -> None:
    for url in (
        f"https://{first}:{second}@host.example:1/{first}/x?{second}={first}#{second}",
        f"{first}:{second}@host.example/{first}",
        f"wss://{quote(first)}@host.example?{second}",
    ):
        value, host = withholding.url(url)
        assert host == "host.example"
        assert first not in value
        assert second not in value


@given(st.text())
def test_any_text_comes_out_printable_and_short(text: str) -> None:
    told = (*withholding.url(text), withholding.name(text), withholding.program(text), withholding.part_of_key(text))
    assert all(each.isprintable() and len(each) < 400 for each in told)
