"""A policy and the catalogue as queries of osquery (https://osquery.io): packs for osqueryd, policies for Fleet.

    policy, catalogue -> tables (what is found) -> queries (what the policy says of it) -> pack, fleet_yaml

All of it is pure, and the queries are plain SQLite over osquery's published tables. What osquery cannot see, or a query
cannot say, stands in `notes`.
"""

from __future__ import annotations

from wiretell.fleet.exports.osquery.notes import notes
from wiretell.fleet.exports.osquery.queries import Query, bans, decisions, inventory, unless_banned
from wiretell.fleet.exports.osquery.tables import COLUMNS, Reach

__all__ = ["COLUMNS", "Query", "Reach", "bans", "decisions", "inventory", "notes", "unless_banned"]
