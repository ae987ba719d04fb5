"""`wiretell/audit/1`: one audit, as text, JSON, SARIF and HTML."""
