-- How many different ones of each an account has.
SELECT
  {hash}(account) AS a,
  COUNT(DISTINCT COALESCE(network, attribute.ip)) AS networks, COUNT(DISTINCT system_block) AS systems,
  COUNT(DISTINCT header_tuple) AS header_tuples, COUNT(DISTINCT client) AS clients, COUNT(DISTINCT tz) AS zones
FROM attribute LEFT JOIN address ON attribute.ip = address.ip
WHERE {hash}(account) IN (SELECT a FROM wanted)
GROUP BY account
