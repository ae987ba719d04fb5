-- Candidates for shared keys: the highest of either figure.
SELECT a
FROM (
  SELECT
    account.a AS a, account.account AS account,
    ROW_NUMBER() OVER (ORDER BY peak_chains DESC, peak_networks DESC, account.account) AS by_chains,
    ROW_NUMBER() OVER (ORDER BY peak_networks DESC, peak_chains DESC, account.account) AS by_networks
  FROM account JOIN peak ON account.a = peak.a
  WHERE peak_chains > 1 OR peak_networks > 1
) AS ranked
ORDER BY LEAST(by_chains, by_networks), account
LIMIT {most}
