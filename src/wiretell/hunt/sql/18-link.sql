-- Edges of the shared ones, with the holder's entity; without those that an agreement explains for everybody.
SELECT edge.k AS k, edge.token AS token, edge.a AS a, holder.e AS e, edge.n AS n, edge.first_us AS first_us, edge.last_us AS last_us
FROM edge
JOIN token ON edge.k = token.k AND edge.token = token.token
JOIN holder ON edge.a = holder.a
LEFT JOIN explained ON edge.k = explained.k AND edge.token = explained.token
WHERE token.is_shared AND explained.token IS NULL
