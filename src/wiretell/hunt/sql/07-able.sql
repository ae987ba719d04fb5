-- Accounts by the day: whether they wrote any text of their own, and had any conversation that can be followed.
SELECT a, day, MAX(wrote) AS wrote, MAX(talked) AS talked
FROM (
  SELECT a, CAST(ts // 86400000000 AS INTEGER) AS day, 1 AS wrote, 0 AS talked FROM phrase GROUP BY a, ts // 86400000000
  UNION ALL
  SELECT a, CAST(hour // 24 AS INTEGER) AS day, 0 AS wrote, 1 AS talked
  FROM spell WHERE c IS NOT NULL AND depth > 0 GROUP BY a, hour // 24
) AS seen
GROUP BY a, day
