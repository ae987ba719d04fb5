"""yarn 1 (global, projects), yarn 4 with `node_modules`, and Plug'n'Play. Layouts as yarn 1.22 and 4.18 leave them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.fleet.readers_js.trees import below, installs, link, one, package, problems, project, write
from wiretell.model.fleet import Manager, Scope

CLINE = "cline-npm-3.0.65-5a95faec8e-10c0.zip"


def archive(path: Path, name: str = "cline", version: str = "3.0.65", **told: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        manifest = {"name": name, "version": version, **told}
        file.writestr(f"node_modules/{name}/package.json", json.dumps(manifest))
        file.writestr(f"node_modules/{name}/cli.js", "//")
    return path


def pnp(top: Path, *locations: str) -> Path:
    project(top, lock="yarn.lock", cline="3.0.65")
    told = ",".join(f'"packageLocation": "{location}"' for location in locations)
    write(top / ".pnp.cjs", f"const RAW_RUNTIME_STATE = '{{{told}}}';\n")
    return top


def test_a_project_of_yarn_1(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", lock="", cline="3.0.65")
    lock = (
        '# yarn lockfile v1\n\n\n"cline@3.0.65", cline@^3:\n  version "3.0.65"\n  resolved "x#1"\n'
        "  integrity sha512-abc==\n"
    )
    write(top / "yarn.lock", lock)
    write(top / "node_modules/.yarn-integrity", "{}")
    package(top / "node_modules/cline", "cline", "3.0.65", bin={"cline": "bin/cline"})
    link(top / "node_modules/.bin/cline", "../cline/bin/cline")
    found = one(tmp_path)
    assert (found.manager, found.integrity) == (Manager.YARN_PROJECT, "sha512-abc==")
    assert below(top, found.commands) == ["node_modules/.bin/cline"]
    assert below(top, found.wanted_by) == ["package.json", "yarn.lock"]


def test_globally_by_yarn_1(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/.config/yarn/global", lock="yarn.lock", cline="3.0.65")
    package(top / "node_modules/cline", "cline", "3.0.65", bin={"cline": "bin/cline"})
    link(top / "node_modules/.bin/cline", "../cline/bin/cline")
    mine = link(tmp_path / "home/dev/.yarn/bin/cline", "../../.config/yarn/global/node_modules/.bin/cline")
    found = one(tmp_path)
    assert (found.manager, found.scope, found.around) == (Manager.YARN_GLOBAL, Scope.USER, str(top))
    assert found.commands == tuple(sorted(map(str, (mine, top / "node_modules/.bin/cline"))))


def test_node_modules_of_yarn_4(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", lock="yarn.lock", cline="3.0.65")
    write(top / "node_modules/.yarn-state.yml", "__metadata:\n  version: 1\n")
    package(top / "node_modules/cline", "cline", "3.0.65")
    assert one(tmp_path).manager is Manager.YARN_PROJECT


def test_a_zip_in_the_projects_own_cache(tmp_path: Path) -> None:
    top = pnp(tmp_path / "home/dev/p", f"./.yarn/cache/{CLINE}/node_modules/cline/")
    path = archive(top / ".yarn/cache" / CLINE)
    found = one(tmp_path)
    assert (found.manager, found.scope, found.around) == (Manager.YARN_PROJECT, Scope.PROJECT, str(top))
    assert (found.name, found.version) == ("cline", "3.0.65")
    assert found.path == found.hashed == str(path)
    assert below(top, found.wanted_by) == [".pnp.cjs", "package.json", "yarn.lock"]
    assert found.note == ""


def test_a_zip_in_the_cache_for_all_projects(tmp_path: Path) -> None:
    location = f"../.yarn/berry/cache/{CLINE}/node_modules/cline/"
    first, second = (pnp(tmp_path / "home/dev" / name, location) for name in ("p", "q"))
    archive(tmp_path / "home/dev/.yarn/berry/cache" / CLINE)
    found = one(tmp_path)
    assert found.scope is Scope.USER
    assert {Path(path).parent for path in found.wanted_by} == {first, second}


def test_a_zip_that_one_project_runs_is_that_projects(tmp_path: Path) -> None:
    top = pnp(tmp_path / "home/dev/p", f"../.yarn/berry/cache/{CLINE}/node_modules/cline/")
    own = pnp(tmp_path / "home/dev/q", f"./.yarn/cache/{CLINE}/node_modules/cline/")
    archive(own / ".yarn/cache" / CLINE)
    archive(tmp_path / "home/dev/.yarn/berry/cache" / CLINE)
    assert [(each.around, each.scope) for each in installs(tmp_path)] == [
        (str(top), Scope.PROJECT),
        (str(own), Scope.PROJECT),
    ]


def test_a_zip_that_nobody_runs_says_so(tmp_path: Path) -> None:
    archive(tmp_path / "home/dev/.yarn/berry/cache" / CLINE)
    found = one(tmp_path)
    assert found.wanted_by == ()
    assert found.note == "In yarn's cache for all projects; none of those seen runs it."


def test_a_zip_and_what_was_unpacked_from_it_are_one(tmp_path: Path) -> None:
    top = pnp(tmp_path / "home/dev/p", "./.yarn/unplugged/cline-npm-3.0.65-5a95faec8e/node_modules/cline/")
    path = archive(top / ".yarn/cache" / CLINE)
    unpacked = top / ".yarn/unplugged/cline-npm-3.0.65-5a95faec8e"
    package(unpacked / "node_modules/cline", "cline", "3.0.65", bin={"cline": "bin/cline"})
    found = one(tmp_path)
    assert (found.manager, found.around) == (Manager.YARN_PROJECT, str(top))
    assert found.path == str(unpacked / "node_modules/cline")
    assert found.also == (str(path), str(unpacked))
    assert below(top, found.wanted_by) == [".pnp.cjs", "package.json", "yarn.lock"]


def test_platform_packages_zips_and_folders_are_parts(tmp_path: Path) -> None:
    top = pnp(tmp_path / "home/dev/p")
    cache, unplugged = top / ".yarn/cache", top / ".yarn/unplugged"
    archive(cache / CLINE)
    archive(cache / "@cline-cli-linux-x64-npm-3.0.65-0123456789-10c0.zip", "@cline/cli-linux-x64")
    archive(cache / "@openai-codex-npm-0.169.0-0123456789-10c0.zip", "@openai/codex", "0.169.0")
    archive(cache / "@openai-codex-npm-0.169.0-linux-x64-1123456789-10c0.zip", "@openai/codex", "0.169.0-linux-x64")
    folder = unplugged / "@openai-codex-npm-0.169.0-linux-x64-1123456789"
    package(folder / "node_modules/@openai/codex", "@openai/codex", "0.169.0-linux-x64")
    cline, *codex = sorted(installs(tmp_path), key=lambda each: each.product)
    assert below(cache, cline.also) == ["@cline-cli-linux-x64-npm-3.0.65-0123456789-10c0.zip"]
    assert {each.product for each in codex} == {"codex"}


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"PK\5\6" + b"\0" * 18, b"\0" * 5000, b"PK\5\6" + b"\0" * 8 + b"\xff" * 10]
)
def test_a_broken_zip_is_found_by_its_name_and_told(tmp_path: Path, content: bytes) -> None:
    top = pnp(tmp_path / "home/dev/p")
    path = top / ".yarn/cache" / CLINE
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert (one(tmp_path).product, one(tmp_path).version) == ("cline", "3.0.65")
    assert [each.what for each in problems(tmp_path)] == [str(path)]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "home/dev/.yarn/berry/cache" / CLINE
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("node_modules/cline/package.json", b"\0" * (32 << 20))
    assert one(tmp_path).version == "3.0.65"
    assert [each.what for each in problems(tmp_path)] == [str(path)]
