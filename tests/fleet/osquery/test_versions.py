"""Versions in SQL: what can be read, and in which order, is as `wiretell.policy` has it."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.fleet.exports.osquery import versions_sql
from wiretell.policy.versions import order, parse_range

PIECES = (
    *("0", "1", "01", "2", "10", "198", "999999999999", "1234567890123", ".", ".", ".", "-", "+", "_", "!", " ", "v"),
    *(
        "a",
        "b",
        "c",
        "rc",
        "alpha",
        "beta",
        "pre",
        "preview",
        "post",
        "rev",
        "r",
        "dev",
        "RC",
        "Dev",
        "x",
        "é",
        "٣",
        "\n",
    ),
    *("1.2.3", "2.1.91", "1!"),
)
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
TEXTS = st.lists(st.sampled_from(PIECES), max_size=9).map("".join) | st.text(CHARACTERS, max_size=12)
RANGES = (
    *(">=2.1.91,<2.1.198", "<=1.0", ">1", "==1.*", "!=0.86.1", "^2.1.0", "~2.1", "~=0.86", "1.2 - 2.3", "<1 || >=2"),
    *(
        "*",
        "!=1.0rc1",
        ">999999999999.0",
        "^999999999999",
        "<1.0.dev1",
        ">=1.0.post1.dev2",
        "<1!0",
        ">=1!1.0",
        "1.0-rc.1",
    ),
)


def read(versions: list[str]) -> dict[str, str]:
    """Return what SQLite makes of versions."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE found(version)")
    database.executemany("INSERT INTO found VALUES (?)", [(version,) for version in versions])
    return dict(database.execute(f"WITH RECURSIVE {versions_sql.ctes()} SELECT version, key FROM keys"))


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXTS, min_size=20, max_size=120, unique=True))
def test_every_version_has_the_key_of_its_order(versions: list[str]) -> None:
    expected = {each: versions_sql.key(key) for each in versions if (key := order(each)) is not None}
    assert read(versions) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=60))
def test_keys_are_in_the_order_of_versions(versions: list[str]) -> None:
    orders = sorted({key for each in versions if (key := order(each)) is not None})
    keys = [versions_sql.key(key) for key in orders]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("text", RANGES)
def test_a_range_holds_in_sql_what_it_holds(text: str) -> None:
    versions = [
        *(
            "0.86.0",
            "0.86.1",
            "0.86.2",
            "1",
            "1.0",
            "1.0.0rc1",
            "1.0-rc.1",
            "1.0.dev1",
            "1.0.post1",
            "1.0.post1.dev2",
            "1.1",
        ),
        *(
            "1.2",
            "1.10",
            "2.0.0-beta",
            "2.0.1",
            "2.1.91",
            "2.1.197",
            "2.1.198-beta.1",
            "2.1.198",
            "2.3.9",
            "3.0.0-0",
            "3",
        ),
        *("1!0.1", "1!1.0", "999999999999", "999999999999.0.1", "1.0a1.post2.dev3", "1.0.dev0"),
    ]
    database = sqlite3.connect(":memory:")
    keys = read(versions)
    held = {
        version
        for version, key in keys.items()
        if database.execute(f"SELECT {versions_sql.within(parse_range(text), '?1')}", (key,)).fetchone()[0]
    }
    assert held == {each for each in versions if (key := order(each)) is not None and parse_range(text).holds(key)}


def test_what_cannot_be_read_lies_in_no_range_and_is_told_apart() -> None:
    database = sqlite3.connect(":memory:")
    condition = versions_sql.within(parse_range("*"), "?1")
    assert read(["latest", "", "1.2.3.4.5.6.7.8.9", "1..2", "1.0.", "1-", "1!"]) == {}
    assert database.execute(f"SELECT {condition}", (None,)).fetchone()[0] in (0, None)


@pytest.mark.parametrize("length", [127, 128, 129, 300])
def test_what_is_longer_than_any_version_is_read_by_neither(length: int) -> None:
    text = "1.0.0+" + "a" * (length - 6)
    assert set(read([text, f"  {text} "])) == ({text, f"  {text} "} if order(text) is not None else set())
    assert (order(text) is not None) is (length <= 128)
