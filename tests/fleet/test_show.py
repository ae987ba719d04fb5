"""The issue's show, whole: real packages in a home, found, judged, removed with proof, nothing else touched."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fleet import home as homes

pytestmark = [pytest.mark.long, pytest.mark.real]

POLICY = """schema = 1
timezone = "Asia/Shanghai"        # in which dates begin
[[rule]]
id = "high-risk-software"
effect = "ban"                    # ban | warn | allow; first match wins
product = "claude-code"           # or vendor = "...", or model = "claude-*"; versions = ">=2.1.91,<2.1.198" optional
from = 2026-07-10                 # nothing happens before this day
reason = "Hidden channel, see report 17"
instead = "the approved agent"
[[rule]]
id = "high-risk-models"
effect = "ban"
model = "claude-*"
from = 2026-07-10
reason = "Same notice"
[[budget]]
who = "user:*"
usd = 300                         # or tokens = 50_000_000, or requests = 2_000
per = "week"
models = ["claude-*", "gpt-*"]
"""
"""The policy of design.md."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, homes.Staged, dict[str, bytes]]]:
    folder = tmp_path_factory.mktemp("desk")
    home = folder / "home" / "dev"
    home.mkdir(parents=True)
    try:
        staged = homes.real(home)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"a registry does not answer: {error.stderr[-300:]!r}")
    belongings = homes.belongings(home)
    (folder / "wiretell-policy.toml").write_text(POLICY)
    yield folder, staged, belongings


def wiretell(folder: Path, *words: str) -> tuple[int, Any]:
    """Run a verb of `wiretell fleet` with JSON out; nothing of the caller's home is in its environment.

    The desk is the root: of the machine that runs the tests nothing is looked at, let alone removed.
    """
    own = folder / "own"
    own.mkdir(exist_ok=True)
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(own)}
    command = [sys.executable, "-m", "wiretell.cli", "fleet", *words, "--root", str(folder), "--format", "json"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=300)
    assert done.returncode in {0, 1}, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


def tree(home: Path) -> dict[str, str]:
    found = {}
    for base, folders, files in os.walk(home):
        for name in [*files, *(each for each in folders if Path(base, each).is_symlink())]:
            path = Path(base, name)
            told = str(path.readlink()) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path.relative_to(home))] = told
    return found


def test_the_inventory_is_complete(place: tuple[Path, homes.Staged, dict[str, bytes]]) -> None:
    folder, staged, _ = place
    _, inventory = wiretell(folder, "inventory", "--home", str(staged.home), "--fresh")
    found = {
        (item["product"], item["version"], item["manager"], item["path"])
        for item in inventory["installs"]
        if item["path"].startswith(str(staged.home))
    }
    assert found == {
        ("claude-code", "2.1.91", "npm-global", str(staged.claude)),
        ("claude-code", homes.NATIVE, "native", str(staged.native)),
        ("claude-code", "2.1.150", "extension", str(staged.extension)),
        ("gemini-cli", "0.61.0", "npm-project", str(staged.gemini)),
        ("aider", "0.86.2", "uv-tool", str(staged.aider)),
    }
    by_path = {item["path"]: item for item in inventory["installs"]}
    assert by_path[str(staged.claude)]["around"] == f"nvm {homes.NODE}"
    assert str(staged.gemini.parents[2] / "package.json") in by_path[str(staged.gemini)]["wanted_by"]
    for path in (staged.claude, staged.native, staged.gemini, staged.aider):
        hashed = Path(by_path[str(path)]["hashed"])
        assert by_path[str(path)]["sha256"] == hashlib.sha256(hashed.read_bytes()).hexdigest()
    told = {(item["key"], item.get("host") or item.get("model")) for item in inventory["settings"]}
    assert told >= {("ANTHROPIC_BASE_URL", "gateway.internal"), ("model", "claude-opus")}


def test_the_second_time_says_the_same(place: tuple[Path, homes.Staged, dict[str, bytes]]) -> None:
    folder, staged, _ = place
    _, fresh = wiretell(folder, "inventory", "--home", str(staged.home), "--fresh")
    for _ in range(2):
        _, warm = wiretell(folder, "inventory", "--home", str(staged.home))
        assert warm["installs"] == fresh["installs"]
        assert warm["settings"] == fresh["settings"]


@pytest.mark.parametrize(("day", "code"), [("2026-07-09", 0), ("2026-07-10", 1)])
def test_the_ban_begins_on_its_day(place: tuple[Path, homes.Staged, dict[str, bytes]], day: str, code: int) -> None:
    folder, staged, _ = place
    exit_code, checked = wiretell(folder, "check", "--home", str(staged.home), "--on", day)
    here = [item for item in checked["decisions"] if item["where"].startswith(str(staged.home))]
    banned = {(item["product"], item["where"], item["rule"]) for item in here if item["effect"] == "ban"}
    assert exit_code == code
    if not code:
        assert not banned
        assert {item["upcoming"]["day"] for item in here if item["product"] == "claude-code"} == {"2026-07-10"}
        return
    settings = str(staged.home / ".claude" / "settings.json")
    paths = [str(staged.claude), str(staged.native), str(staged.extension), settings]
    assert banned == {("claude-code", path, "high-risk-software") for path in paths}


def test_what_is_banned_is_removed_with_proof_and_nothing_else_is(
    place: tuple[Path, homes.Staged, dict[str, bytes]],
) -> None:
    folder, staged, belongings = place
    before = tree(staged.home)
    code, plan = wiretell(folder, "remove", "--home", str(staged.home))
    assert (code, plan["applied"]) == (1, False)
    assert tree(staged.home) == before, "a plan touches nothing"
    archive = folder / "kept.tar.gz"
    code, removal = wiretell(folder, "remove", "--home", str(staged.home), "--apply", "--archive", str(archive))
    assert code == 0, removal
    after = tree(staged.home)
    gone = before.keys() - after.keys()
    owned = (
        *(str(path.relative_to(staged.home)) for path in (staged.claude, staged.native, staged.extension)),
        *(".claude/", ".claude.json", ".local/bin/claude", f".nvm/versions/node/{homes.NODE}/bin/claude"),
    )
    assert {path for path in gone if not path.startswith(owned)} == set()
    assert {path: after[path] for path in after} == {path: before[path] for path in after}, "what is left is as it was"
    for name in ("work/shop/src/index.js", "notes.txt", ".bashrc", ".gemini/settings.json"):
        assert (staged.home / name).read_bytes() == belongings[name]
    with tarfile.open(archive) as kept:
        members = {Path("/", member.name): member for member in kept.getmembers() if member.isfile()}
        for name in (".claude/settings.json", ".claude/projects/-home-dev-work/1.jsonl", ".claude.json"):
            file = kept.extractfile(members[staged.home / name])
            assert file is not None
            assert file.read() == belongings[name]
    _, proof = wiretell(folder, "check", "--home", str(staged.home), "--fresh", "--on", "2026-07-10")
    assert not [item for item in proof["decisions"] if item["effect"] == "ban"]
    left = {item["product"] for item in proof["decisions"] if item["where"].startswith(str(staged.home))}
    assert left == {"gemini-cli", "aider"}
