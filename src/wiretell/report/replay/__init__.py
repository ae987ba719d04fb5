"""`wiretell/replay/1`: what a policy would have done to past traffic, as text and JSON."""
