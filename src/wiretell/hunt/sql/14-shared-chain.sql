-- Conversations under two accounts or more. Logs without prefix blocks (depth 0) have no conversations that can be
-- followed: a session's name may be anything.
SELECT spell.*, account.account AS account
FROM spell JOIN account ON spell.a = account.a
WHERE c IN (SELECT c FROM spell WHERE c IS NOT NULL GROUP BY c HAVING MIN(a) <> MAX(a) AND COALESCE(MAX(depth), 0) > 0)
