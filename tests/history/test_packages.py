"""Packages come, are audited, and go; what was there before stays. npm is a program of ours."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.target.packages import FakeNpm, package
from wiretell import target
from wiretell.errors import TargetError
from wiretell.history import Packages

RECIPE = """schema = 1
[agent]
name = "planted"
command = ["{bin}"]
protocol = "anthropic-messages"
[agent.env]
ANTHROPIC_BASE_URL = "{base_url}"
"""


@pytest.fixture
def npm(tmp_path: Path) -> FakeNpm:
    made = FakeNpm(tmp_path / "npm", {})
    for version in ("1.0.0", "1.0.1", "1.0.2"):
        made.publish(package("planted", version))
    return made


def packages(npm: FakeNpm, tmp_path: Path, *, keep: bool = False) -> Packages:
    recipe = tmp_path / "planted.toml"
    recipe.write_text(RECIPE)
    return Packages("planted", recipe=recipe, keep=keep, cache=tmp_path / "cache", npm=npm.client)


def left(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").rglob("1.0.*"))


def test_a_package_is_gone_after_its_audit(npm: FakeNpm, tmp_path: Path) -> None:
    with packages(npm, tmp_path) as held:
        with held.agent("1.0.0") as agent:
            root = agent.target.root
            assert (root / "cli.js").is_file()
        assert not root.exists()
    assert left(tmp_path) == []
    assert not list((tmp_path / "cache").glob("history-*"))


def test_keep_keeps(npm: FakeNpm, tmp_path: Path) -> None:
    with packages(npm, tmp_path, keep=True) as held, held.agent("1.0.0") as agent:
        assert held.sha256("1.0.0") == agent.target.sha256
    assert len(left(tmp_path)) == 1


def test_what_was_there_before_is_used_and_stays(npm: FakeNpm, tmp_path: Path) -> None:
    recipe = tmp_path / "planted.toml"
    with packages(npm, tmp_path) as held:
        target.resolve("npm:planted@1.0.1", recipe=recipe, cache=tmp_path / "cache", npm=npm.client)
        count = len(npm.calls)
        with held.agent("1.0.1"):
            assert len(npm.calls) == count
    assert len(left(tmp_path)) == 1


def test_fetched_ahead_is_there_when_wanted(npm: FakeNpm, tmp_path: Path) -> None:
    with packages(npm, tmp_path) as held:
        held.prefetch("1.0.2")
        held.prefetch("1.0.1")  # one at a time: this does nothing
        with held.agent("1.0.2"):
            pass
    assert sum("pack planted@1.0.2" in call for call in npm.calls) == 1
    assert not any("1.0.1" in call for call in npm.calls)


def test_leaving_ends_a_fetch_and_removes_what_it_had(npm: FakeNpm, tmp_path: Path) -> None:
    slow = npm.client
    (npm.folder / "fake.py").write_text("import time; time.sleep(60)")
    began = time.monotonic()
    with Packages("planted", recipe=tmp_path / "planted.toml", cache=tmp_path / "cache", npm=slow) as held:
        (tmp_path / "planted.toml").write_text(RECIPE)
        held.prefetch("1.0.2")
        time.sleep(0.2)
    assert time.monotonic() - began < 15
    assert not list((tmp_path / "cache").glob("history-*"))


def test_a_killed_process_leaves_its_folder_to_the_next(npm: FakeNpm, tmp_path: Path) -> None:
    old = tmp_path / "cache" / "history-dead"
    (old / "npm" / "planted").mkdir(parents=True)
    with packages(npm, tmp_path) as one, packages(npm, tmp_path) as two:
        assert not old.exists()
        with one.agent("1.0.0") as a, two.agent("1.0.0") as b:  # neither clears the other's
            assert a.target.root != b.target.root
            assert a.target.root.exists()


def test_a_version_that_is_not_there(npm: FakeNpm, tmp_path: Path) -> None:
    with packages(npm, tmp_path) as held, pytest.raises(TargetError), held.agent("9.9.9"):
        pass
    assert left(tmp_path) == []
