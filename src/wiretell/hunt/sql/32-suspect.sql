-- Candidates for shared keys: accounts that held many conversations in one hour, with many system parts in all. Volume
-- alone would fill this with products and job runners, which have one system part.
SELECT busy.a AS a
FROM (
  SELECT account.a AS a, account.account AS account
  FROM account JOIN peak ON account.a = peak.a
  WHERE peak_chains >= {chains}
) AS busy
JOIN (
  SELECT attribute.account AS account, COUNT(DISTINCT attribute.system_block) AS systems
  FROM attribute
  GROUP BY attribute.account
  HAVING COUNT(DISTINCT attribute.system_block) >= {systems}
) AS varied ON varied.account = busy.account
ORDER BY varied.systems DESC, busy.account
LIMIT {most}
