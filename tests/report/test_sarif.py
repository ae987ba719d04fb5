"""The parts of SARIF 2.1.0 that its schema and code hosts insist on, checked by hand and without network."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings

from tests.report import sample
from tests.report.hostile import payloads, poisoned, unprintable
from wiretell.model.findings import Carrier
from wiretell.report import render, to_document
from wiretell.report.audit.document_v1 import Document
from wiretell.report.audit.sarif import _RULES

URI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:[A-Za-z0-9/@._~=!$&'()*+,;:-]|%[0-9A-F]{2})*")
"""A URI reference without query and fragment (RFC 3986, section 4.1)."""


def _log(document: Document) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(document, "sarif"))
    _validate(log)
    return log


def _validate(log: dict[str, Any]) -> None:
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    for invocation in run["invocations"]:
        assert isinstance(invocation["executionSuccessful"], bool)
        for notification in invocation["toolExecutionNotifications"]:
            assert notification["level"] in {"note", "error"}
            assert notification["message"]["text"]
    for result in run["results"]:
        _validate_result(result, run)


def _validate_result(result: dict[str, Any], run: dict[str, Any]) -> None:
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in {"note", "error"}
    assert result["message"]["text"]
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in result["partialFingerprints"].values())
    for location in result["locations"]:
        physical = location["physicalLocation"]
        uri, index = physical["artifactLocation"]["uri"], physical["artifactLocation"]["index"]
        assert URI.fullmatch(uri), uri
        assert run["artifacts"][index]["location"]["uri"] == uri
        assert physical["region"]["startLine"] >= 1
        for logical in location["logicalLocations"]:
            assert isinstance(logical["name"], str)
            assert logical["fullyQualifiedName"]


@pytest.mark.parametrize("name", ["covert", "clean", "inconclusive", "empty", "swept"])
def test_every_audit_is_a_valid_log(name: str) -> None:
    _log(to_document(getattr(sample, name)()))


@given(payloads)
@settings(max_examples=40, deadline=None)
def test_whatever_agents_write_it_stays_valid(payload: str) -> None:
    log = _log(poisoned(to_document(sample.short()), payload))
    assert unprintable(json.dumps(log, ensure_ascii=False)) == set()


def test_covert_is_an_error_and_the_rest_are_notes() -> None:
    results = _log(to_document(sample.covert()))["runs"][0]["results"]
    assert [result["level"] for result in results] == ["error", "error", "note", "note", "note", "note"]
    logical = results[1]["locations"][0]["logicalLocations"][0]
    assert logical["name"] == "/messages/0/content/1/text"
    assert "U+02BC" in results[1]["message"]["text"]


def test_an_inconclusive_audit_does_not_look_like_one_without_findings() -> None:
    (invocation,) = _log(to_document(sample.inconclusive()))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    texts = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert any("never sent a model request" in text for text in texts)
    assert any("Not examined: interactive use" in text for text in texts)


def test_a_channel_keeps_its_fingerprint_from_audit_to_audit() -> None:
    def prints(document: Document) -> list[str]:
        return [r["partialFingerprints"]["channel/v1"] for r in _log(document)["runs"][0]["results"]]

    assert prints(to_document(sample.covert())) == prints(to_document(sample.short()))
    assert len(set(prints(to_document(sample.covert())))) == 6


def test_leads_and_sweeps_are_mentioned_and_nothing_more() -> None:
    plain, swept = (_log(to_document(found)) for found in (sample.short(), sample.swept()))
    properties = swept["runs"][0]["properties"]
    assert properties.pop("leads") == 2
    assert properties.pop("sweeps") == [{"fact": "base_url", "confirmed": 3, "entries": 5}]
    assert swept == plain


def test_every_carrier_has_a_rule() -> None:
    assert set(_RULES) == set(Carrier)
