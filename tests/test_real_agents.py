"""Real agents, fetched through the user's npm and run in the sealed lab.

Skipped aloud where the registry does not answer or no sandbox can be built. `WIRETELL_REQUIRE_REAL=1` makes it fail.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from wiretell import target
from wiretell.errors import TargetError

pytestmark = [pytest.mark.lab, pytest.mark.real, pytest.mark.timeout(400)]

CLAUDE = "npm:@anthropic-ai/claude-code"
APOSTROPHES = {"U+0027", "U+2019", "U+02BC", "U+02B9"}
Document = dict[str, Any]


@functools.cache
def why_not(spec: str) -> str | None:
    try:
        target.resolve(spec)
    except TargetError as error:
        return str(error)
    return None


@functools.cache
def audit(spec: str, *options: str) -> tuple[int, Document]:
    if (reason := why_not(spec)) is not None:
        if os.environ.get("WIRETELL_REQUIRE_REAL") == "1":
            pytest.fail(reason)
        pytest.skip(f"{spec} cannot be fetched here: {reason}")
    command = [sys.executable, "-m", "wiretell.cli", "audit", spec, "--format", "json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=390, check=False)
    assert done.returncode in (0, 1, 3), done.stderr
    document: Document = json.loads(done.stdout)
    return done.returncode, document


def covert(document: Document) -> list[Document]:
    return [channel for channel in document["channels"] if channel["class"] == "covert"]


def levels_of(channel: Document, codepoint: str) -> set[tuple[str, str]]:
    """The (base_url, timezone) pairs that a symbol with `codepoint` names, as far as it names them."""
    found = set()
    for symbol in channel["symbols"]:
        if codepoint in symbol["codepoints"]:
            for when in symbol["when"]:
                zones = when.get("timezone", ["*"])
                found |= {(host, zone) for host in when.get("base_url", ["*"]) for zone in zones}
    return found


def assert_the_two_channels(document: Document, code: int) -> None:
    assert code == 1 and document["verdict"] == "covert"
    assert document["runs"] <= 80
    glyph, separator = sorted(covert(document), key=lambda channel: channel["carrier"], reverse=True)
    assert (glyph["carrier"], glyph["facts"], len(glyph["symbols"])) == ("homoglyph", ["base_url"], 4)
    assert {symbol["codepoints"][0] for symbol in glyph["symbols"]} == APOSTROPHES
    assert (separator["carrier"], separator["facts"]) == ("format", ["base_url", "timezone"])
    for channel in (glyph, separator):
        assert channel["where"]["request"] == "POST /v1/messages"
        assert channel["where"]["path"].startswith("/messages/")
        confirmed, tried = map(int, channel["evidence"]["flips"].split("/"))
        assert confirmed == tried >= 4
        assert channel["evidence"]["p_value"] < 0.01
    slashed = levels_of(separator, "U+002F")
    assert {zone for _, zone in slashed} == {"Asia/Shanghai", "Asia/Urumqi"}
    assert "official" not in {host for host, _ in slashed}
    assert document["controls"] == {"recorder": "pass", "canary": "pass", "sealed": "pass"}


def assert_nothing_covert(document: Document, code: int) -> None:
    assert code == 0 and document["verdict"] in {"undeclared", "declared", "clean"}
    assert covert(document) == []
    assert document["coverage"]["facts"]["timezone"]["paired"] == 4
    assert {row["what"] for row in document["coverage"]["not_examined"]} >= {"interactive use", "signed-in accounts"}


def test_the_marked_release_shows_both_channels() -> None:
    code, document = audit(f"{CLAUDE}@2.1.91")
    assert_the_two_channels(document, code)


@pytest.mark.parametrize(
    ("version", "options"),
    [
        pytest.param("2.1.90", (), marks=pytest.mark.long),
        pytest.param("2.1.198", (), marks=pytest.mark.long),
        ("2.1.198", ("--runs", "48")),
    ],
)
def test_the_releases_around_it_show_none(version: str, options: tuple[str, ...]) -> None:
    code, document = audit(f"{CLAUDE}@{version}", *options)
    assert_nothing_covert(document, code)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "runs"), [("codex@0.169.0", 60), ("pi@0.73.1", 60), ("gemini-cli@0.61.0", 32), ("qwen-code@0.15.10", 32)]
)
def test_other_agents_complete_an_audit_and_nothing_covert_is_claimed(name: str, runs: int) -> None:
    code, document = audit(name, "--runs", str(runs))
    assert document["controls"] == {"recorder": "pass", "canary": "pass", "sealed": "pass"}
    assert covert(document) == []
    assert document["channels"]
    # A small budget may leave causes unproven; then that, and nothing else, is why the verdict is open.
    assert code == 0 or all("within the budget" in reason for reason in document["reasons"])
