"""bun: globally and in projects, both linkers. Layouts as bun 1.4 leaves them."""

from __future__ import annotations

from pathlib import Path

from tests.fleet.readers_js.trees import below, link, one, package, project, write
from wiretell.model.fleet import Manager, Scope

LOCK = """{
  "lockfileVersion": 1,
  "packages": {
    "cline": ["cline@3.0.65", "", { "bin": { "cline": "bin/cline" } }, "sha512-abc=="],

    "cline-x": ["cline-x@3.0.65", "", {}, "sha512-other=="],
  }
}
"""


def test_a_project(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", lock="", cline="3.0.65")
    write(top / "bun.lock", LOCK)
    package(top / "node_modules/cline", "cline", "3.0.65", bin={"cline": "bin/cline"})
    link(top / "node_modules/.bin/cline", "../cline/bin/cline")
    found = one(tmp_path)
    assert (found.manager, found.scope, found.around) == (Manager.BUN_PROJECT, Scope.PROJECT, str(top))
    assert found.integrity == "sha512-abc=="
    assert below(top, found.commands) == ["node_modules/.bin/cline"]
    assert below(top, found.wanted_by) == ["bun.lock", "package.json"]


def test_globally(tmp_path: Path) -> None:
    bun = tmp_path / "home/dev/.bun"
    top = project(bun / "install/global", lock="bun.lock", cline="3.0.65")
    package(top / "node_modules/cline", "cline", "3.0.65", bin={"cline": "bin/cline"})
    package(bun / "install/cache/cline@3.0.65@@@1", "cline", "3.0.65")
    command = link(bun / "bin/cline", "../install/global/node_modules/cline/bin/cline")
    found = one(tmp_path)
    assert (found.manager, found.scope, found.commands) == (Manager.BUN_GLOBAL, Scope.USER, (str(command),))
    assert below(top, found.wanted_by) == ["bun.lock", "package.json"]


def test_the_isolated_linker_has_a_store(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", lock="bun.lock", cline="3.0.65")
    modules = top / "node_modules"
    package(modules / ".bun/cline@3.0.65/node_modules/cline", "cline", "3.0.65")
    link(modules / "cline", ".bun/cline@3.0.65/node_modules/cline")
    link(modules / ".bun/node_modules/cline", "../cline@3.0.65/node_modules/cline")
    found = one(tmp_path)
    assert (found.manager, found.path) == (Manager.BUN_PROJECT, str(modules / "cline"))
    assert below(modules, found.also) == [".bun/cline@3.0.65", ".bun/node_modules/cline"]


def test_a_binary_lock_file_is_asked_for_names(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", lock="", cline="3.0.65")
    (top / "bun.lockb").write_bytes(b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\0\0cline\0\0\1")
    package(top / "node_modules/cline", "cline", "3.0.65")
    assert below(top, one(tmp_path).wanted_by) == ["bun.lockb", "package.json"]
