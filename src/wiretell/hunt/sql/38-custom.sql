-- The client of most of an account's exchanges; of equals the first by name.
SELECT a, client
FROM (
  SELECT a, client, ROW_NUMBER() OVER (PARTITION BY a ORDER BY n DESC, client) AS place
  FROM (
    SELECT {hash}(account) AS a, client, SUM(n) AS n
    FROM attribute
    WHERE client IS NOT NULL AND {hash}(account) IN (SELECT a FROM wanted)
    GROUP BY account, client
  ) AS counted
) AS ranked
WHERE place = 1
