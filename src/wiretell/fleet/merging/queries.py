"""What is counted, in DuckDB's SQL, over the tables of `tables.py`, of `what`, and of `ban_day` (see `merging`).

A machine counts once wherever machines are counted: `machine` tells it from others.
"""

from __future__ import annotations

from typing import Final

SNAPSHOT: Final = "CREATE TABLE snapshot AS SELECT * FROM given"
SNAPSHOTS: Final = """
ALTER TABLE snapshot ADD COLUMN usable BOOLEAN;
UPDATE snapshot SET usable = taken <= ?, team = CASE team WHEN '' THEN '(no team)' ELSE team END;
"""
SAME: Final = """
UPDATE snapshot SET machine = known.machine
FROM (SELECT lower(hostname) AS host, min(machine) AS machine FROM snapshot
      WHERE source = 'inventory' AND hostname <> '' GROUP BY host HAVING count(DISTINCT machine) = 1) AS known
WHERE source = 'osquery' AND lower(snapshot.hostname) = known.host
"""
"""What osquery tells of a host is of the machine that has this name in inventories, where one alone has it."""
LATEST: Final = """
CREATE TABLE latest AS
    SELECT *, day < ? AS silent FROM snapshot WHERE usable
    QUALIFY row_number() OVER (PARTITION BY machine, source ORDER BY taken DESC, id DESC) = 1
"""
ONE_TEAM: Final = """
UPDATE latest SET team = one.team
FROM (SELECT machine, coalesce(max(team) FILTER (team <> '(no team)'), '(no team)') AS team
      FROM latest GROUP BY machine) AS one
WHERE latest.machine = one.machine
"""
BY_WHAT: Final = """
SELECT line, count(DISTINCT machine), count(DISTINCT machine) FILTER (running)
FROM finding JOIN latest ON finding.snapshot = latest.id JOIN what USING (what) GROUP BY line
ORDER BY line
"""
BY_TEAM: Final = """
SELECT line, team, count(DISTINCT machine)
FROM finding JOIN latest ON finding.snapshot = latest.id JOIN what USING (what) GROUP BY line, team
"""
TEAMS: Final = """
WITH told AS (
    SELECT machine, team, bool_and(silent) AS silent, bool_or(effect = 'ban') AS banned,
           bool_or(effect = 'warn') AS warned, bool_or(expiring) AS expiring, bool_or(unknown) AS unknown
    FROM latest LEFT JOIN finding ON finding.snapshot = latest.id LEFT JOIN what USING (what) GROUP BY machine, team
)
SELECT team, count(*), count(*) FILTER (banned) AS banned, count(*) FILTER (warned), count(*) FILTER (expiring),
       count(*) FILTER (unknown), count(*) FILTER (silent)
FROM told GROUP BY team ORDER BY banned DESC, team
"""
BANNED: Final = """
SELECT machine, hostname, team, "user", what, how, path, taken
FROM finding JOIN latest ON finding.snapshot = latest.id JOIN what USING (what)
WHERE effect = 'ban' ORDER BY team, hostname, machine, product, path, how, what
"""
VALID: Final = """
CREATE TABLE valid AS
WITH daily AS (
    SELECT * FROM snapshot WHERE usable
    QUALIFY row_number() OVER (PARTITION BY machine, source, day ORDER BY taken DESC, id DESC) = 1
), spans AS (
    SELECT id, machine, day AS first,
           least(coalesce(lead(day) OVER following, day + $1 + 1), day + $1 + 1) AS after
    FROM daily WINDOW following AS (PARTITION BY machine, source ORDER BY day)
)
SELECT id, machine, unnest(range(greatest(first, $2), least(after, $3))) AS day FROM spans
"""
DAILY: Final = "SELECT day, count(DISTINCT machine) FROM valid GROUP BY day"
DAILY_BANNED: Final = """
SELECT day, count(DISTINCT machine)
FROM valid JOIN finding ON finding.snapshot = valid.id JOIN ban_day USING (what, day) GROUP BY day
"""
DAILY_PRODUCTS: Final = """
WITH has AS (SELECT DISTINCT snapshot, product FROM finding JOIN what USING (what) WHERE product <> '' AND NOT setting)
SELECT day, product, count(DISTINCT machine) FROM valid JOIN has ON has.snapshot = valid.id GROUP BY day, product
"""
NOTES: Final = """
WITH told AS (SELECT machine, bool_or(usable) AS counts, bool_and(usable) AS all_count FROM snapshot GROUP BY machine)
SELECT count(*) FILTER (counts AND NOT all_count), count(*) FILTER (NOT counts),
       (SELECT count(DISTINCT machine) FROM latest WHERE NOT named),
       (SELECT count(*) FROM (SELECT machine FROM snapshot WHERE usable AND named AND source = 'inventory'
                              GROUP BY machine HAVING count(DISTINCT lower(hostname)) > 1))
FROM told
"""
PARTLY: Final = """
SELECT why, count(DISTINCT machine) AS machines FROM partly JOIN latest ON partly.snapshot = latest.id
GROUP BY why ORDER BY machines DESC, why LIMIT 50
"""
