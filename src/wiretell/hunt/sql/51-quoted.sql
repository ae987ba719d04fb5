-- Rows with a text of the core: read once, for their names.
SELECT {columns}
FROM phrase_text
WHERE {any_band}
