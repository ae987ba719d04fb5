-- Every account's busiest hour. Networks are counted by distinct bits of their mask: some share one, so it is at most one
-- too few with 8 networks, and never too many.
SELECT a, MAX(chains) AS peak_chains, MAX(BIT_COUNT(nets)) AS peak_networks, COUNT(*) AS busy_hours
FROM presence
GROUP BY a
