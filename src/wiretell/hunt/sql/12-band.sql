-- Band {band} of all templates, each once, and whether two accounts have it. Nearly all have one.
SELECT {column} AS token, MIN(a) <> MAX(a) AS is_repeated
FROM phrase
WHERE {column} IS NOT NULL
GROUP BY {column}
