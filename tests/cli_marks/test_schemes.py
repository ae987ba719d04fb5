"""`wiretell marks schemes` end to end."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.cli_marks.samples import STATES, printed
from tests.report.snapshot import DOCS
from wiretell import marks
from wiretell.cli import run


def test_schemes_are_listed_with_their_provenance(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["marks", "schemes", "--format", "json", "--lists"]) == 0
    document = json.loads(printed(capsys))
    assert document["schema"] == "wiretell/marks-schemes/1"
    assert tuple(each["name"] for each in document["schemes"]) == marks.schemes()
    line = document["schemes"][0]
    assert [state["name"] for state in line["states"]] == list(STATES)
    assert {each["signal"]: (each["count"], len(each["entries"])) for each in line["lists"]} == {
        "known": (147, 147),
        "labKw": (11, 11),
    }
    assert all(len(each["package_sha256"]) == 64 and len(each["sha256"]) == 64 for each in line["lists"])
    assert all(each["verbs"] == ["read", "strip"] for each in document["schemes"][1:])


def test_entries_are_shown_on_demand_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["marks", "schemes"]) == 0
    short = printed(capsys)
    assert "147 entries" in short and "dashscope" not in short
    assert run(["marks", "schemes", "--lists"]) == 0
    assert "dashscope" in printed(capsys)


def test_the_page_names_every_member_of_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["marks", "schemes", "--format", "json", "--lists"]) == 0
    page = (DOCS / "marks.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"^## .+`wiretell/marks-schemes/1`\n(.+)", page, re.M | re.S)
    assert members(json.loads(printed(capsys))) - {"schema"} == set(re.findall(r"`([a-z_0-9]+)`", section)) - {"marks"}


def members(value: Any) -> set[str]:
    """Return the names of all members of a document."""
    if isinstance(value, list):
        return set[str]().union(*map(members, value))
    return set(value).union(*map(members, value.values())) if isinstance(value, dict) else set()
