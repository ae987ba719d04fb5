"""One machine at one moment, as files tell it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class Row(NamedTuple):
    """One finding that a policy can be asked of."""

    kind: str
    """`install`, `process`, `setting`."""
    product: str
    vendor: str
    version: str
    sha256: str
    model: str
    how: str
    where: str
    user: str
    used: bool = True
    """Of a setting: whether its product is installed where it stands (see `checking.Versions`)."""


class Snapshot(NamedTuple):
    """What one inventory says."""

    machine: str
    """Its id; where it has none, its host name."""
    hostname: str
    team: str
    taken: dt.datetime
    """With a time zone."""
    rows: list[Row]
    partly: list[str]
    """Why things were not looked at."""
    named: bool = True
    """Whether its machine has an id of its own; machines without one that have one host name count as one."""
    source: str = "inventory"
    """`inventory` or `osquery`: each sees what the other does not, so that the last of each counts."""
