"""Counters of budgets, in SQLite or PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from wiretell.errors import UsageError
from wiretell.gateway.counters.interface import Counters, CountersError, Refused, Standing
from wiretell.gateway.counters.patient import PatientCounters
from wiretell.gateway.counters.sqlite import SqliteCounters

__all__ = ["Counters", "CountersError", "PatientCounters", "Refused", "Standing", "counters"]


def counters(setting: str, folder: Path) -> PatientCounters:
    """Return the counters that a gateway file names: `sqlite` (in `folder`), or a `postgresql://` URL.

    :raises UsageError: for anything else.
    """
    if setting == "sqlite":
        return PatientCounters(SqliteCounters(folder / "budgets.sqlite"))
    if setting.startswith(("postgresql://", "postgres://")):
        from wiretell.gateway.counters.postgres import PostgresCounters  # slow to import, and seldom used

        return PatientCounters(PostgresCounters(setting))
    raise UsageError('`counters` is "sqlite" or a postgresql:// URL.')
