SELECT {hash}(a) AS a, day, SUM(chains) AS chains, SUM(single_turns) AS single_turns
FROM old_talk
WHERE day > {after}
GROUP BY old_talk.a, day
