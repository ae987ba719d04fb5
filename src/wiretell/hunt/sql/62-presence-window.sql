-- Conversations of one hour in two increments (late rows) are added, though some may be the same: at most so many.
SELECT {hash}(a) AS a, hour, SUM(n) AS n, SUM(chains) AS chains, BIT_OR(nets) AS nets
FROM old_presence
WHERE hour // 24 > {after}
GROUP BY old_presence.a, hour
