"""`wiretell/evidence/1`: a signed export of a user's exchanges, made or checked, as text and JSON."""
