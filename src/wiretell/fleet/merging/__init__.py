"""Many inventories, one page: `reading` gives the snapshots of machines that files hold (`documents`, `osquery`),
`sharing` has several processes do it, `tables` makes columns of them, `merging` asks the policy once for each different
thing and counts with DuckDB (`queries`)."""
