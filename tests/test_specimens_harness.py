"""The comparison of an audit with an oracle, on documents made from the oracles themselves: no lab."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.specimens.harness import Audit, Document, disagreements
from tests.specimens.loader import Expected, Specimen, load, load_all, of_kind

FINDABLE = [s for s in of_kind("positive") if s.expected("covert")]


def by_name(specimen: Specimen) -> str:
    return specimen.name


def perfect(specimen: Specimen) -> Audit:
    """The audit that agrees with the oracle."""
    oracle = specimen.oracle
    document = {
        "schema": "wiretell/audit/1",
        "verdict": min(oracle.verdict),
        "channels": [channel_for(expected) for expected in oracle.channel],
        "reasons": [f"The agent failed: {said(oracle.reason)}."] if oracle.reason else [],
        "runs": oracle.runs.budget,
    }
    return Audit(oracle.exit, document, "")


def said(pattern: str) -> str:
    return pattern.split("|")[0].replace(".?", " ").replace("\\", "")


def channel_for(expected: Expected) -> Document:
    values = sorted(expected.values or {f"s{n}" for n in range(expected.symbols or 2)})
    facts = sorted(expected.facts or {"cwd" if "generateContent" in str(expected.request) else "timezone"})
    return {
        "class": expected.cls,
        "carrier": expected.carrier or "identifier",
        "where": {
            "request": expected.request or "POST /v1/other",
            "part": expected.part or "run",
            "path": expected.path if expected.path is not None else "somewhere",
            "offset": expected.offset,
        },
        "facts": facts,
        "symbols": [{"value": v, "when": [{fact: [f"level {n}"] for fact in facts}]} for n, v in enumerate(values)],
        "bits": 1.0,
        "evidence": {"p_value": 1e-6, "rate": expected.rate},
    }


@pytest.mark.parametrize("specimen", load_all(), ids=by_name)
def test_a_perfect_audit_is_accepted(specimen: Specimen) -> None:
    assert disagreements(perfect(specimen), specimen.oracle) == []


def other_facts(document: Document) -> None:
    document["channels"][0]["facts"].append("hostname" if "hostname" not in document["channels"][0]["facts"] else "x")


def gate_forgotten(document: Document) -> None:
    document["channels"][-1]["facts"].pop()


def other_carrier(document: Document) -> None:
    document["channels"][0]["carrier"] = "size"


def symbol_missed(document: Document) -> None:
    document["channels"][0]["symbols"].pop()


def other_part(document: Document) -> None:
    document["channels"][0]["where"]["part"] = "connection"


def weakly_proven(document: Document) -> None:
    document["channels"][0]["evidence"]["p_value"] = 0.2


def called_visible(document: Document) -> None:
    document["channels"][0]["class"] = "undeclared"


def missed(document: Document) -> None:
    document["channels"].pop(0)


def found_twice(document: Document) -> None:
    document["channels"].append(copy.deepcopy(document["channels"][0]))


def stray_visible(document: Document) -> None:
    stray = copy.deepcopy(document["channels"][0])
    document["channels"].append({**stray, "class": "undeclared", "facts": ["home"]})


def other_verdict(document: Document) -> None:
    document["verdict"] = "clean"


WRONGS = [
    *(other_facts, gate_forgotten, other_carrier, symbol_missed, other_part, weakly_proven, called_visible),
    *(missed, found_twice, stray_visible, other_verdict),
]


@pytest.mark.parametrize("wrong", WRONGS, ids=lambda wrong: str(wrong.__name__))
@pytest.mark.parametrize("specimen", FINDABLE, ids=by_name)
def test_every_error_about_a_channel_is_told(specimen: Specimen, wrong: Callable[[Document], None]) -> None:
    audit = perfect(specimen)
    wrong(audit.document)
    assert disagreements(audit, specimen.oracle) != []


@pytest.mark.parametrize("specimen", of_kind("twin", "decoy"), ids=by_name)
def test_a_false_covert_channel_is_told(specimen: Specimen) -> None:
    audit = perfect(specimen)
    audit.document["channels"].append(perfect(load("apostrophe")).document["channels"][0])
    assert any("false covert channel" in sentence for sentence in disagreements(audit, specimen.oracle))


def test_an_open_gate_is_told() -> None:
    specimen = load("apostrophe")
    audit = perfect(specimen)
    for symbol in audit.document["channels"][1]["symbols"]:
        symbol["when"].append({"base_url": ["official"], "timezone": ["Asia/Shanghai"]})
    assert any("gate" in sentence for sentence in disagreements(audit, specimen.oracle))


@pytest.mark.parametrize("specimen", [s for s in of_kind("bad") if s.oracle.reason], ids=by_name)
def test_a_missing_reason_and_a_wrong_exit_code_are_told(specimen: Specimen) -> None:
    silent: dict[str, Any] = {**perfect(specimen).document, "reasons": ["Something went awry."]}
    assert disagreements(Audit(3, silent, ""), specimen.oracle)
    assert disagreements(Audit(4, perfect(specimen).document, ""), specimen.oracle)
