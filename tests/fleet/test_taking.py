"""An inventory as a whole: what is whose, and what is found twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.report.fleet_sample import PROCESS
from wiretell.fleet import surroundings, taking
from wiretell.fleet.walk.interface import Home, Surroundings
from wiretell.model.fleet import Inventory, NotExamined


class Silent:
    def phase(self, name: str, total: int) -> None: ...
    def advance(self, n: int = 1, note: str = "") -> None: ...
    def status(self, text: str) -> None: ...


class Running:
    """Two processes, one of the home's user."""

    def read(self, *_: object) -> list[object]:
        from dataclasses import replace

        return [replace(PROCESS, install=""), replace(PROCESS, install="", pid=4712, user="ops")]


def taken(tmp_path: Path, *, named: bool) -> Inventory:
    home = tmp_path / "home"
    home.mkdir()
    around = Surroundings((Home("dev", str(home)),), root=str(tmp_path), named=named)
    return taking.take(taking.TakeOptions(around), Silent())


def test_what_others_run_is_left_out_where_homes_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "Processes", Running)
    inventory = taken(tmp_path, named=True)
    assert [process.user for process in inventory.processes] == ["dev"]
    assert NotExamined("1 running process of other users", _WHY) in inventory.not_examined


def test_without_names_everybody_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "Processes", Running)
    assert {process.user for process in taken(tmp_path, named=False).processes} == {"dev", "ops"}


def test_homes_are_named_only_where_they_are(tmp_path: Path) -> None:
    assert surroundings.of_this_machine((tmp_path,)).named
    assert not surroundings.of_this_machine(environment={"HOME": os.fspath(tmp_path)}).named


_WHY = "homes were asked for by name, and these are none of their users'"
