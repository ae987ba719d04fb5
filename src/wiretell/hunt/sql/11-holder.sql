-- Whose an account is: an agreed group's, else a declared organisation's, else its own.
SELECT a, account, entity, is_declared, {hash}(entity) AS e
FROM (
  SELECT
    account.a AS a, account.account AS account,
    CASE
      WHEN agreed.party IS NOT NULL THEN CONCAT('group ', agreed.party)
      WHEN account.org IS NOT NULL THEN CONCAT('organisation ', account.org)
      ELSE CONCAT('account ', account.account)
    END AS entity,
    agreed.party IS NOT NULL OR account.org IS NOT NULL AS is_declared
  FROM account LEFT JOIN agreed ON account.account = agreed.account
) AS owned
