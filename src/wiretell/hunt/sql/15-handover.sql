-- Failover: a conversation that goes on under another account within {failover_us} microseconds: the newcomer joins in
-- its middle (deeper than where it began), or comes after a refusal. Both then hold the conversation as a token.
--
-- The same first prompt under two accounts is what public prompts do, and no failover: where two accounts have opened
-- the conversation without having been refused, it is left out. (It serves no other kind: templates have it already.)
WITH entrance AS (
  SELECT c, a, MIN(first_us) AS entered_us, MIN(depth) AS depth, SUM(n) AS n, MAX(last_us) AS last_us
  FROM shared_chain
  GROUP BY c, a
),
beginning AS (
  SELECT c, MIN(depth) AS depth FROM entrance GROUP BY c
),
private AS (
  SELECT entrance.c AS c, MIN(beginning.depth) AS depth
  FROM entrance JOIN beginning ON entrance.c = beginning.c
  GROUP BY entrance.c
  HAVING COUNT(*) FILTER (WHERE entrance.depth = beginning.depth) <= 1
),
before AS (
  SELECT
    c, a, first_us, depth,
    LAG(a) OVER (PARTITION BY c ORDER BY first_us, last_us, n, account) AS old_a,
    LAG(last_us) OVER (PARTITION BY c ORDER BY first_us, last_us, n, account) AS old_last_us,
    LAG(refused_us) OVER (PARTITION BY c ORDER BY first_us, last_us, n, account) AS old_refused_us
  FROM shared_chain
),
handed AS (
  SELECT before.c AS c, before.a AS a, before.old_a AS old_a
  FROM before
  JOIN entrance ON before.c = entrance.c AND before.a = entrance.a AND before.first_us = entrance.entered_us
  JOIN private ON before.c = private.c
  WHERE before.old_a <> before.a
    AND before.first_us - before.old_last_us <= {failover_us}
    AND (entrance.depth > private.depth OR before.old_refused_us >= before.old_last_us)
),
party AS (
  SELECT c, a FROM handed
  UNION
  SELECT c, old_a AS a FROM handed
)
SELECT entrance.c AS c, entrance.a AS a, entrance.n AS n, entrance.entered_us AS first_us, entrance.last_us AS last_us
FROM entrance JOIN party ON entrance.c = party.c AND entrance.a = party.a
