-- Exchanges with such a system part, and those of them under another client.
SELECT
  {hash}(attribute.account) AS a, SUM(attribute.n) AS known_systems,
  SUM(CASE WHEN attribute.client <> known_system.client THEN attribute.n ELSE 0 END) AS contradictions
FROM attribute JOIN known_system ON attribute.system_block = known_system.system_block
WHERE attribute.client IS NOT NULL AND attribute.client NOT IN ({gateways})
  AND {hash}(attribute.account) IN (SELECT a FROM wanted)
GROUP BY attribute.account
