"""What lies between two versions."""

from __future__ import annotations

import pytest

from wiretell.errors import UsageError
from wiretell.history.versions import span, unpublished
from wiretell.target import Published


def listed(*versions: str) -> list[Published]:
    return [Published(version, "2026-01-01T00:00:00Z") for version in versions]


def test_in_order_of_numbers_whatever_the_order_of_publication() -> None:
    found = span("p", listed("1.0.10", "1.0.9", "1.1.0", "0.9.0"), "1.0.9", "1.1.0")
    assert [release.version for release in found.releases] == ["1.0.9", "1.0.10", "1.1.0"]
    assert (found.is_oldest, found.is_newest) == (False, True)


def test_pre_releases_count_where_an_end_is_one() -> None:
    known = listed("1.0.0", "1.1.0-beta.1", "1.1.0-linux-x64", "1.1.0")
    assert [r.version for r in span("p", known, "1.0.0", "1.1.0").releases] == ["1.0.0", "1.1.0"]
    assert span("p", known, "1.0.0", "1.1.0").previews == 2
    assert len(span("p", known, "1.0.0", "1.1.0-linux-x64").releases) == 3


def test_numbers_that_were_never_published() -> None:
    assert unpublished(["2.1.92", "2.1.94", "2.1.98", "2.2.0", "2.3.2"]) == (
        "2.1.93",
        "2.1.95 to 2.1.97",
        "2.3.0 to 2.3.1",
    )
    assert unpublished(["1.0.0"]) == ()


@pytest.mark.parametrize(
    ("start", "words"),
    [("1.0", "is no version"), ("latest", "is no version"), ("1.0.3", "near it: 1.0.0 and 1.0.1")],
)
def test_an_end_that_is_not_there(start: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        span("p", listed("1.0.0", "1.0.1"), start, "1.0.1")


def test_nothing_published_at_all() -> None:
    with pytest.raises(UsageError, match="near it: none"):
        span("p", [], "1.0.0", "1.0.1")
