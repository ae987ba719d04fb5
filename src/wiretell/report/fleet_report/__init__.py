"""`wiretell/fleet-report/1`: inventories of many machines on one page, as text, JSON and HTML."""
