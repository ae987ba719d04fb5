"""Ranges are those of npm and of PyPI, on releases; what differs on purpose is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from semantic_version import NpmSpec, Version

from wiretell.errors import FormatError
from wiretell.policy.versions import EVERY, Range, order, parse_range

NUMBERS = st.integers(0, 3)
RELEASE = st.builds("{}.{}.{}".format, NUMBERS, NUMBERS, NUMBERS)
PARTIAL = RELEASE | st.builds("{}.{}".format, NUMBERS, NUMBERS) | NUMBERS.map(str)
WILD = st.builds("{}.{}.x".format, NUMBERS, NUMBERS) | st.builds("{}.x".format, NUMBERS) | st.just("*")

_NPM_PART = (
    st.builds(str.__add__, st.sampled_from([">=", "<=", ">", "<", "=", ""]), RELEASE)
    | st.builds(str.__add__, st.sampled_from([">=", "<"]), PARTIAL)
    | st.builds(str.__add__, st.sampled_from(["^", "~"]), PARTIAL)
    | WILD
)
NPM = st.lists(
    st.lists(_NPM_PART, min_size=1, max_size=3).map(" ".join) | st.builds("{} - {}".format, PARTIAL, PARTIAL),
    min_size=1,
    max_size=3,
).map(" || ".join)
"""Without what differs on purpose: `2.1`, `>2` and `<=2` (npm takes what is left out for anything)."""

_PYPI_PART = (
    st.builds(str.__add__, st.sampled_from([">=", "<=", ">", "<", "==", "!="]), PARTIAL)
    | st.builds("~={}.{}".format, NUMBERS, PARTIAL)
    | st.builds("{}{}.*".format, st.sampled_from(["==", "!="]), PARTIAL)
)
PYPI = st.lists(_PYPI_PART, min_size=1, max_size=3).map(",".join)
EITHER = NPM | PYPI


def holds(text: str, version: str) -> bool:
    key = order(version)
    assert key is not None
    return parse_range(text).holds(key)


def made(text: str) -> Range:
    """Return a range, an empty one where nothing lies in it."""
    try:
        return parse_range(text)
    except FormatError as error:
        assert "no version lies in" in str(error)
        return Range(())


@given(NPM, RELEASE)
@example("^0.0.0", "0.1.0")
@example("^0.0", "0.0.3")
@example("^0.0", "0.1.0")
@example("^0.2.1", "0.3.0")
@example("^0.0.2", "0.0.3")
@example("^0", "0.3.3")
@example("~1", "1.3.0")
@example("1.2 - 2", "2.3.1")
@example("~0 || *", "3.3.3")
def test_releases_lie_in_npm_ranges_as_npm_says(text: str, version: str) -> None:
    found = made(text)
    assume(not found.is_empty)  # one of several alternatives that is empty is refused: nobody means it
    key = order(version)
    assert key is not None
    assert found.holds(key) == (Version(version) in NpmSpec(text))


@given(PYPI, PARTIAL)
@example("~=0.0", "0.3")
@example("!=0.*,!=1.*", "2")
def test_releases_lie_in_pypi_ranges_as_packaging_says(text: str, version: str) -> None:
    key = order(version)
    assert key is not None
    assert made(text).holds(key) == SpecifierSet(text).contains(version, prereleases=True)


@given(EITHER, EITHER, RELEASE)
def test_ranges_are_sets(one: str, other: str, version: str) -> None:
    a, b, key = made(one), made(other), order(version)
    assert key is not None
    assert a.meet(b).holds(key) == (a.holds(key) and b.holds(key))
    assert a.join(b).holds(key) == (a.holds(key) or b.holds(key))
    assert a.without.holds(key) != a.holds(key)
    assert a.without.without == a
    assert a.join(a.without) == EVERY and a.meet(a.without).is_empty
    assert not (a.covers(b) and b.holds(key)) or a.holds(key)
    assert a.join(b).covers(a) and a.covers(a.meet(b)) and EVERY.covers(a)


@given(EITHER)
@example("<0")
def test_a_range_that_is_not_empty_has_an_example_and_each_lies_in_it(text: str) -> None:
    found = made(text)
    examples = list(found.examples())
    assert bool(examples) != found.is_empty
    assert all(holds(text, version) for version in examples)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("^2.1.0", ["2.1.0", "2.9.0-beta.1"], ["2.1.0-beta.1", "3.0.0-beta.1"]),
        ("2.1.x", ["2.1.0-beta.1", "2.1.9"], ["2.2.0-beta.1"]),
        ("~2.1", ["2.1.0", "2.1.99"], ["2.2.0", "2.2.0-0"]),
        ("==0.86.*", ["0.86.0rc1", "0.86.dev3", "0.86.2.post1"], ["0.87.dev0", "1!0.86"]),
        ("~=0.86", ["0.86", "0.99"], ["1.0.dev1", "0.86rc1"]),
        ("!=0.86.1", ["0.86.1rc1", "0.86.1.post1", "1!0.86.1"], ["0.86.1", "0.86.1+local"]),
        (">=1!2.0", ["1!2.0", "2!0"], ["3.0"]),
        ("1.2.3 - 2.3.4", ["2.3.4"], ["2.3.4.1", "2.3.5-0"]),
        ("1.2 - 2.3", ["1.2.0", "2.3.9"], ["2.4.0-0", "1.2.0-0"]),
        (">=2.1.91 <2.1.198 || 2.2.0", ["2.1.91", "2.2.0"], ["2.1.198", "2.2.1"]),
        (">= 1.2, < 2", ["1.2"], ["2"]),
        (">2,<=3", ["2.0.1", "3"], ["2", "3.0.1"]),
        ("2.1", ["2.1.0"], ["2.1.1"]),
    ],
)
def test_forms(text: str, inside: list[str], outside: list[str]) -> None:
    assert {version: holds(text, version) for version in inside + outside} == (
        dict.fromkeys(inside, True) | dict.fromkeys(outside, False)
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ",",
            ">=",
            ">=1,,<2",
            ">1,<1",
            "==1,==2",
            "<1,>=1",
            "~=1",
            "~=1.*",
            "1 ||",
            "|| 1",
            "1 || >2 <1",
            "1.x.2",
        ),
        *(">=1<2", "x.1", "1.xx", ".x", "===1", "=>1", "- 1", "1 -", "<*", "latest", "1||" * 2000),
    ],
)
def test_bad_ranges_are_refused_in_half_a_sentence(text: str) -> None:
    with pytest.raises(FormatError) as error:
        parse_range(text)
    assert str(error.value).endswith((".", ")"))
    assert len(str(error.value)) < 250 and "\n" not in str(error.value)


@given(st.text("012.xX*<>=~^!|,- v+ab", max_size=30))
@example("1" * 5000)
@example(">=1 " * 300)
def test_nothing_but_a_format_error_comes_of_any_text(text: str) -> None:
    found: Any = None
    try:
        found = parse_range(text)
    except FormatError:
        return
    assert isinstance(found, Range) and not found.is_empty
