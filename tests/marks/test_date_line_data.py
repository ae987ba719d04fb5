"""The data files of the date-line scheme are what the command that makes them makes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from wiretell.errors import TargetError
from wiretell.lab.levels import zone_names

SCRIPT = Path(__file__).parents[2] / "scripts" / "date_line_data.py"
SHA256 = {
    "known": "c43f351e29ccc859044903c9589b3df98ca417d4c9a4de45fc805fb53336605a",
    "labKw": "7b8eab0e36af9b1c1479328b0a1992c6ad6a20b270220b2df17ed097661672ca",
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("date_line_data", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def committed(script: ModuleType, name: str) -> Any:
    return json.loads((script.DATA / name).read_text("utf-8"))


def test_the_committed_lists_have_the_hashes_and_lengths_of_the_facts(script: ModuleType) -> None:
    found = committed(script, "lists.json")["lists"]
    assert {name: len(one["entries"]) for name, one in found.items()} == {"known": 147, "labKw": 11}
    for name, one in found.items():
        assert hashlib.sha256(",".join(one["entries"]).encode()).hexdigest() == one["sha256"] == SHA256[name]
        assert len(set(one["entries"])) == len(one["entries"])
    assert {name: one["rule"] for name, one in found.items()} == {"known": "suffix", "labKw": "substring"}


def test_the_committed_zones_are_names_of_the_tz_database_that_lead_to_the_two(script: ModuleType) -> None:
    runtimes = committed(script, "zones.json")["runtimes"]
    assert set(runtimes) == {"node", "bun"}
    for aliases in runtimes.values():
        assert set(aliases) <= zone_names() - set(script.COUNTED)
        assert set(aliases.values()) <= set(script.COUNTED)


def test_nodes_half_is_what_the_node_of_this_project_tells(script: ModuleType) -> None:
    made = script.zones(committed(script, "zones.json"), measure=False)
    assert made["runtimes"] == committed(script, "zones.json")["runtimes"]


@pytest.mark.real
def test_a_scan_of_the_published_package_gives_the_committed_lists(script: ModuleType) -> None:
    try:
        made = script.lists()
    except TargetError as error:
        if os.environ.get("WIRETELL_REQUIRE_REAL") == "1":
            pytest.fail(str(error))
        pytest.skip(f"the package cannot be fetched here: {error}")
    assert made == committed(script, "lists.json")


def test_another_tarball_is_refused(script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "cli.js"
    other.write_text("1;")
    monkeypatch.setattr(script, "PACKAGE", str(other))
    with pytest.raises(SystemExit, match="SHA-256"):
        script.lists()


def test_check_ends_with_one_where_a_file_differs_and_writes_nothing(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("lists.json", "zones.json"):
        (tmp_path / name).write_bytes((script.DATA / name).read_bytes())
    lists = committed(script, "lists.json")
    monkeypatch.setattr(script, "lists", lambda: lists)
    monkeypatch.setattr(script, "DATA", tmp_path)
    assert script.main(["--check"]) == 0
    (tmp_path / "lists.json").write_text("{}")
    assert script.main(["--check"]) == 1
    assert (tmp_path / "lists.json").read_text() == "{}"
    assert script.main([]) == 0
    assert script.main(["--check"]) == 0
