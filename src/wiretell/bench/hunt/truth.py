"""Who is what in a made-up log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class Operator:
    """A campaign as it is."""

    id: str
    kind: str
    stealth: str | None
    accounts: frozenset[str]
    """That are in the log."""
    grey: bool
    """Neither honest nor a campaign: friends who share, stolen keys. Counted apart."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Labels of a log."""

    honest: Mapping[str, str]
    """Account to subgroup."""
    operators: tuple[Operator, ...]
    settings: Mapping[str, Any]

    def bad(self) -> frozenset[str]:
        """Return the accounts of operators that are to be found."""
        return frozenset().union(*(one.accounts for one in self.operators if not one.grey))

    def grey(self) -> frozenset[str]:
        """Return the accounts that count neither way."""
        return frozenset().union(*(one.accounts for one in self.operators if one.grey))


def read(folder: Path) -> Truth:
    """Read what `wiretell hunt simulate` wrote beside its log (docs/formats/hunt-truth.md)."""
    columns = pq.read_table(folder / "truth" / "accounts.parquet").to_pydict()
    honest: dict[str, str] = {}
    members: dict[str, list[int]] = {}
    for at, account in enumerate(columns["account"]):
        if columns["honest"][at]:
            honest[account] = columns["subgroup"][at]
        else:
            members.setdefault(columns["operator"][at], []).append(at)
    operators = tuple(_operator(name, at, columns) for name, at in sorted(members.items()))
    return Truth(honest, operators, json.loads((folder / "truth" / "settings.json").read_text()))


def _operator(name: str, at: list[int], columns: Mapping[str, list[Any]]) -> Operator:
    kind = columns["kind"][at[0]]
    return Operator(
        name, kind, columns["stealth"][at[0]], frozenset(columns["account"][one] for one in at), kind in _GREY
    )


_GREY = frozenset({"friends", "hijacked"})
