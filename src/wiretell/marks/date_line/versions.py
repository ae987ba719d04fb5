"""Which published versions write the date line's marks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from wiretell.model.marks import VersionRange

RANGE: Final = VersionRange(
    product="claude-code",
    first="2.1.91",
    first_date="2026-04-02",
    last="2.1.197",
    last_date="2026-06-30",
    source=(
        "read in the published packages and seen in runs in a sealed lab: 2.1.90 and 2.1.198 write none, 2.1.91, "
        "2.1.196 and 2.1.197 do; not every version in between was read"
    ),
)

SOURCES: Final = (
    "https://github.com/anthropics/claude-code/issues/67120",
    "https://github.com/anthropics/claude-code/issues/72518",
    "https://github.com/bosens-China/blog/issues/146",
    "https://github.com/router-for-me/CLIProxyAPI/issues/4073",
    "https://github.com/WEIFENG2333/phistory",
)
"""Where the marks and the versions that write them are described in public."""

_VERSION: Final = re.compile(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?!\d)")


@lru_cache(maxsize=256)
def writes(version: str) -> bool | None:
    """Whether a client's version is one of those that write marks; None where it is not known or is no version."""
    number = _number(version)
    first, last = _number(RANGE.first), _number(RANGE.last)
    return None if number is None or first is None or last is None else first <= number <= last


def _number(version: str) -> tuple[int, int, int] | None:
    found = _VERSION.match(version.strip())
    return (int(found[1]), int(found[2]), int(found[3])) if found else None
