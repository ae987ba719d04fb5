"""`wiretell/scan/1`: what reading a package finds, as text, JSON, SARIF and HTML."""
