"""Pins by a real audit: the audited release does not leave its template, in any world; one changed letter does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.through.cases import AGENTS, MARKED
from tests.through.running import Case, compare
from tests.through.test_through import fetched
from wiretell import policy
from wiretell.gateway.edits import Pins
from wiretell.target import resolve

pytestmark = [pytest.mark.lab, pytest.mark.real, pytest.mark.long, pytest.mark.timeout(600)]
CLIENT = policy.recognise("claude-cli/2.1.91 (external, cli)")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fetched(lambda: resolve(AGENTS[0]), AGENTS[0])
    path = tmp_path_factory.mktemp("pins") / "claude-code.audit.json"
    command = (sys.executable, "-m", "wiretell.cli", "audit", AGENTS[0], "--format", "json", "--output", str(path))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return path


def test_the_audited_release_stays_in_its_template_and_a_changed_letter_leaves_it(document: Path) -> None:
    for case in (Case(AGENTS[0]), MARKED[0]):
        pinned = Case(case.spec, case.host, case.timezone, pins=document.read_text())
        found = compare(pinned)
        [row] = [row for row in found.through.recorded["rows"] if row["operation"] == "generate"]
        assert (row["client"], row["client_version"]) == ("claude-code", "2.1.91")
        assert row["pins"] == [] and row["warnings"] == [], row["warnings"]
        [body] = found.direct.bodies
        pins = Pins.load([document])
        assert pins.examine(body, CLIENT, "anthropic-messages").is_compared
        changed = body.replace(b"You are an interactive agent", "You are \u0430n interactive agent".encode(), 1)
        [difference] = pins.check(changed, CLIENT, "anthropic-messages")
        assert difference.path == "/system/2/text" and "\u0430n interactive" in difference.excerpt
