"""`wiretell marks explain` end to end: given settings, and those of this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ada_url import URL
from hypothesis import given
from hypothesis import strategies as st

from tests.cli_marks.samples import STATES, printed
from wiretell import marks, report
from wiretell.cli import run
from wiretell.errors import UsageError
from wiretell.report.marks_explain.base_url import shown_base_url
from wiretell.report.marks_explain.document_v1 import ExplainDocument


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> ExplainDocument:
    assert run(["marks", "explain", "--format", "json", *words]) == 0
    document = report.decode_any(printed(capsys).encode())
    assert isinstance(document, ExplainDocument)
    return document


@pytest.mark.parametrize(
    ("base_url", "zone", "state", "number"),
    [
        ("", "Asia/Shanghai", "none", 0),
        ("https://api.anthropic.com/v1", "Asia/Urumqi", "none", 0),
        ("http://localhost:4000", "Europe/Berlin", "none", 0),
        ("http://localhost:4000", "Asia/Urumqi", "cnTZ", 4),
        ("https://gateway.example.cn", "Asia/Tokyo", "known", 1),
        ("https://my-deepseek-proxy.example", "Etc/UTC", "labKw", 2),
        ("https://api.moonshot.ai", "Asia/Shanghai", "known+labKw+cnTZ", 7),
    ],
)
def test_settings_are_explained(
    base_url: str, zone: str, state: str, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    document = explained(capsys, "--base-url", base_url, "--timezone", zone, "--date", "2026-06-01")
    assert (document.state.name, document.state.number) == (state, number)
    assert document.gate_open == (base_url.startswith("http") and "anthropic.com" not in base_url)
    assert document.sentence == "Today{0}s date is 2026{1}06{1}01.".format(*STATES[state])
    assert json.loads(document.spellings["json"]) == document.sentence
    assert bytes.fromhex(document.spellings["utf-8"]).decode() == document.sentence
    assert document.origin == {"base_url": "--base-url", "timezone": "--timezone"}


def test_a_zone_is_told_as_the_runtime_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    document = explained(capsys, "--base-url", "http://localhost", "--timezone", "PRC", "--runtime", "bun")
    assert (document.timezone, document.state.name) == ("Asia/Shanghai", "cnTZ")
    assert document.origin["timezone"] == "--timezone PRC, which Bun tells as Asia/Shanghai"


def test_the_settings_of_this_machine_are_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TZ", "Asia/Urumqi")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://user:secret@api.deepseek.com/v1?key=hush")
    document = explained(capsys)
    assert document.state.name == "labKw+cnTZ"
    assert document.base_url == "https://***@api.deepseek.com/***?***"
    assert document.origin["base_url"] == "this machine (ANTHROPIC_BASE_URL)"
    assert document.origin["timezone"] == "this machine (TZ=Asia/Urumqi)"
    assert any("settings files" in note for note in document.notes)
    monkeypatch.delenv("ANTHROPIC_BASE_URL")
    document = explained(capsys)
    assert (document.base_url, document.gate_open, document.timezone) == (None, False, "Asia/Urumqi")
    document = explained(capsys, "--base-url", "http://localhost:8080")
    assert document.state.name == "cnTZ" and "TZ=" in document.origin["timezone"]


def test_a_secret_of_the_base_url_reaches_no_output(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--format", "json"], ["--verbose"]):
        url = "https://me:hunter2@relay.example/p?token=hunter2#hunter2"
        assert run(["marks", "explain", "--base-url", url, "--timezone", "UTC", *words]) == 0
        assert "hunter2" not in printed(capsys)
    assert run(["marks", "explain", "--base-url", "hunter2 no url", "--timezone", "UTC"]) == 2
    assert "hunter2" not in capsys.readouterr().err


def test_a_machine_without_a_node_says_that_the_zone_is_not_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("wiretell.scan.literals.acorn.node", lambda: Path("/no/such/node"))
    document = explained(capsys, "--base-url", "http://localhost")
    assert document.timezone is None and "give --timezone" in document.origin["timezone"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https:me:hunter2@host.cn", "https://***@host.cn"),
        ("https:/me:hunter2@host.cn", "https://***@host.cn"),
        ("https:\\\\me:hunter2@host.cn", "https://***@host.cn"),
        ("http://[hunter2@host.cn/", "http://***@host.cn"),
        ("http://a]hunter2@host.cn/", "http://***@host.cn"),
        ("http://user\u2100:hunter2@host.cn/", "http://***@host.cn"),
        ("https://host.cn/v1/hunter2/", "https://host.cn/***"),
        ("https://host.cn;hunter2", "https://host.cn***"),
        ("https://host.cn/;hunter2", "https://host.cn/***"),
        ("https://host.cn?hunter2", "https://host.cn?***"),
        ("https://host.cn#hunter2", "https://host.cn"),
        ("me:hunter2@host.cn", "***"),
        ("hunter2:@host.cn", "***"),
        ("blob:https://me:hunter2@host.cn/", "***"),
        ("odd://me:hunter2@host.cn/", "***"),
        ("data:,hunter2", "data:***"),
        ("file:hunter2", "file:///***"),
        ("localhost:4000", "localhost:***"),
        ("https://A.example:8443", "https://a.example:8443"),
        ("http://[::1]:80/", "http://[::1]"),
    ],
)
def test_of_a_url_nothing_is_shown_that_may_be_secret(url: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["marks", "explain", "--base-url", url, "--timezone", "UTC", "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert "hunter2" not in captured.out + captured.err
    assert json.loads(captured.out)["base_url"] == shown == shown_base_url(url)


@given(st.text("/\\\\:@?#;[]. \t%2e\u2100a", max_size=12), st.sampled_from(["https:", "http:/", "", "blob:", "a://"]))
def test_no_url_makes_explaining_fail_otherwise(text: str, start: str) -> None:
    """The library holds the URL whole, the document does not; what is no URL is a UsageError."""
    url = f"{start}{text}hunter2@host.example/hunter2"
    try:
        found = marks.explain(url, "UTC")
    except UsageError as error:
        assert "hunter2" not in str(error)
        return
    assert found.classification.settings.base_url == url
    document = report.to_document(found)
    host = URL(url).host
    assert document.base_url is not None
    assert "hunter2" not in document.base_url.replace(host, "") if host else "hunter2" not in document.base_url


def test_a_zone_without_a_name_is_not_called_unset(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for zone, why in (("CST-8", "Node knows no name for it"), ("", "Node tells it as Etc/Unknown")):
        monkeypatch.setenv("TZ", zone)
        assert run(["marks", "explain", "--base-url", "http://localhost"]) == 0
        shown = " ".join(printed(capsys).split())
        assert f"(not known) this machine (TZ={zone}): {why}" in shown


def test_a_colon_before_a_zone_is_that_of_posix(capsys: pytest.CaptureFixture[str]) -> None:
    document = explained(capsys, "--base-url", "http://localhost", "--timezone", ":PRC")
    assert (document.timezone, document.state.name) == ("Asia/Shanghai", "cnTZ")
