-- What the core's tokens are called in the log. Those of templates and conversations have been
-- kept beside their keys.
SELECT k, token, MIN(name) AS name
FROM (
  SELECT CAST(0 AS INTEGER) AS k, {hash}(payment) AS token, payment AS name FROM attribute WHERE payment IS NOT NULL GROUP BY payment
  UNION ALL
  SELECT CAST(16 AS INTEGER) AS k, {hash}(ip) AS token, ip AS name FROM address
  UNION ALL
  SELECT CAST(16 AS INTEGER) AS k, {hash}(network) AS token, network AS name FROM address WHERE network IS NOT NULL GROUP BY network
  UNION ALL
  SELECT CAST(32 AS INTEGER) AS k, {hash}(header_tuple) AS token, header_tuple AS name
  FROM attribute WHERE header_tuple IS NOT NULL GROUP BY header_tuple
  UNION ALL
  SELECT CAST(64 AS INTEGER) AS k, {hash}(system_block) AS token, system_block AS name
  FROM attribute WHERE system_block IS NOT NULL GROUP BY system_block
{texts}
) AS named
WHERE EXISTS (SELECT 1 FROM core_token WHERE core_token.k = named.k AND core_token.token = named.token)
GROUP BY k, token
