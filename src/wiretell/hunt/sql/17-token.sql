-- Tokens of the whole log. One that a single entity holds is explained by it, and drops out before anything is counted.
SELECT edge.k AS k, edge.token AS token, MIN(holder.e) <> MAX(holder.e) AS is_shared
FROM edge JOIN holder ON edge.a = holder.a
GROUP BY edge.k, edge.token
