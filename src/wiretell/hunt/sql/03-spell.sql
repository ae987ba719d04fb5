-- Second grouping over the rows: an account, a conversation and an hour (rows without a conversation together).
-- `depth` is the least with which it was served there; `refused_us` the last time that it was refused.
SELECT
  {account} AS a, {chain} AS c, hour,
  COUNT(*) AS n, MIN(ts) AS first_us, MAX(ts) AS last_us,
  MIN(CASE WHEN NOT is_refused THEN depth END) AS depth,
  MAX(CASE WHEN is_refused THEN ts END) AS refused_us,
  BIT_OR(bit) AS nets
FROM (
  SELECT
    exchange.account AS account, exchange.chain AS chain, exchange.hour AS hour, exchange.ts AS ts,
    exchange.depth AS depth, COALESCE(address.bit, CAST(0 AS BIGINT)) AS bit,
    COALESCE(exchange.status IN (401, 403, 429, 451) OR exchange.status BETWEEN 500 AND 599, FALSE) AS is_refused
  FROM exchange LEFT JOIN address ON exchange.ip = address.ip
) AS seen
GROUP BY {account}, {chain}, hour
