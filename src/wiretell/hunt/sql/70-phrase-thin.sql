-- What is left of a week-old increment's templates: texts that another account wrote within a week of it.
SELECT a, ts, {bands}
FROM thin_phrase
WHERE {any_band}
