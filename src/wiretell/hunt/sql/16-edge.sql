-- Who holds which token: k is 16 times the kind's place among SHARED_KINDS, plus the band of a template.
SELECT CAST(0 AS INTEGER) AS k, {hash}(payment) AS token, {hash}(account) AS a, SUM(n) AS n, MIN(first_us) AS first_us, MAX(last_us) AS last_us
FROM attribute WHERE payment IS NOT NULL GROUP BY payment, account
UNION ALL
SELECT CAST(16 AS INTEGER) AS k, {hash}(ip) AS token, {hash}(account) AS a, SUM(n) AS n, MIN(first_us) AS first_us, MAX(last_us) AS last_us
FROM attribute WHERE ip IS NOT NULL GROUP BY ip, account
UNION ALL
SELECT CAST(16 AS INTEGER) AS k, {hash}(network) AS token, {hash}(account) AS a, SUM(n) AS n, MIN(first_us) AS first_us, MAX(last_us) AS last_us
FROM attribute JOIN address ON attribute.ip = address.ip WHERE network IS NOT NULL GROUP BY network, account
UNION ALL
SELECT CAST(32 AS INTEGER) AS k, {hash}(header_tuple) AS token, {hash}(account) AS a, SUM(n) AS n, MIN(first_us) AS first_us, MAX(last_us) AS last_us
FROM attribute WHERE header_tuple IS NOT NULL GROUP BY header_tuple, account
UNION ALL
SELECT CAST(64 AS INTEGER) AS k, {hash}(system_block) AS token, {hash}(account) AS a, SUM(n) AS n, MIN(first_us) AS first_us, MAX(last_us) AS last_us
FROM attribute WHERE system_block IS NOT NULL GROUP BY system_block, account
UNION ALL
SELECT CAST(80 AS INTEGER) AS k, c AS token, a, n, first_us, last_us FROM handover
{phrases}
