-- Days: how many, and which, as a mask in two halves (an engine's whole numbers have a sign).
SELECT
  a, COUNT(*) AS active_days,
  BIT_OR(CASE WHEN day % 64 < 32 THEN CAST(1 AS BIGINT) << (day % 32) ELSE CAST(0 AS BIGINT) END) AS low_days,
  BIT_OR(CASE WHEN day % 64 >= 32 THEN CAST(1 AS BIGINT) << (day % 32) ELSE CAST(0 AS BIGINT) END) AS high_days
FROM (
  SELECT a, hour // 24 AS day FROM presence WHERE a IN (SELECT a FROM wanted) GROUP BY a, hour // 24
) AS present
GROUP BY a
