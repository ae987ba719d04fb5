from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.target.packages import FakeNpm
from wiretell.errors import TargetError
from wiretell.target import Published, published

TIMES = {
    "created": "2026-01-01T00:00:00.000Z",
    "modified": "2026-01-09T00:00:00.000Z",
    "1.10.0": "2026-01-04T08:30:00.123+08:00",
    "1.9.0": "2026-01-02T00:00:00.000Z",
    "1.9.1": "2026-01-03T00:00:00.000Z",
    "2.0.0-beta.1": "2026-01-05T00:00:00.000Z",
}


def asked(tmp_path: Path, answer: Any, name: str = "thing", **rest: Any) -> tuple[Published, ...]:
    npm = FakeNpm(tmp_path / "npm", {"view thing": answer, "view @openai/codex": answer})
    return published(name, npm=npm.client, **rest)


def test_versions_come_in_their_order_with_their_time_in_utc(tmp_path: Path) -> None:
    answer = {"versions": ["1.10.0", "1.9.0", "2.0.0-beta.1", "nonsense"], "time": TIMES}
    assert asked(tmp_path, answer) == (
        Published("1.9.0", "2026-01-02T00:00:00Z"),
        Published("1.10.0", "2026-01-04T00:30:00Z"),
    )
    assert [each.version for each in asked(tmp_path, answer, pre_releases=True)] == ["1.9.0", "1.10.0", "2.0.0-beta.1"]


def test_versions_that_were_taken_back_are_not_published(tmp_path: Path) -> None:
    assert [each.version for each in asked(tmp_path, {"versions": ["1.9.0"], "time": TIMES})] == ["1.9.0"]
    assert asked(tmp_path, {"versions": "1.9.0", "time": TIMES}) == (Published("1.9.0", "2026-01-02T00:00:00Z"),)


@pytest.mark.parametrize(
    "answer", [{"versions": ["1.0.0"]}, ["1.0.0"], {"versions": ["1.0.0"], "time": {"1.0.0": "x"}}]
)
def test_a_registry_that_knows_no_times_leaves_them_empty(answer: Any, tmp_path: Path) -> None:
    assert asked(tmp_path, answer) == (Published("1.0.0", ""),)


def test_a_recipes_name_is_its_package(tmp_path: Path) -> None:
    assert asked(tmp_path, {"versions": ["1.9.0"], "time": TIMES}, "codex")[0].version == "1.9.0"
    assert asked(tmp_path, {"versions": ["1.9.0"], "time": TIMES}, "npm:@openai/codex")[0].version == "1.9.0"


@pytest.mark.parametrize(
    ("name", "answer", "says"),
    [
        ("none", {}, "There is no npm package none"),
        ("thing@1.0.0", {}, "name the package alone, thing"),
        ("../x", {}, "is not the name of an npm package"),
        ("thing", {"versions": []}, "has no published version but pre-releases"),
    ],
)
def test_what_has_no_versions_is_said(name: str, answer: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=says):
        asked(tmp_path, answer, name)
