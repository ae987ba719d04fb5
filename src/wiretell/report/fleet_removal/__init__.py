"""`wiretell/fleet-removal/1`: what a policy bans, step by step out of a machine, and the proof, as text and JSON."""
