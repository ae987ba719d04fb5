"""The page on the exchange log says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from wiretell.gateway.tables import columns
from wiretell.gateway.tables.erasing import BLANK

PAGE = (Path(__file__).parents[3] / "docs" / "formats" / "exchange-log.md").read_text(encoding="utf-8")


def test_columns_with_order_types_and_nulls_are_those_of_the_rows() -> None:
    told = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", PAGE, flags=re.M)
    assert [(name, kind) for name, kind, _ in told] == [(name, columns.type_name(name)) for name in columns.NAMES]
    for name, _, meaning in told:
        assert meaning.endswith("."), name
        is_null = name in columns.DEFAULTS and columns.DEFAULTS[name] is None
        assert ("null" in meaning) == (is_null or name in ("user", "upstream")), name


def test_what_is_erased_is_said() -> None:
    erased = PAGE.split("## Erasure")[1]
    assert set(re.findall(r"`(\w+)`", erased)) == {*BLANK, "erased", "decision", "target"}
