-- First grouping over the rows: an account with each of its few sets of payment, address, headers, client, zone and
-- system part. Profiles and the edges payment, network, headers and prefix are made of it, which is a hundredth of the log.
--
-- Shapes, 16 classes: 4 steps of output (below 128, 1024, 4096 tokens, and above), +4 where the exchange does not open
-- a conversation or has to do with tools, +8 where the answer reached max_tokens. Agent work is in 4 to 7; single turns
-- that harvest long answers are in 2, 3, 10 and 11.
SELECT
  account, payment, ip, header_tuple, client, tz, system_block, day,
  COUNT(*) AS n, MIN(ts) AS first_us, MAX(ts) AS last_us,
  MAX(org) AS org, MIN(account_created) AS created_us,
  COUNT(*) FILTER (WHERE is_refused) AS refused,
  COUNT(*) FILTER (WHERE shape = 0) AS s0, COUNT(*) FILTER (WHERE shape = 1) AS s1,
  COUNT(*) FILTER (WHERE shape = 2) AS s2, COUNT(*) FILTER (WHERE shape = 3) AS s3,
  COUNT(*) FILTER (WHERE shape = 4) AS s4, COUNT(*) FILTER (WHERE shape = 5) AS s5,
  COUNT(*) FILTER (WHERE shape = 6) AS s6, COUNT(*) FILTER (WHERE shape = 7) AS s7,
  COUNT(*) FILTER (WHERE shape = 8) AS s8, COUNT(*) FILTER (WHERE shape = 9) AS s9,
  COUNT(*) FILTER (WHERE shape = 10) AS s10, COUNT(*) FILTER (WHERE shape = 11) AS s11,
  COUNT(*) FILTER (WHERE shape = 12) AS s12, COUNT(*) FILTER (WHERE shape = 13) AS s13,
  COUNT(*) FILTER (WHERE shape = 14) AS s14, COUNT(*) FILTER (WHERE shape = 15) AS s15
FROM (
  SELECT
    account, payment, ip, header_tuple, client, tz, system_block, ts, org, account_created, {day} AS day,
    COALESCE(status IN (401, 403, 429, 451) OR status BETWEEN 500 AND 599, FALSE) AS is_refused,
    CASE
      WHEN output_tokens >= 4096 THEN 3 WHEN output_tokens >= 1024 THEN 2 WHEN output_tokens >= 128 THEN 1 ELSE 0
    END
    + CASE WHEN depth > 2 OR tool_calls > 0 OR tool_results > 0 THEN 4 ELSE 0 END
    + CASE WHEN output_tokens >= max_tokens THEN 8 ELSE 0 END AS shape
  FROM exchange
) AS seen
GROUP BY account, payment, ip, header_tuple, client, tz, system_block, day
