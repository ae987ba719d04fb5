"""`wiretell/fleet-check/1`: an inventory held against a policy, as text and JSON."""
