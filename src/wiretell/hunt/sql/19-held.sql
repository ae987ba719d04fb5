-- How many of the whole log hold each.
SELECT k, token, COUNT(*) AS accounts, COUNT(DISTINCT e) AS holders
FROM link
GROUP BY k, token
