-- Accounts whose profiles are asked for, and as what.
SELECT a, MAX(in_core) AS in_core, MAX(in_other) AS in_other, MAX(in_suspect) AS in_suspect
FROM (
  SELECT a, 1 AS in_core, 0 AS in_other, 0 AS in_suspect FROM {core} GROUP BY a
  UNION ALL SELECT a, 0 AS in_core, 1 AS in_other, 0 AS in_suspect FROM other
  UNION ALL SELECT a, 0 AS in_core, 0 AS in_other, 1 AS in_suspect FROM suspect
) AS asked
GROUP BY a
