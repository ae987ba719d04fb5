SELECT {hash}(a) AS a, ts, {bands}
FROM old_phrase
WHERE ts // 86400000000 > {after}
