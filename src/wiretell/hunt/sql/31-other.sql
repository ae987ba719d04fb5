-- A sample of all accounts, by a hash of name and seed that every engine knows.
SELECT a FROM account ORDER BY MD5(CONCAT('{seed}:', account)), account LIMIT {most}
