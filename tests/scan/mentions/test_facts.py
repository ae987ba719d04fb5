"""The table of facts agrees with the lab's, which a scan may not import."""

from __future__ import annotations

import pytest

from wiretell.lab.levels import _FILE_OVERLAPS, OVERLAPS
from wiretell.scan.mentions.facts import (
    ENVIRONMENT,
    FILES,
    INTERFACES,
    USUAL_NAMES,
    WATCH,
    environment_fact,
    operand_fact,
    tells_host,
)

LAB_HAS_NOT_YET = {"editor", "terminal"}


def test_variables_belong_to_the_facts_of_the_lab() -> None:
    assert OVERLAPS.items() <= ENVIRONMENT.items()
    assert {ENVIRONMENT[name] for name in ENVIRONMENT.keys() - OVERLAPS.keys()} == LAB_HAS_NOT_YET


def test_files_belong_to_the_facts_of_the_lab() -> None:
    both = FILES.keys() & _FILE_OVERLAPS.keys()
    assert len(both) > 4
    assert all(FILES[name] == _FILE_OVERLAPS[name] for name in both)


def test_what_is_watched_is_what_is_known() -> None:
    assert INTERFACES.keys() == WATCH
    assert ENVIRONMENT.keys() <= USUAL_NAMES


@pytest.mark.parametrize(
    ("operand", "fact"),
    [
        ("env:TZ", "timezone"),
        ("env:ACME_URL", "env:ACME_URL"),
        ("timeZone", "timezone"),
        ("hostname()", "hostname"),
        ("hostname", None),
        ("process.platform", ""),
        ("platform", None),
    ],
)
def test_facts_of_operands(operand: str, fact: str | None) -> None:
    assert operand_fact(operand) == fact


def test_facts_of_variables() -> None:
    assert environment_fact("HTTPS_PROXY") == "http_proxy"
    assert environment_fact("ACME_TOKEN") == "env:ACME_TOKEN"
    assert tells_host("ACME_BASE_URL")
    assert not tells_host("ACME_TOKEN")
