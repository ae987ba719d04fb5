from __future__ import annotations

import pytest

from wiretell.scan.mentions.hosts import countries, documentary, in_urls, whole


@pytest.mark.parametrize(
    "text", ["api.acme.com", "acme.cn", ".acme.org", "a.b.c.acme.io", "x.acme.sh", "gateway.internal", "acme.co.uk"]
)
def test_literals_that_are_hosts(text: str) -> None:
    assert whole(text) == text.lstrip(".")


@pytest.mark.parametrize(
    "text",
    [
        *("index.js", "main.rs", "user.id", "a.b", "v1.2.3", "read me.com", "Acme.com.", "x" * 300 + ".com", "com"),
        *("..com", "console.log", "-a.com", "gen.model.name", ""),
    ],
)
def test_literals_that_are_none(text: str) -> None:
    assert whole(text) == ""


def test_hosts_in_urls() -> None:
    text = "see https://API.acme.com:8443/v1 and wss://u:p@live.acme.sh or http://localhost/ and ftp://1.2.3.4"
    assert list(in_urls(text)) == [
        ("api.acme.com", text.index("API")),
        ("live.acme.sh", text.index("live")),
        ("localhost", text.index("localhost")),
    ]


def test_documentary_hosts() -> None:
    assert documentary("www.w3.org")
    assert documentary("api.example.com")
    assert not documentary("acme.com")


def test_countries_are_those_of_iso_3166() -> None:
    assert {"cn", "de", "uk", "eu", "su"} <= countries()
    assert "js" not in countries()
