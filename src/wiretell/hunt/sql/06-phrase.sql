-- The rows that have a template, reduced to its first bands. Grouping texts by account at once would make a group of
-- nearly each (most texts are unique): twice the time and three times the memory of looking for what repeats first.
SELECT {account} AS a, ts, {bands}
FROM exchange
WHERE ARRAY_LENGTH(template) > 0
