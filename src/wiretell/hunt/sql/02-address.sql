-- Addresses, each once, and their networks: /24 of IPv4 (also where it is mapped into IPv6), /64 of IPv6, nothing of
-- what is no address (a keyed hash). `bit` stands for the network in masks of 62 bits: by MD5 of its name, so that every
-- engine and every day gives the same.
SELECT ip, network, CAST(1 AS BIGINT) << CAST(place AS INTEGER) AS bit
FROM (
  SELECT
    ip, network,
    ((STRPOS('0123456789abcdef', SUBSTR(MD5(COALESCE(network, ip)), 1, 1)) - 1) * 16
    + STRPOS('0123456789abcdef', SUBSTR(MD5(COALESCE(network, ip)), 2, 1)) - 1) % 62 AS place
  FROM (
    SELECT
      ip,
      CASE
        WHEN is_v4
          THEN CONCAT(SPLIT_PART(plain, '.', 1), '.', SPLIT_PART(plain, '.', 2), '.', SPLIT_PART(plain, '.', 3), '.0/24')
        WHEN is_v6
          THEN CONCAT(
            COALESCE(NULLIF(LTRIM(SPLIT_PART(full_text, ':', 1), '0'), ''), '0'), ':',
            COALESCE(NULLIF(LTRIM(SPLIT_PART(full_text, ':', 2), '0'), ''), '0'), ':',
            COALESCE(NULLIF(LTRIM(SPLIT_PART(full_text, ':', 3), '0'), ''), '0'), ':',
            COALESCE(NULLIF(LTRIM(SPLIT_PART(full_text, ':', 4), '0'), ''), '0'), '::/64'
          )
      END AS network
    FROM (
      SELECT
        ip, plain, is_v4, is_v6,
        -- `::` stands for as many zero groups as are missing of eight
        CASE
          WHEN STRPOS(plain, '::') = 0 THEN plain
          ELSE CONCAT(
            CASE WHEN STRPOS(plain, '::') = 1 THEN '' ELSE CONCAT(SPLIT_PART(plain, '::', 1), ':') END,
            REPEAT('0:', CAST(8 - groups AS INTEGER)),
            SPLIT_PART(plain, '::', 2)
          )
        END AS full_text
      FROM (
        SELECT
          ip, plain,
          REGEXP_MATCHES(plain, '^[0-9]{1,3}([.][0-9]{1,3}){3}$') AS is_v4,
          REGEXP_MATCHES(plain, '^[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}$') AS is_v6,
          LENGTH(plain) - LENGTH(REPLACE(plain, ':', ''))
          - CASE WHEN plain LIKE '::%' THEN 1 ELSE 0 END - CASE WHEN plain LIKE '%::' THEN 1 ELSE 0 END AS groups
        FROM (
          SELECT
            ip,
            CASE WHEN LOWER(ip) LIKE '::ffff:%.%' THEN SUBSTR(ip, 8) ELSE LOWER(ip) END AS plain
          FROM attribute
          WHERE ip IS NOT NULL
          GROUP BY ip
        ) AS lower_case
      ) AS looked_at
    ) AS spelled_out
  ) AS networks
) AS places
