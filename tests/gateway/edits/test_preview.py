"""`wiretell gateway preview`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.gateway.edits.conversations import bodies
from tests.marks.date_line import reminder, request, spelled
from wiretell.cli.gateway import preview
from wiretell.errors import FormatError, UsageError
from wiretell.gateway.log import reader

CONFIG = """schema = 1
listen = "127.0.0.1:0"
log = false
[upstream.one]
protocol = "anthropic-messages"
base_url = "http://127.0.0.1:9"
[upstream.two]
protocol = "openai-chat"
base_url = "http://127.0.0.1:9"
[upstream.three]
protocol = ["openai-responses", "gemini"]
base_url = "http://127.0.0.1:9"
[edit]
strip_marks = ["date-line"]
[[context]]
shorten = "tool_result"
keep_chars = 20
older_than_turns = 1
[[context]]
replace = "needle"
text = "pin"
[[route]]
model = "claude-haiku-*"
to = "two/other"
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "wiretell-gateway.toml"
    path.write_text(CONFIG)
    return str(path)


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    preview.add_to(parser.add_subparsers())
    options = parser.parse_args(["preview", *arguments])
    code: int = options.call(options)
    return code


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(*arguments, "--format", "json") == 0
    return json.loads(capsys.readouterr().out)


def test_each_rule_is_shown_alone_and_all_together(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turns = [("needle", "x" * 900, False), ("two", "x" * 900, False), ("three", "y", False)]
    for nth, body in enumerate(bodies("anthropic-messages", turns)):
        (tmp_path / f"{nth}.json").write_bytes(body)
    shown = document(
        capsys, "--config", config, str(tmp_path / "2.json"), str(tmp_path / "1.json"), "--model", "claude-x"
    )
    assert shown["schema"] == "wiretell/gateway-preview/1"
    marks, shorten, replace = shown["rules"]
    assert marks["effect"] is None and shorten["places"] == 2 and replace["places"] == 2
    assert shorten["effect"]["cached_prefix_lost_tokens"] > 0 == replace["effect"]["cached_prefix_lost_tokens"]
    assert shown["together"]["cost_after_micro_usd"] is not None and shown["price_table"]
    assert [entry["rule"] for entry in shown["ledger"]].count("context:0:shorten") == 2
    assert shown["route"] == {"rule": None, "to": "one/claude-x", "losses": [], "translated": None}


def test_text_names_marks_places_and_the_ledger(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(spelled(request(reminder("Today\u2019s date is 2026-11-21."))))
    assert run("--config", config, str(path)) == 0
    text = capsys.readouterr().out
    assert "marks taken out: date-line:known" in text
    assert "/messages/0/content/1/text  strip_marks:date-line:apostrophe  \u2019 (U+2019)  ->  '" in text
    assert "ledger: 1 entry" in text


def test_a_route_says_what_its_translation_loses(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(
        b'{"model":"claude-haiku-4-5","top_k":5,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'
    )
    shown = document(capsys, "--config", config, str(path))["route"]
    assert (shown["rule"], shown["to"], shown["translated"]) == ("route:0", "two/other", "openai-chat")
    assert "/top_k" in [loss["path"] for loss in shown["losses"]]
    assert run("--config", config, str(path)) == 0
    assert "lost: /top_k" in capsys.readouterr().out


def test_a_request_is_taken_from_a_log(
    config: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Store:
        def __init__(self, folder: Path) -> None:
            assert folder == Path("exchanges")

        def __enter__(self) -> Store:
            return self

        def __exit__(self, *_: object) -> None: ...

        def exchange(self, exchange_id: str) -> SimpleNamespace:
            return SimpleNamespace(request_text=b'{"model":"m","input":"needle"}', asked=exchange_id)

    monkeypatch.setattr(reader, "Store", Store)
    shown = document(capsys, "--config", config, "--log", "exchanges", "--id", "0190")
    assert shown["request"]["source"] == "exchange 0190"
    assert [entry["rule"] for entry in shown["ledger"]] == ["context:1:replace"]


def test_wrong_use_is_one_sentence(config: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[1]")
    with pytest.raises(FormatError, match=r"bad.json is no JSON object"):
        run("--config", config, str(bad))
    with pytest.raises(UsageError, match="cannot be read"):
        run("--config", config, str(tmp_path / "none.json"))
    with pytest.raises(UsageError, match="name one request"):
        run("--config", config)
    with pytest.raises(UsageError, match="name one request"):
        run("--config", config, str(bad), "--log", "x", "--id", "y")


@pytest.mark.parametrize("protocol", ["anthropic-messages", "openai-chat", "openai-responses", "gemini"])
def test_the_protocol_is_told_by_the_body(
    protocol: Any, config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(bodies(protocol, [("a", "b", False)])[0])
    assert document(capsys, "--config", config, str(path))["request"]["protocol"] == protocol
