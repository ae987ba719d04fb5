"""The pages of documents that are no report say what the program writes: their examples are run."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from wiretell.cli import run

ROOT = Path(__file__).parents[2]
PAGES = ("policy-test", "policy-explain", "fleet-settings", "fleet-egress")


def page(name: str) -> str:
    return (ROOT / "docs/formats" / f"{name}.md").read_text(encoding="utf-8")


def block(text: str, kind: str) -> str:
    return "".join(re.findall(rf"^```{kind}\n(.*?)^```$", text, flags=re.M | re.S)[:1])


@pytest.mark.parametrize("name", PAGES)
def test_the_example_is_what_the_program_writes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = page(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wiretell-policy.toml").write_text(block(text, "toml"), encoding="utf-8")
    shutil.copy(ROOT / "tests/report/snapshots/short.json", tmp_path / "claude-code.audit.json")
    command = block(text, "console").removeprefix("$ wiretell ").split()
    assert run(command) == 0
    written = json.loads(capsys.readouterr().out)
    assert written == json.loads(block(text, "json"))
    assert written["schema"] == f"wiretell/{name}/1"
    assert f"`{written['schema']}`" in text.splitlines()[0]


@pytest.mark.parametrize("name", PAGES)
def test_every_field_of_the_example_is_explained(name: str) -> None:
    text = page(name)
    explained = set(re.findall(r"^\| `(\w+)` \| .+ \| .+\. ?\|$", text, flags=re.M))
    inline = set(re.findall(r"`(\w+)`", text))
    fields = set(_fields(json.loads(block(text, "json"))))
    assert fields <= explained | ({"source", "sha256"} & inline)


def _fields(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(field for item in value.values() for field in _fields(item))]
    return [field for item in value for field in _fields(item)] if isinstance(value, list) else []
