"""Real package managers lay out real packages; no script of theirs runs, and nothing that they lay out is started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fleet.readers_js.trees import below, installs, project
from wiretell.fleet.readers._javascript import package
from wiretell.model.fleet import Manager, Scope
from wiretell.target.npm_client import user_npm

pytestmark = pytest.mark.long

CLAUDE = "@anthropic-ai/claude-code"
GEMINI = "@google/gemini-cli"
SMALL, VERSION = "@charmland/crush", "0.96.1"
"""Its package holds a launcher of 10 kB; the program itself would be fetched by its install script."""
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier", "--fetch-retries=1")
TOOLS = {
    "pnpm": ("pnpm@10.34.9", "pnpm/bin/pnpm.cjs"),
    "yarn": ("yarn@1.22.22", "yarn/bin/yarn.js"),
    "berry": ("@yarnpkg/cli-dist@4.18.1", "@yarnpkg/cli-dist/bin/yarn.js"),
}


def run(argv: tuple[str, ...], cwd: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, timeout=280, check=False)
    if done.returncode and any(
        word in done.stdout + done.stderr for word in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED")
    ):
        pytest.skip(f"the npm registry does not answer: {done.stderr[:200]}")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, with the user's registry and proxy."""
    npm = user_npm().argv
    asked = subprocess.run((*npm, "config", "get", "registry"), capture_output=True, text=True, timeout=60, check=True)
    home = tmp_path / "home/dev"
    home.mkdir(parents=True)
    mine = {key: value for key, value in os.environ.items() if "proxy" in key.lower() or key.endswith("CA_CERTS")}
    return {
        **mine,
        "PATH": f"{Path(npm[0]).parent}:/usr/bin:/bin",
        "HOME": str(home),
        "npm_config_registry": asked.stdout.strip(),
        "npm_config_ignore_scripts": "true",
        "YARN_NPM_REGISTRY_SERVER": asked.stdout.strip(),
        "YARN_ENABLE_SCRIPTS": "false",
        "YARN_ENABLE_TELEMETRY": "0",
        "PNPM_HOME": str(home / ".local/share/pnpm"),
    }


def test_npm_globally_under_nvm_and_in_a_project(tmp_path: Path, environment: dict[str, str]) -> None:
    home = tmp_path / "home/dev"
    prefix = home / ".nvm/versions/node/v22.11.0"
    npm = user_npm().argv
    run((*npm, "install", "-g", f"--prefix={prefix}", *QUIET, f"{CLAUDE}@2.1.91"), tmp_path, environment)
    top = project(home / "src/app", lock="", **{GEMINI: "*"})
    run((*npm, "install", *QUIET), top, environment)
    claude, gemini = installs(tmp_path)
    assert (claude.product, claude.version, claude.around) == ("claude-code", "2.1.91", "nvm v22.11.0")
    assert below(prefix, [claude.path, claude.hashed, *claude.commands]) == [
        f"lib/node_modules/{CLAUDE}",
        f"lib/node_modules/{CLAUDE}/cli.js",
        "bin/claude",
    ]
    assert (gemini.product, gemini.manager, gemini.around) == ("gemini-cli", Manager.NPM_PROJECT, str(top))
    assert gemini.version == package.at(gemini.path).version != ""
    assert gemini.integrity.startswith("sha512-")
    assert below(top, gemini.commands) == ["node_modules/.bin/gemini"]
    assert below(top, gemini.wanted_by) == ["package-lock.json", "package.json"]


@pytest.mark.parametrize("tool", TOOLS)
def test_other_managers(tmp_path: Path, environment: dict[str, str], tool: str) -> None:
    spec, script = TOOLS[tool]
    npm = user_npm().argv
    run((*npm, "install", f"--prefix={tmp_path / 'tools'}", *QUIET, spec), tmp_path, environment)
    argv = (npm[0], str(tmp_path / "tools/node_modules" / script))
    top = project(tmp_path / "home/dev/p", lock="", **{SMALL: VERSION, "other-name": f"npm:{SMALL}@0.95.0"})
    if tool == "berry":
        (top / "yarn.lock").touch()
    run((*argv, "install", *(() if tool == "berry" else ("--ignore-scripts",))), top, environment)
    if tool == "pnpm":
        run(
            (*argv, "add", "-g", "--ignore-scripts", f"{SMALL}@{VERSION}"),
            top,
            {**environment, "PATH": _with(environment)},
        )
    found = installs(tmp_path)
    of_project = [each for each in found if each.manager is not Manager.PNPM_GLOBAL]
    assert sorted((each.version, each.scope) for each in of_project) == [
        ("0.95.0", Scope.PROJECT),
        (VERSION, Scope.PROJECT),
    ]
    assert all(str(top / "package.json") in each.wanted_by for each in of_project)
    assert all(each.integrity.startswith("sha512-") for each in found if tool != "berry")
    globally = [each for each in found if each.manager is Manager.PNPM_GLOBAL]
    if tool == "pnpm":
        assert [path for each in globally for path in each.commands] == [environment["PNPM_HOME"] + "/crush"]


def _with(environment: Mapping[str, str]) -> str:
    """Pnpm wants its folder of programs on PATH."""
    return f"{environment['PNPM_HOME']}:{environment['PATH']}"
