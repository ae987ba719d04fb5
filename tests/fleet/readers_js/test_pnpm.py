"""pnpm: one install for each real place, whatever links lead there. Layouts as pnpm 10.34 and 12.21 leave them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.fleet.readers_js.trees import below, installs, link, one, package, project, write
from wiretell.model.fleet import Manager, Scope

CODEX = "@openai/codex"
LOCK = """lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      '@openai/codex':
        specifier: 0.169.0
        version: 0.169.0

packages:

  '@openai/codex@0.169.0':
    resolution: {integrity: sha512-PEGlqjnQ3vM+43G61/5gP3zsM4FTyhv7AHzkxcBntDGBor2kiBEOagjQJmDA7Q==}
    hasBin: true
"""
SHIM = """#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "{target}" "$@"
else
  exec node  "{target}" "$@"
fi
"""


def store(folder: Path, name: str = CODEX, version: str = "0.169.0", needs: Mapping[str, str] | None = None) -> Path:
    """A package in a store, and its folder there."""
    place = folder / f"{name.replace('/', '+')}@{version}" / "node_modules" / name
    return package(place, name, version, bin={"codex": "bin/codex.js"}, optionalDependencies=needs or {})


def test_a_project(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", lock="", **{CODEX: "0.169.0"})
    write(top / "pnpm-lock.yaml", LOCK)
    modules = top / "node_modules"
    write(modules / ".modules.yaml")
    store(modules / ".pnpm")
    link(modules / CODEX, "../.pnpm/@openai+codex@0.169.0/node_modules/@openai/codex")
    shim = write(
        modules / ".bin/codex",
        SHIM.format(target="$basedir/../.pnpm/@openai+codex@0.169.0/node_modules/@openai/codex/bin/codex.js"),
    )
    found = one(tmp_path)
    assert (found.manager, found.scope, found.around) == (Manager.PNPM_PROJECT, Scope.PROJECT, str(top))
    assert (found.name, found.version, found.path) == (CODEX, "0.169.0", str(modules / CODEX))
    assert found.hashed == str(modules / CODEX / "bin/codex.js")
    assert below(top, found.also) == ["node_modules/.pnpm/@openai+codex@0.169.0"]
    assert below(top, found.wanted_by) == ["package.json", "pnpm-lock.yaml"]
    assert found.commands == (str(shim),)
    assert found.integrity.startswith("sha512-PEGl") and found.integrity.endswith("7Q==")


def test_what_nobody_links_to_is_an_install_too(tmp_path: Path) -> None:
    """A dependency of a dependency: only the store has it."""
    top = project(tmp_path / "home/dev/p", lock="pnpm-lock.yaml", **{"their-tool": "1"})
    folder = store(top / "node_modules/.pnpm")
    found = one(tmp_path)
    assert (found.manager, found.path) == (Manager.PNPM_PROJECT, str(folder))
    assert below(top, found.also) == ["node_modules/.pnpm/@openai+codex@0.169.0"]
    assert below(top, found.wanted_by) == ["package.json"]


def test_a_platform_package_in_the_store_is_no_second_install(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", lock="pnpm-lock.yaml", **{CODEX: "0.169.0"})
    pnpm = top / "node_modules/.pnpm"
    store(pnpm, needs={f"{CODEX}-linux-x64": f"npm:{CODEX}@0.169.0-linux-x64"})
    part = package(
        pnpm / "@openai+codex@0.169.0-linux-x64/node_modules/@openai/codex",
        CODEX,
        "0.169.0-linux-x64",
        ["vendor/x86_64-unknown-linux-musl/bin/codex"],
    )
    beside = link(
        pnpm / "@openai+codex@0.169.0/node_modules/@openai/codex-linux-x64",
        "../../../@openai+codex@0.169.0-linux-x64/node_modules/@openai/codex",
    )
    link(top / "node_modules" / CODEX, "../.pnpm/@openai+codex@0.169.0/node_modules/@openai/codex")
    found = one(tmp_path)
    assert found.version == "0.169.0"
    assert found.hashed == str(beside / "vendor/x86_64-unknown-linux-musl/bin/codex")
    assert Path(found.hashed).resolve().is_relative_to(part)
    assert below(pnpm, found.also) == ["@openai+codex@0.169.0", "@openai+codex@0.169.0-linux-x64"]


def test_members_of_a_workspace_share_one_install(tmp_path: Path) -> None:
    root = project(tmp_path / "home/dev/mono", lock="")
    write(root / "pnpm-lock.yaml", LOCK)
    store(root / "node_modules/.pnpm")
    for member in ("a", "b"):
        project(root / "packages" / member, lock="", **{CODEX: "0.169.0"})
        link(
            root / "packages" / member / "node_modules" / CODEX,
            "../../../../node_modules/.pnpm/@openai+codex@0.169.0/node_modules/@openai/codex",
        )
    found = one(tmp_path)
    assert found.manager is Manager.PNPM_PROJECT
    assert below(root, [found.path]) == ["packages/a/node_modules/@openai/codex"]
    assert below(root, found.also) == [
        "node_modules/.pnpm/@openai+codex@0.169.0",
        "packages/b/node_modules/@openai/codex",
    ]
    assert below(root, found.wanted_by) == ["packages/a/package.json", "packages/b/package.json", "pnpm-lock.yaml"]


def test_two_versions_in_one_store_are_two_installs(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", lock="pnpm-lock.yaml", **{CODEX: "0.169.0"})
    store(top / "node_modules/.pnpm")
    store(top / "node_modules/.pnpm", version="0.168.0")
    assert [each.version for each in installs(tmp_path)] == ["0.168.0", "0.169.0"]


def test_globally_up_to_pnpm_10(tmp_path: Path) -> None:
    home = tmp_path / "home/dev/.local/share/pnpm"
    top = project(home / "global/5", lock="pnpm-lock.yaml", **{CODEX: "0.169.0"})
    store(top / ".pnpm")
    link(top / "node_modules" / CODEX, "../../.pnpm/@openai+codex@0.169.0/node_modules/@openai/codex")
    shim = write(
        home / "codex",
        SHIM.format(target="$basedir/global/5/.pnpm/@openai+codex@0.169.0/node_modules/@openai/codex/bin/codex.js"),
    )
    found = one(tmp_path)
    assert (found.manager, found.scope, found.around) == (Manager.PNPM_GLOBAL, Scope.USER, str(top))
    assert (found.path, found.commands) == (str(top / "node_modules" / CODEX), (str(shim),))
    assert below(top, found.also) == [".pnpm/@openai+codex@0.169.0"]
    assert below(top, found.wanted_by) == ["package.json", "pnpm-lock.yaml"]


def test_globally_since_pnpm_11(tmp_path: Path) -> None:
    home = tmp_path / "home/dev/.local/share/pnpm"
    kept = home / "store/v11/links/@openai/codex/0.169.0/175f6d8615c0"
    package(kept / "node_modules" / CODEX, CODEX, "0.169.0", bin={"codex": "bin/codex.js"})
    top = project(home / "global/v11/b8a-18ea3c6e90cae908-0", lock="pnpm-lock.yaml", **{CODEX: "0.169.0"})
    link(top / "node_modules" / CODEX, str(kept / "node_modules" / CODEX))
    by_hash = link(home / "global/v11/3eece6ebf8c7", top.name)
    target = "../global/v11/3eece6ebf8c7/node_modules/@openai/codex/bin/codex.js"
    shim = write(home / "bin/codex", f'#!/bin/sh\nexec node  "$basedir_abs"/\'{target}\' "$@"\n')
    found = one(tmp_path)
    assert (found.manager, found.path) == (Manager.PNPM_GLOBAL, str(top / "node_modules" / CODEX))
    assert found.commands == (str(shim),)
    assert set(found.also) == {str(by_hash), str(top), str(kept)}
    assert found.wanted_by == ()


def test_what_dlx_keeps(tmp_path: Path) -> None:
    run = project(tmp_path / "home/dev/.cache/pnpm/dlx/7172e14c/mwr7i53l-244", lock="", **{CODEX: "0.169.0"})
    store(run / "node_modules/.pnpm")
    link(run / "node_modules" / CODEX, "../.pnpm/@openai+codex@0.169.0/node_modules/@openai/codex")
    latest = link(run.parent / "pkg", run.name)
    found = one(tmp_path)
    assert (found.manager, found.around, found.version) == (Manager.NPX, str(run), "0.169.0")
    assert set(found.also) == {str(run), str(latest)}


def test_a_home_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "data/dev").mkdir(parents=True)
    link(tmp_path / "home/dev", "../data/dev")
    top = project(tmp_path / "home/dev/p", lock="pnpm-lock.yaml", **{CODEX: "0.169.0"})
    store(top / "node_modules/.pnpm")
    link(top / "node_modules" / CODEX, "../.pnpm/@openai+codex@0.169.0/node_modules/@openai/codex")
    found = one(tmp_path)
    assert (found.user, found.path) == ("dev", str(top / "node_modules" / CODEX))
    assert [Path(path).resolve() for path in found.also] == [
        (top / "node_modules/.pnpm/@openai+codex@0.169.0").resolve()
    ]


def test_an_alias_is_found_by_where_it_leads(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", lock="pnpm-lock.yaml", ai=f"npm:{CODEX}@0.169.0")
    folder = store(top / "node_modules/.pnpm")
    link(top / "node_modules/ai", ".pnpm/@openai+codex@0.169.0/node_modules/@openai/codex")
    found = one(tmp_path)
    assert found.name == CODEX
    assert found.path in {str(folder), str(top / "node_modules/ai")}
