"""`wiretell/diff/1`: two packages by their literals, as text and JSON."""
