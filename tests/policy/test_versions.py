"""The order of versions is that of semver.org §11, and a total one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.errors import FormatError
from wiretell.policy.versions import order, parse_range

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
]
IDENTIFIER = st.text("01aZ-", min_size=1, max_size=3)
VERSIONS = st.builds(
    lambda numbers, pre: ".".join(map(str, numbers)) + (f"-{'.'.join(pre)}" if pre else ""),
    st.lists(st.integers(0, 3), min_size=1, max_size=4),
    st.lists(IDENTIFIER, max_size=3),
)


def test_the_order_is_that_of_the_specification() -> None:
    keys = [order(version) for version in RISING]
    assert None not in keys
    assert keys == sorted(key for key in keys if key is not None)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("one", "other"), [("2.1", "2.1.0"), ("v1.2.3", "1.2.3"), ("1.0+abc", "1.0+def"), ("1.0rc1", "1.0.rc1")]
)
def test_different_spellings_of_one_version_are_equal(one: str, other: str) -> None:
    assert order(one) == order(other) is not None


@pytest.mark.parametrize("text", ["", "latest", "1.", ".1", "1.0-", "1.0-a..b", "1 2", "1.0\n2", "٣.1", "1.0-é"])
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


@pytest.mark.parametrize("text", ["", ",", ">=", "~1.2", "1.x", ">=1,,<2", ">1,<1", "==1,==2", "<1,>=1", ">=1 <2"])
def test_bad_ranges_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_range(text)
