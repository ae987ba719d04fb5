-- Increments added up. What is distinct or a maximum is made of the sum afterwards, as for a log that is read at once.
SELECT
  account, payment, ip, header_tuple, client, tz, system_block, CAST(0 AS INTEGER) AS day,
  SUM(n) AS n, MIN(first_us) AS first_us, MAX(last_us) AS last_us, MAX(org) AS org, MIN(created_us) AS created_us,
  SUM(refused) AS refused,
  SUM(s0) AS s0, SUM(s1) AS s1, SUM(s2) AS s2, SUM(s3) AS s3, SUM(s4) AS s4, SUM(s5) AS s5, SUM(s6) AS s6, SUM(s7) AS s7,
  SUM(s8) AS s8, SUM(s9) AS s9, SUM(s10) AS s10, SUM(s11) AS s11, SUM(s12) AS s12, SUM(s13) AS s13, SUM(s14) AS s14,
  SUM(s15) AS s15
FROM old_attribute
WHERE day > {after}
GROUP BY account, payment, ip, header_tuple, client, tz, system_block
