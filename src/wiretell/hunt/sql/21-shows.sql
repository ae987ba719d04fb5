-- Entities by the kinds of which they hold any token at all, shared or not; of failover: that have conversations.
SELECT
  e, MAX(payment) AS payment, MAX(network) AS network, MAX(headers) AS headers, MAX(template) AS template,
  MAX(prefix) AS prefix, MAX(failover) AS failover
FROM (
  SELECT
    {hash}(account) AS a,
    MAX(CASE WHEN payment IS NOT NULL THEN 1 ELSE 0 END) AS payment,
    MAX(CASE WHEN ip IS NOT NULL THEN 1 ELSE 0 END) AS network,
    MAX(CASE WHEN header_tuple IS NOT NULL THEN 1 ELSE 0 END) AS headers,
    0 AS template,
    MAX(CASE WHEN system_block IS NOT NULL THEN 1 ELSE 0 END) AS prefix,
    0 AS failover
  FROM attribute GROUP BY account
  UNION ALL
  SELECT a, 0 AS payment, 0 AS network, 0 AS headers, MAX(wrote) AS template, 0 AS prefix, MAX(talked) AS failover
  FROM able GROUP BY a
) AS shown JOIN holder ON shown.a = holder.a
GROUP BY e
