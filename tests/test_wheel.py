"""The wheel builds, installs into an empty environment, and audits from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.lab, pytest.mark.real]

ROOT = Path(__file__).parent.parent
UV = Path(sys.executable).parent / "uv"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_its_data_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        "wiretell/py.typed",
        "wiretell/target/agents/claude-code.toml",
        "wiretell/report/templates/audit.html.j2",
        "wiretell/report/templates/audit.css",
        "wiretell/unicode/data/unicode.json",
        "wiretell/compare/data/cldr_dates.json",
        "wiretell/report/templates/parts.html.j2",
        "wiretell/report/templates/scan.html.j2",
        "wiretell/report/templates/scan.css",
        "wiretell/report/templates/sweep.css",
        "wiretell/scan/language/data/bigrams.bin",
        "wiretell/scan/literals/js/package-lock.json",
        "wiretell/scan/literals/js/tokens.mjs",
        "wiretell/policy/data/products.toml",
        "wiretell/policy/data/prices.json",
        "wiretell/gateway/log/dictionary-1.txt",
        "wiretell/gateway/running/agents.toml",
        "wiretell/fleet/programs/data/known.json",
        "wiretell/fleet/programs/data/programs.toml",
        "wiretell/fleet/settings/data/variables.toml",
        "wiretell/report/templates/fleet.html.j2",
    }
    assert wanted <= names
    assert not [name for name in names if name.startswith("tests/")]


def test_it_audits_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    env = {**os.environ, "VIRTUAL_ENV": str(venv), "UV_SYSTEM_CERTS": "1"}
    subprocess.run([str(UV), "venv", "--quiet", "--python", sys.executable, str(venv)], check=True, env=env)
    lock = ROOT / "requirements" / "run.txt"
    sync = [str(UV), "pip", "sync", "--quiet", "--require-hashes", str(lock)]
    done = subprocess.run(sync, capture_output=True, text=True, env=env, check=False)
    if done.returncode != 0:
        pytest.skip(f"the package index does not answer here: {done.stderr.strip().splitlines()[-1:]}")
    subprocess.run([str(UV), "pip", "install", "--quiet", "--no-deps", "--offline", str(wheel)], check=True, env=env)
    command = [str(venv / "bin" / "wiretell"), "audit", str(ROOT / "tests/specimens/apostrophe"), "--format", "json"]
    audit = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False)
    assert audit.returncode == 1, audit.stderr
    assert json.loads(audit.stdout)["verdict"] == "covert"
    for words in (["gateway"], ["run", "--", "claude"]):
        told = subprocess.run(
            [command[0], *words], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False
        )
        assert told.returncode == 2 and "pip install 'wiretell[gateway]'" in told.stderr, told.stderr
    helped = subprocess.run(
        [command[0], "--help"], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False
    )
    assert helped.returncode == 0 and "wiretell[gateway]" in helped.stdout, helped.stderr
