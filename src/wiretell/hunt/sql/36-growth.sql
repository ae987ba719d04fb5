-- Conversations: all, single turns, and most of one day in the first and in the second half of the account's days. Of an
-- odd number the middle one is in the second.
SELECT
  a, SUM(chains) AS chains, SUM(single_turns) AS single_turns,
  MAX(CASE WHEN 2 * place <= days THEN chains ELSE 0 END) AS early_chains,
  MAX(CASE WHEN 2 * place > days THEN chains ELSE 0 END) AS late_chains
FROM (
  SELECT
    a, chains, single_turns,
    ROW_NUMBER() OVER (PARTITION BY a ORDER BY day) AS place, COUNT(*) OVER (PARTITION BY a) AS days
  FROM talk
  WHERE a IN (SELECT a FROM wanted)
) AS ordered
GROUP BY a
