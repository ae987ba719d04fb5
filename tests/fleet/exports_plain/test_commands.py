"""`wiretell fleet export dns|egress|cyclonedx` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fleet.exports_plain.audits import SAMPLE, audit
from tests.fleet.exports_plain.test_cyclonedx import install, inventory
from wiretell import cli, report
from wiretell.model.fleet import Manager


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(["fleet", "export", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_list_of_names(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "dns", str(SAMPLE), "--form", "unbound")
    assert (code, err) == (0, "")
    assert '    local-zone: "api.anthropic.com." always_nxdomain\n' in out


def test_what_no_list_of_names_can_hold_is_said_beside_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "q.json"
    path.write_bytes(report.encode(audit("a.dev", "203.107.1.1")))
    target = tmp_path / "list"
    code, out, err = run(capsys, "dns", str(path), "--product", "the agent", "--output", str(target))
    assert (code, out) == (0, "")
    assert err.count("203.107.1.1") == 1
    assert "wiretell: From audits of codex 0.169.0 in a sealed lab, by wiretell.\n" in err
    assert target.read_text() == "a.dev\n"
    code, out, err = run(capsys, "egress", str(path), "--form", "csv", "--product", "the agent")
    assert code == 0
    assert "address,203.107.1.1,443,https,the agent,0.169.0,always,1,10" in out


@pytest.mark.parametrize("text", [b"", b"{}", b'{"schema": "wiretell/scan/1"}', b"\xff", None])
def test_what_is_no_audit_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: bytes | None
) -> None:
    path = tmp_path / "x.json"
    if text is not None:
        path.write_bytes(text)
    target = tmp_path / "list"
    code, out, err = run(capsys, "dns", str(path), "--output", str(target))
    assert (code, out) == (2, "")
    assert "x.json" in err
    assert err.count("\n") == 1
    assert not target.exists()


def test_block_and_allow_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "dns", str(SAMPLE), "--block", "--allow")
    assert (code, out) == (2, "")
    assert "not allowed with" in err


def test_a_stored_inventory_as_cyclonedx(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    path.write_bytes(report.encode(report.to_document(inventory(install(Manager.PIPX, "aider-chat")))))
    code, out, err = run(capsys, "cyclonedx", "--inventory", str(path))
    assert (code, err) == (0, "")
    assert json.loads(out)["components"][0]["purl"] == "pkg:pypi/aider-chat@2.1.91"
    path.write_text("{}")
    code, out, err = run(capsys, "cyclonedx", "--inventory", str(path))
    assert (code, out) == (2, "")
