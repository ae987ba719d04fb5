-- The same of conversations; a late row joins its hour.
SELECT
  {hash}(a) AS a, CASE WHEN c IS NOT NULL THEN {hash}(c) END AS c, hour, SUM(n) AS n, MIN(first_us) AS first_us, MAX(last_us) AS last_us,
  MIN(depth) AS depth, MAX(refused_us) AS refused_us, BIT_OR(nets) AS nets
FROM old_spell
WHERE hour // 24 > {after}
GROUP BY old_spell.a, old_spell.c, hour
