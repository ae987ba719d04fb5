"""`wiretell/marks-explain/1`: what some settings would be marked as, as text and JSON."""
