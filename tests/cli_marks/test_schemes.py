"""`wiretell marks schemes` end to end."""

from __future__ import annotations

import json

import pytest

from tests.cli_marks.samples import STATES, printed
from wiretell import marks, report
from wiretell.cli import run
from wiretell.errors import FormatError
from wiretell.report import SchemesDocument


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


def test_what_is_printed_is_a_document_of_the_form(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--lists"]):
        assert run(["marks", "schemes", "--format", "json", *words]) == 0
        document = report.decode_any(printed(capsys).encode())
        assert isinstance(document, SchemesDocument)
        assert {bool(found.entries) for each in document.schemes for found in each.lists} == {bool(words)}
    broken = report.encode(document).replace(b'"count": 147', b'"count": 148')
    with pytest.raises(FormatError, match="as many entries"):
        report.decode_any(broken)
