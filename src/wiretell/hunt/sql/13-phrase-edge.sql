-- Who holds the repeated ones.
SELECT CAST({code} AS INTEGER) AS k, {column} AS token, a, COUNT(*) AS n, MIN(ts) AS first_us, MAX(ts) AS last_us
FROM phrase
WHERE {column} IN (SELECT token FROM band WHERE is_repeated)
GROUP BY {column}, a
