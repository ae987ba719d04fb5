-- The same of its conversations.
SELECT thin_spell.*
FROM thin_spell
WHERE c IN (SELECT c FROM near_spell WHERE c IS NOT NULL GROUP BY c HAVING MIN(a) <> MAX(a))
