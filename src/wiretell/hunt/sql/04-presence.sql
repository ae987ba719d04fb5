-- Accounts by the hour of the log: exchanges, conversations, and networks as a mask.
SELECT a, hour, SUM(n) AS n, COUNT(c) AS chains, BIT_OR(nets) AS nets
FROM spell
GROUP BY a, hour
