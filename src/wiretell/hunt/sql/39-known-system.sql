-- System parts of one product: 5 entities or more have it, and 95 % of them under that client. Entities count, not
-- exchanges: one loud account does not decide. Gateways that say what they are name no product of their own.
WITH worn AS (
  SELECT attribute.system_block AS system_block, attribute.client AS client, holder.e AS e
  FROM attribute JOIN holder ON {hash}(attribute.account) = holder.a
  WHERE attribute.system_block IS NOT NULL AND attribute.client IS NOT NULL AND attribute.client NOT IN ({gateways})
  GROUP BY attribute.system_block, attribute.client, holder.e
),
wide AS (
  SELECT system_block, COUNT(DISTINCT e) AS entities FROM worn GROUP BY system_block HAVING COUNT(DISTINCT e) >= 5
)
SELECT worn.system_block AS system_block, worn.client AS client
FROM worn JOIN wide ON worn.system_block = wide.system_block
GROUP BY worn.system_block, worn.client
HAVING 20 * COUNT(*) >= 19 * MAX(wide.entities) AND 2 * COUNT(*) > MAX(wide.entities)
