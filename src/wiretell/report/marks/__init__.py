"""`wiretell/marks/1`: the marks that were read in texts and logs, as text and JSON."""
