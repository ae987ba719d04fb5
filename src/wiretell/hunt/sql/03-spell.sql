-- Second grouping over the rows: an account, a conversation and an hour (rows without a conversation together).
-- `depth` is the least with which it was served there; `refused_us` the last time that it was refused. Addresses are
-- a key of their own first: looking up the network of each row's would cost as much as reading the rows.
SELECT
  a, c, hour,
  SUM(n) AS n, MIN(first_us) AS first_us, MAX(last_us) AS last_us,
  MIN(depth) AS depth, MAX(refused_us) AS refused_us,
  BIT_OR(COALESCE(bit, CAST(0 AS BIGINT))) AS nets{text}
FROM (
  SELECT
    a, c, hour, place,
    COUNT(*) AS n, MIN(ts) AS first_us, MAX(ts) AS last_us,
    MIN(CASE WHEN NOT is_refused THEN depth END) AS depth,
    MAX(CASE WHEN is_refused THEN ts END) AS refused_us, ANY_VALUE(chain) AS text
  FROM (
    SELECT
      {account} AS a, {chain} AS c, hour, {hash}(ip) AS place, ts, depth, chain,
      COALESCE(status IN (401, 403, 429, 451) OR status BETWEEN 500 AND 599, FALSE) AS is_refused
    FROM exchange
  ) AS seen
  GROUP BY a, c, hour, place
) AS grouped
LEFT JOIN (SELECT {hash}(ip) AS place, bit FROM address) AS known ON grouped.place = known.place
GROUP BY a, c, hour
