SELECT {hash}(a) AS a, day, MAX(wrote) AS wrote, MAX(talked) AS talked
FROM old_able
WHERE day > {after}
GROUP BY old_able.a, day
