"""Many inventories, one page: `reading` and `osquery` give snapshots of machines, `tables` makes columns of them,
`merging` asks the policy once for each different thing and counts with DuckDB."""
