"""The whole commands: twelve planted versions on a registry on loopback, audited in the lab."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.history.fakes import Quiet
from tests.target.packages import Registry, package, registry
from wiretell import report, target
from wiretell.audit import Options, audit
from wiretell.cli import bisect, verify
from wiretell.errors import UsageError

SPECIMENS = Path(__file__).parents[1] / "specimens"
NAME = "planted-agent"
RECIPE = SPECIMENS / "two_way" / "wiretell-agent.toml"
MARKED = range(4, 9)
RUNS = 48
"""Enough for one channel of two facts; an ordinary audit takes 80."""
FEWER = ("--runs", str(RUNS))


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry with versions 1.0.0 to 1.0.11 of an agent, of which 4 to 8 have a covert channel."""
    with registry() as state:
        for n in range(12):
            folder = SPECIMENS / ("two_way" if n in MARKED else "two_way_twin")
            files = {name: (folder / name).read_bytes() for name in ("agent.js", "wire.js")}
            state.publish(package(NAME, f"1.0.{n}", files, bin={"agent": "agent.js"}))
        state.packages[NAME]["time"] = {f"1.0.{n}": f"2026-02-{n + 1:02}T12:00:00.000Z" for n in range(12)}
        home = tmp_path / "home"
        home.mkdir()
        for key, value in {
            "npm_config_registry": state.url,
            "npm_config_cache": str(tmp_path / "npm-cache"),
            "npm_config_userconfig": str(home / "npmrc"),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
        }.items():
            monkeypatch.setenv(key, value)
        yield state


def call(add_to: Callable[[Any], None], words: list[str]) -> int:
    parser = argparse.ArgumentParser()
    add_to(parser.add_subparsers())
    options = parser.parse_args(words)
    code: int = options.call(options)
    return code


def search(tmp_path: Path, *more: str) -> tuple[int, dict[str, Any], float]:
    out, began = tmp_path / "bisect.json", time.monotonic()
    words = ["bisect", NAME, "--recipe", str(RECIPE), "--format", "json", "--output", str(out), *more]
    code = call(bisect.add_to, words)
    return code, json.loads(out.read_text()), time.monotonic() - began


@pytest.mark.lab
def test_first_and_last_version_of_a_planted_channel(tmp_path: Path, published: Registry) -> None:
    code, found, _ = search(tmp_path, "--from", "1.0.0", "--to", "1.0.11", *FEWER)
    assert code == 1
    assert {(r["first"], r["last"], r["first_exact"], r["last_exact"]) for r in found["ranges"]} == {
        ("1.0.4", "1.0.8", True, True)
    }
    assert found["ranges"][0]["first_published"] == "2026-02-05T12:00:00Z"
    assert {kind["carrier"] for kind in found["channels"]} == {"homoglyph"}
    cache = tmp_path / "cache" / "wiretell"
    assert not list(cache.glob("history-*"))
    assert not list(cache.glob(f"npm/{NAME}/*")), "what was fetched is gone"
    asked = len(published.asked)
    again, same, seconds = search(tmp_path, "--from", "1.0.0", "--to", "1.0.11", *FEWER)
    assert (again, same["audits"], len(published.asked)) == (1, 0, asked)
    assert same["ranges"] == found["ranges"]
    assert seconds < 5


@pytest.mark.lab
def test_a_version_against_the_audit_of_another(tmp_path: Path, published: Registry) -> None:
    marked = target.resolve(f"npm:{NAME}@1.0.8", recipe=RECIPE)
    document = tmp_path / "1.0.8.json"
    document.write_text(report.render(report.to_document(audit(marked, Options(runs=RUNS), Quiet())), "json"))
    out = tmp_path / "1.0.9.json"
    words = ["verify", f"npm:{NAME}@1.0.9", "--against", str(document), "--recipe", str(RECIPE), "--no-scan"]
    assert call(verify.add_to, [*words, *FEWER, "--format", "json", "--output", str(out)]) == 0
    gone = json.loads(out.read_text())
    assert [item["fate"] for item in gone["channels"]] == ["removed"]
    assert gone["new"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "1.0.0", "--to", "1.0.99"], "near it: 1.0.10 and 1.0.11"),
        (["--from", "1.0.5", "--to", "1.0.2"], "comes after"),
        (["--from", "1", "--to", "1.0.2"], "no version"),
        (["--from", "1.0.0", "--to", "1.0.2", "--every", "0"], "1 or more"),
        (["--from", "1.0.0", "--to", "1.0.2", "--runs", "2"], "--runs"),
    ],
)
def test_wrong_use(tmp_path: Path, published: Registry, words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        search(tmp_path, *words)
    assert not list((tmp_path / "cache").rglob("history-*"))


@pytest.mark.parametrize(
    ("name", "said"),
    [("nobody-knows", "No recipe"), ("claude-code@2.1.91", "name the package alone"), ("no good", "not the name")],
)
def test_wrong_package(name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call(bisect.add_to, ["bisect", name, "--from", "1.0.0", "--to", "1.0.1"])


def test_a_package_that_is_not_published(published: Registry) -> None:
    with pytest.raises(UsageError, match="There is no npm package"):
        words = ["bisect", "not-there", "--recipe", str(RECIPE), "--from", "1.0.0", "--to", "1.0.1"]
        call(bisect.add_to, words)
