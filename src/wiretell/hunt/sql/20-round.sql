-- One round towards the core: tokens that two entities still hold, then accounts with enough kinds and tokens of them.
-- No pair of accounts is formed, and no token is too popular: a cap on holders loses the largest campaigns first.
WITH alive AS (
  SELECT k, token FROM {old} GROUP BY k, token HAVING MIN(e) <> MAX(e)
),
kept AS (
  SELECT {old}.* FROM {old} JOIN alive ON {old}.k = alive.k AND {old}.token = alive.token
),
strong AS (
  SELECT a FROM kept GROUP BY a
  HAVING BIT_COUNT(BIT_OR(CAST(1 AS BIGINT) << (k // 16))) >= {kinds} AND COUNT(*) >= {tokens}
)
SELECT kept.* FROM kept JOIN strong ON kept.a = strong.a
