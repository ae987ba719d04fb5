"""Which columns of a log are replaced, which stay, and which are left out: all that nobody named is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from wiretell.errors import UsageError

REPLACED: Final = frozenset(
    {
        *("account", "org", "user", "groups", "key_id", "payment", "ip", "session", "agent_id", "parent_agent_id"),
        *("header_tuple", "system_hash", "prefix_blocks", "template"),
    }
)
"""Who, from where, in which conversation; and hashes of what was said, which other logs with the same words have."""
KEPT: Final = frozenset(
    {
        *("exchange_id", "ts", "asn", "ip_kind", "client", "client_version", "tz", "model", "operation"),
        *("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "max_tokens"),
        *("tool_calls", "tool_results", "status"),
    }
)
"""What a hunt reads as it stands."""
COARSENED: Final = "account_created"
"""To the hour: bursts stay, and the moment is no name any more."""
SHORTENED: Final = "template"
"""To the bands that a hunt reads (`rule.share.template_bands`): the others would only tell more."""
NEEDED: Final = ("account", "ts")
"""Without which a table is no exchange log."""
_SAME: Final = {"parent_agent_id": "agent_id"}
"""Columns that name the same things as another."""


class Treatment(Enum):
    """What becomes of a column."""

    KEPT = auto()
    REPLACED = auto()
    COARSENED = auto()
    LEFT_OUT = auto()


@dataclass(frozen=True, slots=True)
class Columns:
    """What becomes of each column. Whoever asks for more than the usual gets less out, never the other way round."""

    also: frozenset[str] = frozenset()
    """Replaced beside the usual ones."""
    left_out: frozenset[str] = frozenset()
    """Left out beside those that always are."""

    def treatment(self, name: str) -> Treatment:
        """Return what becomes of a column."""
        if name in self.left_out:
            return Treatment.LEFT_OUT
        if name in REPLACED or name in self.also:
            return Treatment.REPLACED
        if name == COARSENED:
            return Treatment.COARSENED
        return Treatment.KEPT if name in KEPT else Treatment.LEFT_OUT


def chosen(also: Iterable[str], left_out: Iterable[str]) -> Columns:
    """Return what becomes of columns. :raises UsageError: where a log would be none any more."""
    columns = Columns(frozenset(also), frozenset(left_out))
    for name in NEEDED:
        if name in columns.left_out:
            raise UsageError(f"{name} cannot be left out: without it there is nothing to hunt in.")
    if "ts" in columns.also:
        raise UsageError("ts cannot be replaced: failover and timing are seen by it; docs/hunt-privacy.md says more.")
    return columns


def domain(name: str) -> str:
    """Return the space of names a column's values are of: values of two such spaces never get the same hash."""
    return _SAME.get(name, name)
