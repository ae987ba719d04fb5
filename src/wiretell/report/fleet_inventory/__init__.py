"""`wiretell/fleet-inventory/1`: every agent on a machine, as text and JSON."""
