-- Accounts by the day: conversations, and those of a single exchange. One that goes on over midnight counts on both days:
-- so days add up, and what was asked once today and once tomorrow was asked in single turns.
SELECT a, day, COUNT(*) AS chains, COUNT(*) FILTER (WHERE n = 1) AS single_turns
FROM (
  SELECT a, c, hour // 24 AS day, SUM(n) AS n
  FROM spell
  WHERE c IS NOT NULL
  GROUP BY a, c, hour // 24
) AS conversation
GROUP BY a, day
