"""`wiretell/verify/1`: whether what an earlier audit found is gone, as text and JSON."""
