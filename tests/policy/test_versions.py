"""The order of versions is that of semver.org §11, and a total one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from wiretell.errors import FormatError
from wiretell.policy.versions import order, parse_range, spelled

# The specification's own examples, and what PyPI has beside it.
RISING = [
    "1.0.0.dev3",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.0.post1.dev2",
    "1.0.0.post1",
    "1.0.1",
    "1.2.0-9",
    "1.2.0-10",
    "1.2.0-1a",
    "1.2.0",
    "1.10.0",
    "2.0.0",
    "2.1.0",
    "2.1.1",
    "1!0.1.dev1",
    "1!0.1a1.dev2",
    "1!0.1a1",
    "1!0.1a1.post1.dev1",
    "1!0.1a1.post1",
    "1!0.1b1",
    "1!0.1",
]
IDENTIFIER = st.text("01aZ-", min_size=1, max_size=3)
VERSIONS = st.builds(
    lambda numbers, pre: ".".join(map(str, numbers)) + (f"-{'.'.join(pre)}" if pre else ""),
    st.lists(st.integers(0, 3), min_size=1, max_size=4),
    st.lists(IDENTIFIER, max_size=3),
)


_COUNT = st.integers(0, 3).map(str)
PYPI = st.builds(
    lambda epoch, numbers, pre, post, dev: epoch + ".".join(map(str, numbers)) + pre + post + dev,
    st.sampled_from(["", "", "1!"]),
    st.lists(st.integers(0, 3), min_size=1, max_size=4),
    st.just("") | st.builds(str.__add__, st.sampled_from(["a", "b", "rc"]), _COUNT),
    st.just("") | _COUNT.map(".post".__add__),
    st.just("") | _COUNT.map(".dev".__add__),
)
"""Without local versions, which do not count here and do on PyPI."""


def test_the_order_is_that_of_the_specification() -> None:
    keys = [order(version) for version in RISING]
    assert None not in keys
    assert keys == sorted(key for key in keys if key is not None)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2.1", "2.1.0"),
        ("v1.2.3", "1.2.3"),
        ("1.0+abc", "1.0+def"),
        ("1.0rc1", "1.0.rc1"),
        ("1.0RC1", "1.0c1"),
        ("1.0alpha_2", "1.0a2"),
        ("1.0.preview", "1.0rc0"),
        ("1.0.rev3", "1.0.post3"),
        ("0!1.0", "1.0+ubuntu_1"),
    ],
)
def test_different_spellings_of_one_version_are_equal(one: str, other: str) -> None:
    assert order(one) == order(other) is not None


@pytest.mark.parametrize(
    "text", ["", "latest", "1.", ".1", "1.0-", "1.0-a..b", "1 2", "1.0\n2", "٣.1", "1.0-é", "!1", "1!", "1.0a1b2"]
)
def test_what_is_no_version_has_no_order(text: str) -> None:
    assert order(text) is None


@given(VERSIONS, VERSIONS, VERSIONS)
def test_any_two_versions_can_be_compared_and_the_order_is_total(a: str, b: str, c: str) -> None:
    x, y, z = order(a), order(b), order(c)
    assert x is not None and y is not None and z is not None
    assert (x < y) + (x == y) + (x > y) == 1
    assert not (x <= y <= z) or x <= z


@given(VERSIONS, VERSIONS, VERSIONS)
def test_a_half_open_range_holds_what_lies_in_it(low: str, high: str, version: str) -> None:
    least, most, here = order(low), order(high), order(version)
    assert least is not None and most is not None and here is not None
    if least >= most:
        with pytest.raises(FormatError):
            parse_range(f">={low},<{high}")
    else:
        assert parse_range(f">={low}, <{high}").holds(here) == (least <= here < most)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">=2.1.91,<2.1.198", ["2.1.91", "2.1.197", "2.1.198-beta.1"], ["2.1.90", "2.1.198", "2.1.91-rc.1"]),
        ("2.1.91", ["2.1.91", "v2.1.91+x"], ["2.1.92"]),
        ("== 1.0", ["1.0.0"], ["1.0.0-rc.1"]),
        (">1,<=2", ["1.0.1", "2"], ["1", "2.0.1"]),
    ],
)
def test_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    made = parse_range(text)
    for version in inside + outside:
        key = order(version)
        assert key is not None
        assert made.holds(key) == (version in inside), version


@given(PYPI, PYPI)
def test_the_order_of_pypi_versions_is_that_of_packaging(one: str, other: str) -> None:
    x, y = order(one), order(other)
    assert x is not None and y is not None
    assert (x < y, x == y) == (Version(one) < Version(other), Version(one) == Version(other))


@given(VERSIONS | PYPI)
def test_a_key_is_spelled_as_a_version_that_has_it(version: str) -> None:
    key = order(version)
    assert key is not None
    assert order(spelled(key)) == key


def test_a_version_longer_than_any_is_none() -> None:
    assert order(" " + "1.0+" + "a" * 124 + " ") == order("1.0")
    assert order("1.0+" + "a" * 125) is None
    assert order("9.0.0+" + "a" * 122 + " || <9") is None
    with pytest.raises(FormatError):
        parse_range("==1.0+" + "a" * 125)
